//! Pools of attached connections, on SQLite and PostgreSQL.

use std::error::Error;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{BuildError, Manager, Timeouts};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolableConnection, RecyclingMethod,
};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_cache::{Cache, LazyPool};
use diesel_cache_examples::fixture;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// The size of a pool. Only writes and misses take a connection.
const CONNECTIONS: usize = 16;

/// A service with one database uses a `LazyPool<Pool<…>>` instead, and neither `of!` nor `on!`.
#[derive(Clone)]
pub(crate) enum Database {
    Sqlite(LazyPool<Pool<SyncConnectionWrapper<SqliteConnection>>>),
    Postgres(LazyPool<Pool<AsyncPgConnection>>),
}

/// Runs the same code with the pool of either database.
///
/// `MultiConnection` needs no macro, but its queries cannot be cached: see `KeyBackend` in the documentation.
macro_rules! of {
    ($database:expr, |$pool:ident| $work:expr) => {
        match &$database {
            $crate::database::Database::Sqlite($pool) => $work,
            $crate::database::Database::Postgres($pool) => $work,
        }
    };
}
pub(crate) use of;

/// Runs the same code on a connection of either database.
macro_rules! on {
    ($database:expr, |$conn:ident| $work:expr) => {
        $crate::database::of!($database, |pool| {
            let $conn = &mut pool.get().await.map_err($crate::failure::Failure::Unavailable)?;
            $work
        })
    };
}
pub(crate) use on;

impl Database {
    /// Opens the database, and fills a new one.
    pub(crate) async fn open(url: &str, cache: &Cache) -> Result<Self, Box<dyn Error>> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = pool(url, cache)?;
            install(&mut *pool.get().await?).await?;
            Ok(Self::Postgres(cache.lazy_pool(pool)))
        } else {
            let pool = pool::<SyncConnectionWrapper<_>>(url, cache)?;
            pool.get().await?.spawn_blocking(fixture::install).await?;
            Ok(Self::Sqlite(cache.lazy_pool(pool)))
        }
    }
}

fn pool<C>(url: &str, cache: &Cache) -> Result<Pool<C>, BuildError>
where
    C: Prepare + PoolableConnection + 'static,
    AsyncDieselConnectionManager<C>: Manager,
{
    let patience = Some(Duration::from_secs(5)); // then the response is 503
    let mut config = ManagerConfig::default();
    // The default sends a statement at each checkout, which is the round trip that the cache should save.
    config.recycling_method = RecyclingMethod::Fast;
    let cache = cache.clone();
    config.custom_setup = Box::new(move |url| {
        let (conn, cache) = (C::establish(url), cache.clone());
        async move {
            let mut conn = conn.await?;
            let prepared = conn.prepare(&cache).await;
            prepared.map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(conn)
        }
        .boxed()
    });
    Pool::builder(AsyncDieselConnectionManager::new_with_config(url, config))
        .max_size(CONNECTIONS)
        .timeouts(Timeouts {
            wait: patience,
            create: patience,
            recycle: patience,
        })
        .runtime(Runtime::Tokio1)
        .build()
}

/// Prepares a new connection for the pool.
trait Prepare: AsyncConnection {
    fn prepare<'a>(&'a mut self, cache: &'a Cache) -> BoxFuture<'a, QueryResult<()>>;
}

impl Prepare for SyncConnectionWrapper<SqliteConnection> {
    fn prepare<'a>(&'a mut self, cache: &'a Cache) -> BoxFuture<'a, QueryResult<()>> {
        // Before anything else, so that the cache sees all settings.
        cache.attach(self);
        // Readers do not wait for a writer in WAL mode; writers wait for each other, for milliseconds.
        self.batch_execute(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON",
        )
        .boxed()
    }
}

impl Prepare for AsyncPgConnection {
    fn prepare<'a>(&'a mut self, cache: &'a Cache) -> BoxFuture<'a, QueryResult<()>> {
        cache.attach(self);
        // A server may still commit the write of a client that has died. By the session's id, other processes see when
        // it cannot any more. Leave this out behind PgBouncer, where clients share sessions.
        cache.identify_async(self).boxed()
    }
}

/// Creates the tables and their rows on PostgreSQL, unless they exist.
async fn install(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    conn.transaction(async |conn| {
        // If two services start at the same time, one waits here, and then finds the tables.
        conn.batch_execute("SELECT pg_advisory_xact_lock(4071968)").await?;
        if sql::<Bool>("SELECT to_regclass('person') IS NOT NULL")
            .get_result(conn)
            .await?
        {
            return Ok(());
        }
        conn.batch_execute(fixture::FIXTURE).await?;
        // On SQLite, an integer key is assigned automatically.
        conn.batch_execute("ALTER TABLE person ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START WITH 51)")
            .await
    })
    .await
}
