//! The methods of a cached query besides Diesel's own: sharing rows, looking up, invalidating, explaining.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::connection::Connection;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;

use super::explain::Explanation;
use super::load::{RowOf, load_as};
use super::options::Cached;
use super::viewpoint::Viewpoint;
use crate::cacheable::Cacheable;
use crate::engine::Lookup;
use crate::key::KeyBackend;
use crate::observe::world;

/// The methods that run a cached query on a connection, in addition to those of [`RunQueryDsl`](diesel::RunQueryDsl).
///
/// The trait is in the [prelude](crate::prelude). On a connection of diesel-async (feature `async`) the same methods
/// return futures of the same results. `World` only distinguishes [the two](world); leave it to inference.
pub trait RunCachedDsl<Conn, World = world::Blocking>: Sized {
    /// A `QueryResult<T>` on a blocking connection, and a future of one on an asynchronous connection.
    type Answer<T: Send + 'static>;

    /// Loads the rows as one shared object.
    ///
    /// A hit in memory, or in a session, neither decodes nor copies: callers that load the same type get the same
    /// object until it is replaced. Apart from that, this is the same as `load`.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// use std::sync::Arc;
    ///
    /// let first: Arc<[(i32, String)]> = person::table.cached("default").load_shared(&mut conn)?;
    /// let second = person::table.cached("default").load_shared(&mut conn)?;
    /// assert!(Arc::ptr_eq(&first, &second));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// On a connection of diesel-async:
    ///
    #[cfg_attr(all(feature = "async", feature = "sqlite"), doc = "```")]
    #[cfg_attr(not(all(feature = "async", feature = "sqlite")), doc = "```ignore")]
    /// # use diesel::prelude::*;
    /// # use diesel_async::{AsyncConnection, RunQueryDsl, sync_connection_wrapper::SyncConnectionWrapper};
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SyncConnectionWrapper::<SqliteConnection>::establish(":memory:").await?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn).await?;
    /// use std::sync::Arc;
    ///
    /// let first: Arc<[(i32, String)]> = person::table.cached("default").load_shared(&mut conn).await?;
    /// let second = person::table.cached("default").load_shared(&mut conn).await?;
    /// assert!(Arc::ptr_eq(&first, &second));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `load`.
    fn load_shared<'query, U>(self, conn: &mut Conn) -> <Self as LoadShared<'query, Conn, U, World>>::Loaded<'_>
    where
        Self: LoadShared<'query, Conn, U, World>,
    {
        self.load_as_shared(conn)
    }

    /// Returns the query's entry, fresh or not; `None` if there is none, or if it was invalidated or has another
    /// layout.
    ///
    /// It never queries the database, inside a transaction or outside, and counts as neither a hit nor a miss. To look
    /// up an entry that `first` has stored, call `.limit(1)` on the query, as `first` does.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// assert!(person::table.cached("default").lookup::<(i32, String)>(&mut conn)?.is_none());
    /// person::table.cached("default").load::<(i32, String)>(&mut conn)?;
    /// let held = person::table.cached("default").lookup::<(i32, String)>(&mut conn)?.ok_or("lost")?;
    /// assert!(held.is_fresh());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// On a connection of diesel-async:
    ///
    #[cfg_attr(all(feature = "async", feature = "sqlite"), doc = "```")]
    #[cfg_attr(not(all(feature = "async", feature = "sqlite")), doc = "```ignore")]
    /// # use diesel::prelude::*;
    /// # use diesel_async::{AsyncConnection, RunQueryDsl, sync_connection_wrapper::SyncConnectionWrapper};
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SyncConnectionWrapper::<SqliteConnection>::establish(":memory:").await?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn).await?;
    /// assert!(person::table.cached("default").lookup::<(i32, String)>(&mut conn).await?.is_none());
    /// person::table.cached("default").load::<(i32, String)>(&mut conn).await?;
    /// let held = person::table.cached("default").lookup::<(i32, String)>(&mut conn).await?.ok_or("lost")?;
    /// assert!(held.is_fresh());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Misuse, as for `load`.
    fn lookup<U>(&self, conn: &mut Conn) -> Self::Answer<Option<Lookup<U>>>
    where
        U: Cacheable + Send + Sync;

    /// Invalidates the query's entries, in every process that uses the same directory or cluster, and removes this
    /// connection's entry. Returns whether this connection had an entry that could have been served.
    ///
    /// After a setting that may change the meaning of the SQL, such as `SET search_path`, a connection has entries of
    /// its own. All of the query's entries are invalidated, whichever connection they belong to; a later sweep removes
    /// their files. A load that is querying the database at this moment does not store its rows.
    ///
    /// The options that are part of the key, such as [`key`](Cached::key), must be the same as in the load. So must the
    /// SQL: to invalidate an entry that `first` has stored, call `.limit(1)` on the query.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// person::table.cached("default").load::<(i32, String)>(&mut conn)?;
    /// assert!(person::table.cached("default").invalidate(&mut conn)?);
    /// assert!(!person::table.cached("default").invalidate(&mut conn)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// On a connection of diesel-async:
    ///
    #[cfg_attr(all(feature = "async", feature = "sqlite"), doc = "```")]
    #[cfg_attr(not(all(feature = "async", feature = "sqlite")), doc = "```ignore")]
    /// # use diesel::prelude::*;
    /// # use diesel_async::{AsyncConnection, RunQueryDsl, sync_connection_wrapper::SyncConnectionWrapper};
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SyncConnectionWrapper::<SqliteConnection>::establish(":memory:").await?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn).await?;
    /// person::table.cached("default").load::<(i32, String)>(&mut conn).await?;
    /// assert!(person::table.cached("default").invalidate(&mut conn).await?);
    /// assert!(!person::table.cached("default").invalidate(&mut conn).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Misuse, as for `load`.
    fn invalidate(&self, conn: &mut Conn) -> Self::Answer<bool>;

    /// Returns what the cache knows about the query, as a value that prints: key, SQL, tables, region, entry; and what
    /// the next load on this connection would be, and why.
    ///
    /// It neither queries the database nor changes anything. See [`Explanation`] for what it prints.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// let explanation = person::table.cached("default").explain(&mut conn)?;
    /// assert_eq!(explanation.tables().unwrap_or_default(), ["person"]);
    /// println!("{explanation}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// On a connection of diesel-async:
    ///
    #[cfg_attr(all(feature = "async", feature = "sqlite"), doc = "```")]
    #[cfg_attr(not(all(feature = "async", feature = "sqlite")), doc = "```ignore")]
    /// # use diesel::prelude::*;
    /// # use diesel_async::{AsyncConnection, RunQueryDsl, sync_connection_wrapper::SyncConnectionWrapper};
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SyncConnectionWrapper::<SqliteConnection>::establish(":memory:").await?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn).await?;
    /// let explanation = person::table.cached("default").explain(&mut conn).await?;
    /// assert_eq!(explanation.tables().unwrap_or_default(), ["person"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Misuse, as for `load`.
    fn explain(&self, conn: &mut Conn) -> Self::Answer<Explanation>;
}

/// A cached query whose rows can be loaded as one shared object.
///
/// The rows must be [`Cacheable`], `Send` and `Sync`. `World` is the [kind](world) of connection, blocking or
/// asynchronous.
pub trait LoadShared<'query, Conn, U, World> {
    /// The result of the load.
    type Loaded<'conn>
    where
        Conn: 'conn;

    /// Loads the rows; see [`load_shared`](RunCachedDsl::load_shared).
    fn load_as_shared(self, conn: &mut Conn) -> Self::Loaded<'_>;
}

impl<'query, Q, Conn, U> LoadShared<'query, Conn, U, world::Blocking> for Cached<Q>
where
    Conn: Connection,
    Conn::Backend: KeyBackend,
    Q: LoadQuery<'query, Conn, U> + QueryFragment<Conn::Backend> + QueryId,
    <Conn as RowOf<U>>::Row: Cacheable + Send + Sync,
{
    type Loaded<'conn>
        = QueryResult<Arc<[U]>>
    where
        Conn: 'conn;

    fn load_as_shared(self, conn: &mut Conn) -> QueryResult<Arc<[U]>> {
        load_as(self, conn)
    }
}

impl<Q, Conn> RunCachedDsl<Conn> for Cached<Q>
where
    Conn: Connection,
    Conn::Backend: KeyBackend,
    Q: QueryFragment<Conn::Backend> + QueryId,
{
    type Answer<T: Send + 'static> = QueryResult<T>;

    fn lookup<U>(&self, conn: &mut Conn) -> QueryResult<Option<Lookup<U>>>
    where
        U: Cacheable + Send + Sync,
    {
        let plan = self.spec(Some(U::LAYOUT)).plan_on::<world::Blocking, _>(conn)?;
        Ok(Lookup::of(&plan.request))
    }

    fn invalidate(&self, conn: &mut Conn) -> QueryResult<bool> {
        let plan = self.spec(None).plan_on::<world::Blocking, _>(conn)?;
        Ok(plan.request.remove())
    }

    fn explain(&self, conn: &mut Conn) -> QueryResult<Explanation> {
        let from = Viewpoint::of_connection::<world::Blocking, _>(conn)?;
        let explained = self.spec(None).explain::<Conn::Backend>(from)?;
        Ok(Explanation::of(explained, &self.options))
    }
}
