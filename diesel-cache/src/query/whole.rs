//! The asynchronous connections on which a cached query can be loaded.

use diesel_async::AsyncConnection;

/// A connection of diesel-async on which a cached query can be loaded: any connection, by `&mut`.
///
/// A shared reference, `&AsyncPgConnection`, is not enough. With it, diesel-async pipelines statements, and shows
/// neither the instrumentation, which holds the cache, nor whether a transaction is open.
#[diagnostic::on_unimplemented(
    message = "a cached query cannot be loaded on `{Self}`",
    label = "a cached load takes `&mut` of the connection itself, such as `&mut AsyncPgConnection`",
    note = "a shared reference to a connection is for pipelines: it shows neither the connection's cache nor whether a transaction is open, so load without `.cached(…)` there"
)]
pub trait WholeConnection: AsyncConnection {}

#[diagnostic::do_not_recommend]
impl<Conn: AsyncConnection> WholeConnection for Conn {}
