//! Redis and Valkey servers: where one is found, and a connection to it.
//!
//! A [`Server`] is parsed from a URL, and is not connected to. It may be one process or many; a caller asks for the
//! connection that may write the keys with its hash tag.

mod failure;

use std::fmt;
use std::time::Duration;

use ::redis::{Client, Connection, RedisResult};

pub(crate) use self::failure::{explain, is_refusal};

/// Where a Redis or Valkey is found. `Debug` and [`location`](Self::location) never show passwords.
#[derive(Clone)]
pub(crate) struct Server {
    client: Client,
}

/// How long a caller waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// The longest wait for a connection, the login included.
    pub(crate) connect: Duration,
    /// The longest wait for a reply.
    pub(crate) reply: Duration,
}

impl Server {
    /// Reads a URL. Does not connect: a server that is down now may be up later.
    ///
    /// # Errors
    ///
    /// What is wrong with the URL, without its password.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let client = Client::open(url).map_err(|error| explain(&error))?;
        Ok(Self { client })
    }

    /// Connects to the node that may write the keys with this hash tag, as in `{tag}`.
    ///
    /// # Errors
    ///
    /// If there is no such node, or no reply in time.
    pub(crate) fn connect(&self, _tag: &str, timeouts: &Timeouts) -> RedisResult<Connection> {
        let connection = self.client.get_connection_with_timeout(positive(timeouts.connect))?;
        connection.set_read_timeout(Some(positive(timeouts.reply)))?;
        connection.set_write_timeout(Some(positive(timeouts.reply)))?;
        Ok(connection)
    }

    /// Returns a URL for people, without a password.
    pub(crate) fn location(&self) -> String {
        format!("redis://{}", self.client.get_connection_info().addr())
    }
}

/// The system rejects a timeout of zero.
fn positive(timeout: Duration) -> Duration {
    timeout.max(Duration::from_millis(1))
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the client, which has the password.
        f.debug_tuple("Server").field(&self.location()).finish()
    }
}
