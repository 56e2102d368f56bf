//! The node of a Redis Cluster that owns a slot.
//!
//! A connection asks any node for a key of the slot. The owner answers; all others, including replicas, reply with the
//! owner's address. This needs neither a map of the cluster nor a permission that the caller does not need anyway.

use std::io;

use ::redis::{Connection, ErrorKind, RedisError, RedisResult, ServerErrorKind, Value, cmd};

use super::candidates::Candidates;
use super::deadline::Deadline;
use super::node::Node;

/// How many nodes in a row may name another owner. More than two do so only while slots are being moved.
const MOST_HOPS: usize = 5;

#[derive(Clone, Debug)]
pub(super) struct Cluster {
    nodes: Candidates,
    scheme: &'static str,
}

impl Cluster {
    pub(super) fn new(nodes: Vec<Node>) -> Self {
        Self {
            scheme: nodes.first().map_or("redis", Node::scheme),
            nodes: Candidates::new(nodes),
        }
    }

    pub(super) fn connect(&self, tag: &str, deadline: Deadline) -> RedisResult<Connection> {
        let mut ask = cmd("EXISTS");
        ask.arg(format!("diesel-cache:1:{{{tag}}}"));
        self.nodes.connect(deadline, |node, deadline| {
            let mut node = node.clone();
            for _ in 0..MOST_HOPS {
                let mut connection = node.connect(deadline)?;
                match ask.query::<Value>(&mut connection) {
                    Ok(_) => return Ok((connection, node)),
                    // This node owns the slot, and is giving it to another node.
                    Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::Ask) => {
                        return Ok((connection, node));
                    }
                    Err(error) => node = owner(&error, &node).ok_or(error)?,
                }
            }
            Err(io::Error::other("the nodes of the cluster do not agree on which of them owns the slot").into())
        })
    }

    pub(super) fn location(&self) -> String {
        format!("{}+cluster://{}", self.scheme, self.nodes.location())
    }
}

/// Returns the owner that the node names, with the same login.
fn owner(error: &RedisError, node: &Node) -> Option<Node> {
    if error.kind() != ErrorKind::Server(ServerErrorKind::Moved) {
        return None;
    }
    let (host, port) = error.redirect_node()?.0.rsplit_once(':')?;
    let host = match host {
        // The node does not know the owner's host name. The owner then has the same host as the node.
        "" | "?" => node.host(),
        host => host,
    };
    Some(node.at(host, port.parse().ok()?))
}
