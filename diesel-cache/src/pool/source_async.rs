//! Where asynchronous connections come from.

use std::future::Future;

use diesel_async::AsyncConnection;

/// Where a [`LazyPool`](crate::LazyPool) takes asynchronous connections from: a pool of deadpool, bb8 or mobc (each
/// under the feature of its name), or a closure that returns a future.
///
/// Any other pool is a closure that takes a connection from it, or an implementation of this trait.
pub trait AsyncConnectionSource: Sync {
    /// A connection, which goes back when it is dropped.
    type Connection: AsyncConnection + 'static;

    /// Why there is no connection.
    type Error: Send;

    /// Takes a connection. Waits until there is one, or until it gives up.
    ///
    /// # Errors
    ///
    /// Those of the pool.
    fn connection(&self) -> impl Future<Output = Result<Self::Connection, Self::Error>> + Send;
}

impl<F, Fut, C, E> AsyncConnectionSource for F
where
    F: Fn() -> Fut + Sync,
    Fut: Future<Output = Result<C, E>> + Send,
    C: AsyncConnection + 'static,
    E: Send,
{
    type Connection = C;
    type Error = E;

    fn connection(&self) -> impl Future<Output = Result<C, E>> + Send {
        self()
    }
}

#[cfg(feature = "deadpool")]
impl<M> AsyncConnectionSource for deadpool::managed::Pool<M>
where
    M: deadpool::managed::Manager,
    deadpool::managed::Object<M>: AsyncConnection + 'static,
{
    type Connection = deadpool::managed::Object<M>;
    type Error = deadpool::managed::PoolError<M::Error>;

    async fn connection(&self) -> Result<Self::Connection, Self::Error> {
        self.get().await
    }
}

#[cfg(feature = "bb8")]
impl<M> AsyncConnectionSource for bb8::Pool<M>
where
    M: bb8::ManageConnection,
    M::Connection: AsyncConnection,
{
    type Connection = bb8::PooledConnection<'static, M>;
    type Error = bb8::RunError<M::Error>;

    async fn connection(&self) -> Result<Self::Connection, Self::Error> {
        self.get_owned().await
    }
}

#[cfg(feature = "mobc")]
impl<M> AsyncConnectionSource for mobc::Pool<M>
where
    M: mobc::Manager,
    mobc::Connection<M>: AsyncConnection,
{
    type Connection = mobc::Connection<M>;
    type Error = mobc::Error<M::Error>;

    async fn connection(&self) -> Result<Self::Connection, Self::Error> {
        self.get().await
    }
}
