//! Redis and Valkey servers: from a URL to a connection to the node that may write.
//!
//! A [`Server`] is parsed from a [URL](url), without connecting, because a server that is down now may be up later.
//!
//! | URL | what `connect` leads to | where |
//! | --- | --- | --- |
//! | `redis://`, `rediss://`, `redis+unix://` | that server | [`node`] |
//! | `redis+sentinel://` | the master that a sentinel names, if it agrees | [`sentinel`] |
//! | `redis+cluster://` | the node of the cluster that owns the tag's slot | [`cluster`] |
//!
//! A connection leads to one node for good. When that node may no longer write, its replies [say so](is_refusal), and
//! the next connection leads to the node that has taken its place.

mod candidates;
mod cluster;
mod deadline;
mod failure;
mod node;
mod sentinel;
mod target;
#[cfg(feature = "redis-tls")]
mod tls;
mod url;

use std::fmt;
use std::time::Duration;

use ::redis::{Connection, RedisResult};

use self::deadline::Deadline;
pub(crate) use self::failure::{explain, is_refusal};
use self::target::Target;

/// How to connect to a Redis or Valkey server. `Debug` and [`location`](Self::location) never show passwords.
#[derive(Clone)]
pub(crate) struct Server(Target);

/// How long a caller waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// The longest wait for a connection. This includes the login, and the questions to sentinels and other nodes.
    pub(crate) connect: Duration,
    /// The longest wait for a reply.
    pub(crate) reply: Duration,
}

impl Timeouts {
    /// Returns the nearest timeouts that every system accepts.
    pub(crate) fn accepted(self) -> Self {
        Self {
            connect: deadline::accepted(self.connect),
            reply: deadline::accepted(self.reply),
        }
    }
}

impl Server {
    /// Reads a URL. Does not connect.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with the URL, or with the certificates that it names. Never shows the password.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        url::parse(url).map(Self)
    }

    /// Connects to the node that may write the keys with this hash tag, as in `{tag}`.
    ///
    /// # Errors
    ///
    /// If there is no such node, it rejects the login, or it is not found in time.
    pub(crate) fn connect(&self, tag: &str, timeouts: &Timeouts) -> RedisResult<Connection> {
        let Timeouts { connect, reply } = timeouts.accepted();
        let deadline = Deadline::after(connect);
        let connection = self.0.connect(tag, deadline)?;
        connection.set_read_timeout(Some(reply))?;
        connection.set_write_timeout(Some(reply))?;
        Ok(connection)
    }

    /// Returns the URL for display, without the password and parameters.
    pub(crate) fn location(&self) -> String {
        self.0.location()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.location()).finish()
    }
}
