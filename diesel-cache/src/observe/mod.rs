//! The connection's instrumentation, which ties a connection to its cache and observes the connection's writes.
//!
//! A write takes four steps, so that no load can mistake old rows for current ones:
//!
//! 1. Its tables are *fenced*, before the statement or the COMMIT that makes the write visible is sent.
//! 2. The database executes the statement.
//! 3. When the outcome is known, the tables get a new generation, whatever the outcome is.
//! 4. The fence is lifted.
//!
//! [`transaction`] decides which tables are fenced, [`in_flight`] decides when the outcome is known, and
//! [`leaves_in_doubt`](crate::sql::leaves_in_doubt) interprets an error. [`context`] keeps the settings that change
//! what texts mean. A connection that is lost in between leaves its fence in doubt, which [`crate::doubt`] may settle.
//! A statement that never reports its end is settled by a later one that does.
//!
//! | file | what it does |
//! | --- | --- |
//! | `reach` | access to the instrumentation of a connection, blocking or asynchronous |
//! | `instrumentation` | what sits in a connection: an observer, or a stand-in; finds the observer |
//! | `chooser` | the namespaces of connections that are opened under `install_by` |
//! | `unattached`, `watch` | a connection that no cache observes; the list of such connections that write |
//! | `shown_url` | a URL without what must not be shown |
//! | `observer` | what the observer of a connection knows, and what loads learn from it |
//! | `creation`, `events` | creates an observer; passes it the connection's events |
//! | `statements` | one statement: its start, its end, and its fences |
//! | `in_flight` | the statements that are under way, and when each of them is over |
//! | `transaction` | the pending writes and the session's changes, followed through transactions and savepoints |
//! | `context` | the part of the key that comes from the connection: where it leads, and its settings |
//! | `home` | where a connection leads |
//! | `query_context` | all that determines a query's key and footprint, beside the query |
//! | `shared` | the observer's answers to loads that have a shared reference alone |
//! | `unique` | texts that identify one connection or process |
//!
//! See `docs/protocol.md` in the repository, and `docs/async.md` for asynchronous connections.

mod chooser;
mod context;
mod creation;
mod events;
mod home;
mod in_flight;
mod instrumentation;
mod observer;
mod query_context;
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
pub(crate) use self::instrumentation::CacheInstrumentation;
pub(crate) use self::observer::Observer;
pub(crate) use self::query_context::{QueryContext, Relation};
pub(crate) use self::reach::Reach;
pub use self::reach::world;
pub(crate) use self::transaction::question::Question;
pub use self::watch::UnattachedWriter;
pub(crate) use self::watch::unattached_writers;
