//! The asynchronous connections on which a cached query can be loaded.

use diesel_async::AsyncConnection;

/// A connection of diesel-async on which a cached query can be loaded: any connection, by `&mut`.
///
/// A shared reference, `&AsyncPgConnection`, is for pipelines, and has [methods of its own](crate::guide::pipelines):
/// `load_on`, `first_on`, ….
#[diagnostic::on_unimplemented(
    message = "a cached query cannot be loaded on `{Self}`",
    label = "a cached load takes `&mut` of the connection itself, such as `&mut AsyncPgConnection`",
    note = "through a shared reference, as in a pipeline, use `load_on(conn)`, `get_result_on(conn)`, `first_on(conn)` or `load_shared_on(conn)`, with `conn: &AsyncPgConnection`"
)]
pub trait WholeConnection: AsyncConnection {}

#[diagnostic::do_not_recommend]
impl<Conn: AsyncConnection> WholeConnection for Conn {}
