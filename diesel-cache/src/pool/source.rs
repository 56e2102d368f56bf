//! Where blocking connections come from.

use diesel::connection::Connection;

/// Where a [`LazyPool`](crate::LazyPool) takes connections from: a pool of r2d2 (feature `r2d2`), or a closure.
///
/// Any other pool is a closure that takes a connection from it, or an implementation of this trait.
#[diagnostic::on_unimplemented(
    message = "connections cannot be taken from `{Self}`",
    label = "this is neither a pool of r2d2 nor a closure that returns `Result<connection, error>`",
    note = "pools have features of their names: `r2d2`, `deadpool`, `bb8`, `mobc`",
    note = "another pool can be given as a closure: `cache.lazy_pool(move || pool.get())`"
)]
pub trait ConnectionSource {
    /// A connection, which goes back when it is dropped.
    type Connection: Connection;

    /// Why there is no connection.
    type Error;

    /// Takes a connection. Blocks until there is one, or until it gives up.
    ///
    /// # Errors
    ///
    /// Those of the pool.
    fn connection(&self) -> Result<Self::Connection, Self::Error>;
}

impl<F, C, E> ConnectionSource for F
where
    F: Fn() -> Result<C, E>,
    C: Connection,
{
    type Connection = C;
    type Error = E;

    fn connection(&self) -> Result<C, E> {
        self()
    }
}

#[cfg(feature = "r2d2")]
impl<M> ConnectionSource for diesel::r2d2::Pool<M>
where
    M: diesel::r2d2::ManageConnection,
    diesel::r2d2::PooledConnection<M>: Connection,
{
    type Connection = diesel::r2d2::PooledConnection<M>;
    type Error = diesel::r2d2::PoolError;

    fn connection(&self) -> Result<Self::Connection, Self::Error> {
        self.get()
    }
}
