//! The methods of a cached query that load from a pool, for pools of both kinds.

use std::sync::Arc;

use diesel::query_dsl::methods::LimitDsl;

use super::explain::Explanation;
use crate::cacheable::Cacheable;
use crate::engine::Lookup;
use crate::observe::world;
use crate::pool::LazyPool;

/// The loads of a cached query that take a connection from a [`LazyPool`], and only if the cache has no rows.
///
/// The trait is in the [prelude](crate::prelude). On a pool of asynchronous connections (feature `async`) the same
/// methods return futures of the same results. `World` only distinguishes [the two](world); leave it to inference.
///
/// Such a load is never part of a transaction: it uses a connection of its own. Of all loads that miss a key, one takes
/// a connection and queries the database; the others wait for its rows without holding a connection. If the pool has no
/// connection for it, the others try for themselves.
///
/// Do not hold a connection of a pool while you load from it: if all callers do that, they wait for each other.
///
/// ```
/// # use diesel::prelude::*;
/// # diesel::table! { person (id) { id -> Integer, name -> Text } }
/// # use diesel_cache::{Cache, Region, prelude::*};
/// # use std::sync::Arc;
/// # let place = tempfile::tempdir()?;
/// # let url = place.path().join("app.db").to_str().ok_or("no path")?.to_owned();
/// # let mut conn = SqliteConnection::establish(&url)?;
/// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
/// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada')").execute(&mut conn)?;
/// # let cache = Cache::builder().region(Region::memory("default")).build()?;
/// # let attached = cache.clone();
/// # let pool = move || {
/// #     let mut conn = SqliteConnection::establish(&url)?;
/// #     attached.attach(&mut conn);
/// #     Ok::<_, ConnectionError>(conn)
/// # };
/// let pool = cache.lazy_pool(pool);
/// let people = || person::table.cached("default");
///
/// let all: Vec<(i32, String)> = people().load_from(&pool)?;
/// let shared: Arc<[(i32, String)]> = people().load_shared_from(&pool)?;
/// let ada: (i32, String) = people().find(1).get_result_from(&pool)?;
/// let eve: Option<(i32, String)> = people().filter(person::name.eq("Eve")).first_from(&pool).optional()?;
/// # assert_eq!((all[0].clone(), shared[0].clone(), eve), (ada.clone(), ada, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// On a pool of diesel-async:
///
#[cfg_attr(all(feature = "deadpool", feature = "sqlite"), doc = "```")]
#[cfg_attr(not(all(feature = "deadpool", feature = "sqlite")), doc = "```ignore")]
/// use diesel::prelude::*;
/// use diesel_async::pooled_connection::deadpool::Pool;
/// use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
/// use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
/// use diesel_async::{AsyncConnection, RunQueryDsl};
/// use diesel_cache::prelude::*;
///
/// # diesel::table! { person (id) { id -> Integer, name -> Text } }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let place = tempfile::tempdir()?;
/// # let url = place.path().join("app.db").to_str().ok_or("no path")?.to_owned();
/// # let cache = Cache::builder().region(Region::memory("default")).build()?;
/// let attached = cache.clone();
/// let mut config = ManagerConfig::default();
/// config.custom_setup = Box::new(move |url| {
///     let cache = attached.clone();
///     Box::pin(async move {
///         let mut conn = SyncConnectionWrapper::<SqliteConnection>::establish(url).await?;
///         cache.attach(&mut conn);
///         Ok(conn)
///     })
/// });
/// let manager = AsyncDieselConnectionManager::new_with_config(url, config);
/// let pool = cache.lazy_pool(Pool::builder(manager).max_size(1).build()?);
/// # let create = "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)";
/// # diesel::sql_query(create).execute(&mut pool.get().await?).await?;
///
/// let count = || person::table.count().cached("default");
/// assert_eq!(count().get_result_from::<i64>(&pool).await?, 0);
/// let _held = pool.get().await?; // no connection is left
/// assert_eq!(count().get_result_from::<i64>(&pool).await?, 0);
/// # Ok(())
/// # }
/// ```
pub trait LoadFromDsl<P, World = world::Blocking>: Sized {
    /// A [`Result<T, LoadFromError<E>>`](crate::LoadFromError), or a future of one.
    type Answer<'p, T: Send + 'static>
    where
        P: 'p,
        Self: 'p;

    /// Loads all rows, like `load`.
    ///
    /// # Errors
    ///
    /// [`LoadFromError::Connection`](crate::LoadFromError::Connection) if the load has to query the database and the
    /// pool has no connection; [`LoadFromError::Query`](crate::LoadFromError::Query) as for `load`.
    fn load_from<'query, 'p, U>(
        self,
        pool: &'p LazyPool<P>,
    ) -> <Self as LoadFrom<'query, P, U, World>>::Loaded<'p, Vec<U>>
    where
        Self: LoadFrom<'query, P, U, World> + 'p,
    {
        self.rows_from(pool)
    }

    /// Loads all rows, like `get_results`: another name of [`load_from`](Self::load_from).
    ///
    /// # Errors
    ///
    /// Those of [`load_from`](Self::load_from).
    fn get_results_from<'query, 'p, U>(
        self,
        pool: &'p LazyPool<P>,
    ) -> <Self as LoadFrom<'query, P, U, World>>::Loaded<'p, Vec<U>>
    where
        Self: LoadFrom<'query, P, U, World> + 'p,
    {
        self.rows_from(pool)
    }

    /// Loads the rows as one shared object, like [`load_shared`](crate::RunCachedDsl::load_shared).
    ///
    /// # Errors
    ///
    /// Those of [`load_from`](Self::load_from).
    fn load_shared_from<'query, 'p, U>(
        self,
        pool: &'p LazyPool<P>,
    ) -> <Self as LoadFrom<'query, P, U, World>>::Loaded<'p, Arc<[U]>>
    where
        Self: LoadFrom<'query, P, U, World> + 'p,
        U: Cacheable + Send + Sync,
    {
        self.shared_from(pool)
    }

    /// Loads one row, like `get_result`.
    ///
    /// # Errors
    ///
    /// Those of [`load_from`](Self::load_from), and [`NotFound`](diesel::NotFound) if there is no row;
    /// [`optional`](crate::OptionalLoad::optional) makes it `None`.
    fn get_result_from<'query, 'p, U>(
        self,
        pool: &'p LazyPool<P>,
    ) -> <Self as LoadFrom<'query, P, U, World>>::Loaded<'p, U>
    where
        Self: LoadFrom<'query, P, U, World> + 'p,
    {
        self.row_from(pool)
    }

    /// Adds `LIMIT 1` to the query and loads the row, like `first`.
    ///
    /// # Errors
    ///
    /// Those of [`get_result_from`](Self::get_result_from).
    fn first_from<'query, 'p, U>(
        self,
        pool: &'p LazyPool<P>,
    ) -> <diesel::dsl::Limit<Self> as LoadFrom<'query, P, U, World>>::Loaded<'p, U>
    where
        Self: LimitDsl,
        diesel::dsl::Limit<Self>: LoadFrom<'query, P, U, World> + 'p,
    {
        self.limit(1).row_from(pool)
    }

    /// Returns the query's entry, fresh or not, like [`lookup`](crate::RunCachedDsl::lookup).
    ///
    /// It takes a connection only if the cache [does not know](LazyPool::knows_context) the pool's connections.
    ///
    /// # Errors
    ///
    /// Those of [`load_from`](Self::load_from).
    fn lookup_from<'p, U>(self, pool: &'p LazyPool<P>) -> Self::Answer<'p, Option<Lookup<U>>>
    where
        Self: 'p,
        U: Cacheable + Send + Sync;

    /// Invalidates the query's entries, and removes the one of the pool's connections, like
    /// [`invalidate`](crate::RunCachedDsl::invalidate). Returns whether there was one that could have been served.
    ///
    /// It takes a connection only if the cache [does not know](LazyPool::knows_context) the pool's connections.
    ///
    /// # Errors
    ///
    /// Those of [`load_from`](Self::load_from).
    fn invalidate_from<'p>(self, pool: &'p LazyPool<P>) -> Self::Answer<'p, bool>
    where
        Self: 'p;

    /// Returns what the cache knows about the query, like [`explain`](crate::RunCachedDsl::explain).
    ///
    /// It takes a connection only if the cache [does not know](LazyPool::knows_context) the pool's connections. Without
    /// a connection, the result lacks what only a connection can show, such as an open transaction, or that it leads to
    /// a replica.
    ///
    /// # Errors
    ///
    /// Those of [`load_from`](Self::load_from).
    fn explain_from<'p>(self, pool: &'p LazyPool<P>) -> Self::Answer<'p, Explanation>
    where
        Self: 'p;
}

/// A cached query that can be loaded from a [`LazyPool`]; see [`LoadFromDsl`].
///
/// The rows must be [`Cacheable`]. `World` is the [kind](world) of connection, blocking or asynchronous.
pub trait LoadFrom<'query, P, U, World>: Sized {
    /// The result of a load.
    type Loaded<'p, T>
    where
        P: 'p,
        Self: 'p;

    /// Loads all rows; see [`load_from`](LoadFromDsl::load_from).
    fn rows_from<'p>(self, pool: &'p LazyPool<P>) -> Self::Loaded<'p, Vec<U>>
    where
        Self: 'p;

    /// Loads one row; see [`get_result_from`](LoadFromDsl::get_result_from).
    fn row_from<'p>(self, pool: &'p LazyPool<P>) -> Self::Loaded<'p, U>
    where
        Self: 'p;

    /// Loads the rows as one object; see [`load_shared_from`](LoadFromDsl::load_shared_from).
    fn shared_from<'p>(self, pool: &'p LazyPool<P>) -> Self::Loaded<'p, Arc<[U]>>
    where
        Self: 'p,
        U: Cacheable + Send + Sync;
}
