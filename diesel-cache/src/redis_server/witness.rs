//! Whether the node of a connection has been replaced.
//!
//! After a failover that somebody has asked for, the former master does not know of it for some ten seconds, until a sentinel
//! demotes it. It takes writes meanwhile. The sentinels name its successor at once.

use std::fmt;
use std::time::Duration;

use ::redis::{Connection, RedisResult};

use super::deadline::Deadline;
use super::sentinel::{Address, Sentinels};

/// The sentinels that have named the node of a connection, to be asked again.
pub(crate) struct Witness {
    sentinels: Sentinels,
    /// The node.
    master: Address,
    /// To the sentinel that has answered the last time.
    sentinel: Option<Connection>,
}

impl Witness {
    pub(super) fn new(sentinels: Sentinels, master: Address, sentinel: Connection) -> Self {
        let sentinel = Some(sentinel);
        Self {
            sentinels,
            master,
            sentinel,
        }
    }

    /// Asks a sentinel whether the node is still the master.
    ///
    /// # Errors
    ///
    /// If none answers in time.
    pub(crate) fn confirms(&mut self, within: Duration) -> RedisResult<bool> {
        let deadline = Deadline::after(within);
        let (named, sentinel) = match self.ask_again(deadline.half()) {
            Ok(named) => named,
            Err(_) => self.sentinels.master(deadline)?,
        };
        self.sentinel = Some(sentinel);
        Ok(named == self.master)
    }

    /// Asks the sentinel that has answered the last time, if it is still there.
    fn ask_again(&mut self, deadline: Deadline) -> RedisResult<(Address, Connection)> {
        let gone = || std::io::Error::from(std::io::ErrorKind::NotConnected);
        let mut sentinel = self.sentinel.take().ok_or_else(gone)?;
        sentinel.set_read_timeout(Some(deadline.left()?))?;
        sentinel.set_write_timeout(Some(deadline.left()?))?;
        Ok((self.sentinels.ask(&mut sentinel)?, sentinel))
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Witness").field(&self.sentinels).finish()
    }
}
