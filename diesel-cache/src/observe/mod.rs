//! The connection's instrumentation: it ties a connection to its cache, and observes the connection's writes.
//!
//! A write takes four steps, so that no load can take old rows for current ones:
//!
//! 1. before the statement, or the COMMIT, that makes the write visible is sent, its tables are *fenced*;
//! 2. the database does its work;
//! 3. when the outcome is known, whatever it is, the tables get a new generation;
//! 4. the fence is lifted.
//!
//! [`transaction`] decides which tables; [`in_flight`] when the outcome is known;
//! [`leaves_in_doubt`](crate::sql::leaves_in_doubt) what an error means; [`context`] keeps what gives texts another
//! meaning. A connection that is lost in between leaves its fence in doubt, which [`crate::doubt`] may settle; a
//! statement that never reported its end is settled by a later one that does.
//!
//! See `docs/protocol.md` in the repository, and `docs/async.md` for asynchronous connections.

mod begin;
mod chooser;
mod context;
mod home;
mod home_context;
mod in_flight;
mod instrumentation;
mod observer;
mod reach;
#[cfg(all(feature = "async", feature = "postgres"))]
pub(crate) mod shared;
mod shown_url;
mod statements;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod transaction;
mod unattached;
mod unique;
mod watch;

pub(crate) use self::chooser::Chooser;
pub(crate) use self::home_context::{HomeContext, Relation};
pub(crate) use self::instrumentation::CacheInstrumentation;
pub(crate) use self::observer::Observer;
pub(crate) use self::reach::Reach;
pub use self::reach::world;
pub(crate) use self::transaction::question::Question;
pub use self::watch::UnattachedWriter;
pub(crate) use self::watch::unattached_writers;
