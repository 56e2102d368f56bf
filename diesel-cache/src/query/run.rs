//! What a cached query can do beside Diesel's own loading: share rows, look, invalidate, explain.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::connection::Connection;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;

use super::load::{RowOf, load_as};
use super::{Cached, Explanation};
use crate::cacheable::Cacheable;
use crate::engine::Lookup;
use crate::key::KeyBackend;
use crate::observe::world;

/// The methods that run a cached query on a connection, beside those of [`RunQueryDsl`](diesel::RunQueryDsl); in the
/// [prelude](crate::prelude).
///
/// On a connection of diesel-async (feature `async`) the same methods return futures of the same results. The [`world`] only
/// tells the two apart; leave it to inference.
pub trait RunCachedDsl<Conn, World = world::Blocking>: Sized {
    /// A result, as the connection gives it: at once, or as a future.
    type Answer<T: Send + 'static>;

    /// Loads the rows as one shared object.
    ///
    /// A hit in memory, or in a session, neither decodes nor copies: callers that ask for the same type get the same
    /// object until it is replaced. Otherwise it does what `load` does.
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

    /// What the region holds for the query, fresh or not; `None` if it holds nothing, or what it holds was
    /// invalidated or is of another layout.
    ///
    /// Never asks the database, in or out of a transaction, and counts neither as a hit nor as a miss. What `first` stored is
    /// found by the query with `.limit(1)`, which `first` adds.
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

    /// Makes the query's entries stale, in every process that uses the same directory, and removes this connection's. Returns whether
    /// this connection had an entry that could have served.
    ///
    /// A connection that has been told something that may change the meaning of a text, such as `SET search_path`, has entries of
    /// its own. They all go, whichever connection this is; the files of the others are removed by a later sweep. A load that is asking
    /// the database at this moment keeps its rows for itself. The options that are part of the
    /// key, such as [`key`](Cached::key), have to be the same as in the load. So does the SQL: `first` adds a `LIMIT 1`, and what it
    /// stored is named by the query with `.limit(1)`.
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

    /// What the cache makes of the query: key, SQL, tables, region; as a value that prints.
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

/// A cached query whose rows can be loaded as one shared object, on a connection of this world.
///
/// The rows have to be [`Cacheable`], `Send` and `Sync`.
pub trait LoadShared<'query, Conn, U, World> {
    /// What the load returns.
    type Loaded<'conn>
    where
        Conn: 'conn;

    /// Loads.
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
        let plan = self.asked(Some(U::LAYOUT)).plan_on::<world::Blocking, _>(conn)?;
        Ok(Lookup::of(&plan.request))
    }

    fn invalidate(&self, conn: &mut Conn) -> QueryResult<bool> {
        let plan = self.asked(None).plan_on::<world::Blocking, _>(conn)?;
        Ok(plan.request.remove())
    }

    fn explain(&self, conn: &mut Conn) -> QueryResult<Explanation> {
        let plan = self.asked(None).plan_on::<world::Blocking, _>(conn)?;
        Ok(Explanation::of(&plan, &self.options))
    }
}
