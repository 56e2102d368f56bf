//! Loads that take their connection from a pool, and only if they query the database.

use std::sync::Arc;

use diesel::NotFound;
use diesel::connection::Connection;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::{LimitDsl, LoadQuery};

use super::Cached;
use super::form::Form;
use super::load::{Decision, Opened, RowOf, decide, load_as, query_as, rescue};
use super::viewpoint::Viewpoint;
use crate::cacheable::Cacheable;
use crate::doubt;
use crate::engine::{Lookup, Request, Step};
use crate::event::RefusalReason;
use crate::key::KeyBackend;
use crate::observe::world;
use crate::pool::{ConnectionSource, LazyPool, LoadFromError};
use crate::wait::{Blocking, now};

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
    /// A `Result<T, LoadFromError<E>>`, or a future of one.
    type Answer<'p, T: Send + 'static>
    where
        P: 'p,
        Self: 'p;

    /// Loads all rows, like `load`.
    ///
    /// # Errors
    ///
    /// [`LoadFromError::Connection`] if the load has to query the database and the pool has no connection;
    /// [`LoadFromError::Query`] as for `load`.
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

impl<'query, Q, P, U> LoadFrom<'query, P, U, world::Blocking> for Cached<Q>
where
    P: ConnectionSource,
    <P::Connection as Connection>::Backend: KeyBackend,
    Q: LoadQuery<'query, P::Connection, U> + QueryFragment<<P::Connection as Connection>::Backend> + QueryId,
    <P::Connection as RowOf<U>>::Row: Cacheable,
{
    type Loaded<'p, T>
        = Result<T, LoadFromError<P::Error>>
    where
        P: 'p,
        Self: 'p;

    fn rows_from<'p>(self, pool: &'p LazyPool<P>) -> Result<Vec<U>, LoadFromError<P::Error>>
    where
        Self: 'p,
    {
        load_from_as(self, pool)
    }

    fn row_from<'p>(self, pool: &'p LazyPool<P>) -> Result<U, LoadFromError<P::Error>>
    where
        Self: 'p,
    {
        let rows: Vec<U> = load_from_as(self, pool)?;
        Ok(rows.into_iter().next().ok_or(NotFound)?)
    }

    fn shared_from<'p>(self, pool: &'p LazyPool<P>) -> Result<Arc<[U]>, LoadFromError<P::Error>>
    where
        Self: 'p,
        U: Cacheable + Send + Sync,
    {
        load_from_as(self, pool)
    }
}

impl<Q, P> LoadFromDsl<P> for Cached<Q>
where
    P: ConnectionSource,
    <P::Connection as Connection>::Backend: KeyBackend,
    Q: QueryFragment<<P::Connection as Connection>::Backend> + QueryId,
{
    type Answer<'p, T: Send + 'static>
        = Result<T, LoadFromError<P::Error>>
    where
        P: 'p,
        Self: 'p;

    fn lookup_from<'p, U>(self, pool: &'p LazyPool<P>) -> Result<Option<Lookup<U>>, LoadFromError<P::Error>>
    where
        Self: 'p,
        U: Cacheable + Send + Sync,
    {
        let spec = self.spec(Some(U::LAYOUT));
        let home = pool.home();
        let plan = match home.context() {
            Some(context) => {
                let from = Viewpoint::of_home(pool.cache(), context);
                spec.plan::<<P::Connection as Connection>::Backend>(from)?
            }
            None => {
                let mut conn = connection(pool)?;
                pool.meet::<world::Blocking, _>(&mut conn)?.ok();
                spec.plan_on::<world::Blocking, _>(&mut conn)?
            }
        };
        Ok(Lookup::of(&plan.request))
    }
}

/// Loads rows in the form `R`: from an entry, or from the database over a connection of the pool.
fn load_from_as<'query, Q, P, U, R>(cached: Cached<Q>, pool: &LazyPool<P>) -> Result<R, LoadFromError<P::Error>>
where
    P: ConnectionSource,
    <P::Connection as Connection>::Backend: KeyBackend,
    Q: LoadQuery<'query, P::Connection, U> + QueryFragment<<P::Connection as Connection>::Backend> + QueryId,
    U: Cacheable,
    R: Form<U>,
{
    let spec = cached.spec(Some(U::LAYOUT));
    let home = pool.home();
    let Some(assumed) = home.context() else {
        let mut conn = connection(pool)?;
        doubt::own::ask(&mut conn);
        pool.meet::<world::Blocking, _>(&mut conn)?.ok();
        return Ok(load_as(cached, &mut conn)?);
    };
    let from = || Viewpoint::of_home(pool.cache(), assumed);
    let planned = spec.look::<<P::Connection as Connection>::Backend>(from())?;
    let opened = Opened::new(planned, || spec.plan::<<P::Connection as Connection>::Backend>(from()))?;
    let (request, step) = match now(decide(&Blocking, opened))? {
        Decision::Rows(rows) => return Ok(rows),
        Decision::Query(request, step) => (request, step),
    };
    // The leader of a flight takes its connection as the leader.
    let mut conn = match connection(pool) {
        Ok(conn) => conn,
        Err(error) => return unconnected(&request, step).ok_or(error),
    };
    doubt::own::ask(&mut conn);
    let refusal = pool.verify::<world::Blocking, _>(&mut conn, assumed)?;
    let step = permitted(&request, step, refusal);
    Ok(query_as(cached, &mut conn, &request, step)?)
}

fn connection<P: ConnectionSource>(pool: &LazyPool<P>) -> Result<P::Connection, LoadFromError<P::Error>> {
    pool.get_ref().connection().map_err(LoadFromError::Connection)
}

/// Returns old rows, if they may serve in the place of the pool's error. The waiters of the flight try for themselves:
/// one after the other they would queue up behind an error.
pub(super) fn unconnected<U, R: Form<U>>(request: &Request, step: Step) -> Option<R> {
    let rows = rescue(request, &step);
    if let Step::Fill(ticket) = step {
        ticket.fail();
    }
    rows
}

/// Returns how a load goes on that has taken its connection: as before, or without storing, if the connection has
/// another context than the one that the key was made for. The waiters of the flight then query for themselves.
pub(super) fn permitted(request: &Request, step: Step, refusal: Option<RefusalReason>) -> Step {
    match (step, refusal) {
        (Step::Fill(ticket), Some(reason)) => {
            ticket.fail();
            request.refused(reason);
            Step::Query
        }
        (_, Some(_)) => Step::Query,
        (Step::Fill(mut ticket), None) => {
            ticket.connected();
            Step::Fill(ticket)
        }
        (step, None) => step,
    }
}
