//! A few connections to the server, and how long a caller waits for one.
//!
//! A connection is reused only if its last command received a reply. Otherwise a reply that arrives after the timeout
//! could be taken for the reply to the next command.
//!
//! After a failure, callers that need a new connection fail at once for a pause, which doubles with each further
//! failure. Then one caller tries to connect, and the others continue to fail at once until it has succeeded. This
//! needs no background thread.

use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ::redis::{Connection, ErrorKind, RedisError, RedisResult};

use crate::redis_server::{Server, Timeouts, is_refusal};

/// The largest number of open connections. A command takes a fraction of a millisecond, so a few connections serve many
/// callers.
const MOST: usize = 16;
/// The first pause after a failure. Each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Returns the epoch of the cache's generations; `None` while they cannot be reached.
pub(crate) type Epoch = Arc<dyn Fn() -> Option<u64> + Send + Sync>;

pub(super) struct Connections {
    server: Server,
    timeouts: Timeouts,
    epoch: Epoch,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    /// The number of open connections, including idle ones.
    open: usize,
    /// The number of failures, of commands or of attempts to connect, since the last success.
    failures: u32,
    /// No caller connects before this time.
    pause_until: Option<Instant>,
}

/// A connection in use.
struct Taken {
    connection: Connection,
    /// Whether the connection was idle before. If so, the server may have closed it meanwhile.
    was_idle: bool,
}

impl Connections {
    pub(super) fn new(server: Server, timeouts: Timeouts, epoch: Epoch) -> Self {
        Self {
            server,
            timeouts: timeouts.accepted(),
            epoch,
            state: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// Returns the hash tag of all keys in this epoch. Because of it, a Redis Cluster keeps them on one node.
    ///
    /// # Errors
    ///
    /// If the cache's generations cannot be reached.
    pub(super) fn tag(&self) -> io::Result<String> {
        let epoch = (self.epoch)().ok_or_else(|| io::Error::other("the cache's generations cannot be reached"))?;
        Ok(format!("{epoch:016x}"))
    }

    /// Sends a command, which must be safe to send twice: if an idle connection turns out to be closed, the command is
    /// sent again on another. Each attempt blocks at most for the reply timeout, and for the connect timeout if it has
    /// to open a connection.
    ///
    /// # Errors
    ///
    /// If there is no connection, no reply, or a reply that is an error.
    pub(super) fn run<T>(&self, mut command: impl FnMut(&mut Connection) -> RedisResult<T>) -> RedisResult<T> {
        loop {
            let mut taken = self.take()?;
            match command(&mut taken.connection) {
                Ok(reply) => {
                    self.give_back(taken.connection);
                    return Ok(reply);
                }
                Err(error) if is_reply(&error) => {
                    self.give_back(taken.connection);
                    return Err(error);
                }
                Err(error) => {
                    let refused = is_refusal(&error);
                    // The server was restarted, has closed the idle connection, or is no longer the node that may
                    // write.
                    let again = taken.was_idle && (refused || error.is_connection_dropped());
                    // A node that has become a replica still serves reads, so its refusal is no reason to pause.
                    let is_useful = refused && !error.is_cluster_error();
                    self.close(taken.connection, !again && !is_useful);
                    if !again {
                        return Err(error);
                    }
                }
            }
        }
    }

    fn take(&self) -> RedisResult<Taken> {
        let deadline = Instant::now() + self.timeouts.reply;
        let mut state = self.state();
        loop {
            if let Some(connection) = state.idle.pop() {
                return Ok(Taken {
                    connection,
                    was_idle: true,
                });
            }
            let now = Instant::now();
            if state.pause_until.is_some_and(|until| now < until) {
                return Err(refuse(
                    io::ErrorKind::NotConnected,
                    "the server failed a moment ago, and is tried again after a pause",
                ));
            }
            if state.open < MOST {
                break;
            }
            let Some(left) = deadline.checked_duration_since(now).filter(|left| !left.is_zero()) else {
                return Err(refuse(
                    io::ErrorKind::TimedOut,
                    "all connections are in use, and none became free within the timeout",
                ));
            };
            let waited = self.freed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.failures > 0 {
            // Others fail at once while this caller tries.
            state.pause_until = Instant::now().checked_add(self.timeouts.connect + self.timeouts.reply);
        }
        state.open += 1;
        drop(state);
        match self.connect() {
            Ok(connection) => Ok(Taken {
                connection,
                was_idle: false,
            }),
            Err(error) => {
                let mut state = self.state();
                state.open -= 1;
                state.fail();
                drop(state);
                self.freed.notify_one();
                Err(error)
            }
        }
    }

    fn connect(&self) -> RedisResult<Connection> {
        self.server.connect(&self.tag()?, &self.timeouts)
    }

    fn give_back(&self, connection: Connection) {
        let mut state = self.state();
        state.idle.push(connection);
        state.failures = 0;
        state.pause_until = None;
        drop(state);
        self.freed.notify_one();
    }

    /// Closes a connection and all idle ones, which have probably failed as well.
    fn close(&self, connection: Connection, failed: bool) {
        let mut state = self.state();
        let idle = std::mem::take(&mut state.idle);
        state.open -= 1 + idle.len();
        if failed {
            state.fail();
        }
        drop(state);
        self.freed.notify_all();
        drop((connection, idle));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while this lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fail(&mut self) {
        let pause = FIRST_PAUSE
            .saturating_mul(1 << self.failures.min(10))
            .min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        self.pause_until = Instant::now().checked_add(pause);
    }
}

/// Returns `true` if the error is the server's reply to the command, after which the connection can be used again.
fn is_reply(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Server(_) => !is_refusal(error),
        ErrorKind::Extension | ErrorKind::UnexpectedReturnType => true,
        _ => false,
    }
}

fn refuse(kind: io::ErrorKind, why: &'static str) -> RedisError {
    io::Error::new(kind, why).into()
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
