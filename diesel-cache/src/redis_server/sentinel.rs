//! The master of a service that sentinels watch.
//!
//! A connection asks any sentinel, and then the node that the sentinel names, which must confirm that it is a master: a
//! sentinel that was cut off may name the former one.

use std::io;

use ::redis::{Connection, ErrorKind, RedisError, RedisResult, ServerErrorKind, Value, cmd, from_redis_value};

use super::candidates::Candidates;
use super::deadline::Deadline;
use super::node::Node;

#[derive(Clone, Debug)]
pub(super) struct Sentinels {
    sentinels: Candidates,
    service: String,
    /// A node with the login of the service's nodes. Its address is not used.
    service_node: Node,
}

impl Sentinels {
    pub(super) fn new(sentinels: Vec<Node>, service: String, service_node: Node) -> Self {
        Self {
            sentinels: Candidates::new(sentinels),
            service,
            service_node,
        }
    }

    pub(super) fn connect(&self, deadline: Deadline) -> RedisResult<Connection> {
        self.sentinels.connect(deadline, |sentinel, deadline| {
            let (host, port) = self.ask(sentinel, deadline.half())?;
            let mut master = self.service_node.at(&host, port).connect(deadline)?;
            check_role(&mut master)?;
            Ok((master, sentinel.clone()))
        })
    }

    /// Asks a sentinel for the address of the master.
    fn ask(&self, sentinel: &Node, deadline: Deadline) -> RedisResult<(String, u16)> {
        let mut connection = sentinel.connect(deadline)?;
        let mut ask = cmd("SENTINEL");
        ask.arg("get-master-addr-by-name").arg(&self.service);
        let address: Option<(String, u16)> = ask.query(&mut connection)?;
        address.ok_or_else(|| {
            let unknown = "the sentinels do not know the service";
            RedisError::from((ErrorKind::InvalidClientConfig, unknown, self.service.clone()))
        })
    }

    pub(super) fn location(&self) -> String {
        let (scheme, sentinels) = (self.service_node.scheme(), self.sentinels.location());
        format!("{scheme}+sentinel://{sentinels}/{}", self.service)
    }
}

/// Checks that the node is a master, as far as the user may ask.
///
/// # Errors
///
/// If the node is not a master.
fn check_role(node: &mut Connection) -> RedisResult<()> {
    let role: RedisResult<Vec<Value>> = cmd("ROLE").query(node);
    let role = match role {
        Ok(reply) => reply.into_iter().next().map(from_redis_value::<String>).transpose()?,
        // The user may not ask, so the sentinel is trusted. A replica would refuse writes.
        Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm) => return Ok(()),
        Err(error) => return Err(error),
    };
    if role.as_deref() == Some("master") {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::NotConnected,
        "the node that the sentinel names is not a master",
    )
    .into())
}
