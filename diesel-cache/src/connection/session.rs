//! Sessions: a part of a connection's life, with entries of its own.

#[cfg(feature = "async")]
use std::future::Future;
use std::marker::PhantomData;

use diesel::connection::Connection;
#[cfg(feature = "async")]
use diesel_async::AsyncConnection;

use crate::Cache;
use crate::observe::{Observer, Reach, world};

impl Cache {
    /// Runs `work` in a session: entries of [session regions](crate::Region::session) live until it returns.
    ///
    /// In a session, two [`load_shared`](crate::RunCachedDsl::load_shared) calls of one query return the same object. A
    /// nested session has entries of its own. The entries are also removed if `work` panics. On a connection that is
    /// not attached to a cache, `work` runs, and its cached loads return errors.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// use diesel_cache::{Cache, Region, prelude::*};
    /// use std::sync::Arc;
    ///
    /// let cache = Cache::builder().region(Region::session("local")).build()?;
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// cache.session(&mut conn, |conn| {
    ///     let first = person::table.cached("local").load_shared::<(i32, String)>(conn)?;
    ///     let second = person::table.cached("local").load_shared::<(i32, String)>(conn)?;
    ///     assert!(Arc::ptr_eq(&first, &second));
    ///     QueryResult::Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn session<Conn, T>(&self, conn: &mut Conn, work: impl FnOnce(&mut Conn) -> T) -> T
    where
        Conn: Connection,
    {
        let session = Session::<world::Blocking, _>::open(conn);
        work(&mut *session.conn)
    }

    /// Runs `work` in a [session](Self::session), on a connection of diesel-async.
    ///
    /// The session ends when `work` is done, or when the future is dropped. This method has another name because the
    /// compiler infers a closure's arguments from one signature only.
    ///
    /// ```no_run
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # async fn example<C>(cache: diesel_cache::Cache, conn: &mut C) -> QueryResult<()>
    /// # where C: diesel_async::AsyncConnection<Backend = diesel::sqlite::Sqlite> {
    /// use diesel_cache::prelude::*;
    ///
    /// cache.session_async(conn, async |conn| {
    ///     let first = person::table.cached("local").load_shared::<(i32, String)>(conn).await?;
    ///     let second = person::table.cached("local").load_shared::<(i32, String)>(conn).await?;
    ///     assert!(std::sync::Arc::ptr_eq(&first, &second));
    ///     QueryResult::Ok(())
    /// })
    /// .await
    /// # }
    /// ```
    #[cfg(feature = "async")]
    pub fn session_async<'a, 'conn, Conn, T, F>(
        &self,
        conn: &'conn mut Conn,
        work: F,
    ) -> impl Future<Output = T> + Send + use<'a, 'conn, Conn, T, F>
    where
        Conn: AsyncConnection,
        for<'r> F: AsyncFnOnce(&'r mut Conn) -> T + AsyncWork<&'r mut Conn, T, Fut: Send> + Send + 'a,
        T: Send + 'a,
        'a: 'conn,
    {
        let session = Session::<world::Async, _>::open(conn);
        async move {
            let session = session;
            work(&mut *session.conn).await
        }
    }
}

/// An asynchronous closure whose future can be named.
#[cfg(feature = "async")]
pub trait AsyncWork<Argument, T>:
    AsyncFnOnce(Argument) -> T + FnOnce(Argument) -> <Self as AsyncWork<Argument, T>>::Fut
{
    /// The future.
    type Fut: Future<Output = T>;
}

#[cfg(feature = "async")]
impl<F, Argument, Fut, T> AsyncWork<Argument, T> for F
where
    F: AsyncFnOnce(Argument) -> T + FnOnce(Argument) -> Fut,
    Fut: Future<Output = T>,
{
    type Fut = Fut;
}

/// Closes the session when the work is done, has panicked, or was dropped.
struct Session<'a, World, Conn: Reach<World>> {
    conn: &'a mut Conn,
    depth: Option<usize>,
    world: PhantomData<fn() -> World>,
}

impl<'a, World, Conn: Reach<World>> Session<'a, World, Conn> {
    fn open(conn: &'a mut Conn) -> Self {
        Self {
            depth: Observer::of(conn).map(Observer::open_session),
            conn,
            world: PhantomData,
        }
    }
}

impl<World, Conn: Reach<World>> Drop for Session<'_, World, Conn> {
    fn drop(&mut self) {
        if let Some(depth) = self.depth
            && let Some(observer) = Observer::of(self.conn)
        {
            observer.close_sessions(depth);
        }
    }
}
