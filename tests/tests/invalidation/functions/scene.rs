//! Two connections of one cache, blocking or asynchronous. A test is written once, and runs with both kinds.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncMysqlConnection, AsyncPgConnection};
use diesel_cache::prelude::*;
use diesel_cache::{Cache, CacheBuilder, Introspection, Region};
use diesel_cache_tests::{AsyncBackend, Database, Events};

/// The result of `SELECT … AS n`.
#[derive(QueryableByName, Cacheable, Debug)]
pub(crate) struct Number {
    #[diesel(sql_type = BigInt)]
    pub(crate) n: i64,
}

/// A connection, blocking or asynchronous.
pub(crate) trait Link: Sized {
    async fn open<B>(db: &Database<B>) -> Self
    where
        B: AsyncBackend<Conn = Self::Blocking, AsyncConn = Self::Async>;
    type Blocking;
    type Async;
    fn attach(&mut self, cache: &Cache);
    /// Sends the text unprepared, as a batch.
    async fn batch(&mut self, sql: &str) -> QueryResult<()>;
    /// Sends the statement prepared.
    async fn execute(&mut self, sql: &str) -> QueryResult<usize>;
    /// Sends the statement prepared, and loads its rows.
    async fn load(&mut self, sql: &str) -> QueryResult<Vec<Number>>;
    async fn load_cached(&mut self, sql: &str) -> QueryResult<Vec<Number>>;
}

macro_rules! link {
    ($conn:ty, $blocking:ty, $async:ty, ($($connect:tt)*), ($($wait:tt)*), $dsl:path, $batch:path) => {
        impl Link for $conn {
            type Blocking = $blocking;
            type Async = $async;
            async fn open<B>(db: &Database<B>) -> Self
            where
                B: AsyncBackend<Conn = Self::Blocking, AsyncConn = Self::Async>,
            {
                db.$($connect)*
            }
            fn attach(&mut self, cache: &Cache) {
                cache.attach(self);
            }
            async fn batch(&mut self, sql: &str) -> QueryResult<()> {
                use $batch as _;
                self.batch_execute(sql)$($wait)*
            }
            async fn execute(&mut self, sql: &str) -> QueryResult<usize> {
                use $dsl as Dsl;
                Dsl::execute(diesel::sql_query(sql), self)$($wait)*
            }
            async fn load(&mut self, sql: &str) -> QueryResult<Vec<Number>> {
                use $dsl as Dsl;
                Dsl::load(diesel::sql_query(sql), self)$($wait)*
            }
            async fn load_cached(&mut self, sql: &str) -> QueryResult<Vec<Number>> {
                use $dsl as Dsl;
                Dsl::load(diesel::sql_query(sql).cached("default"), self)$($wait)*
            }
        }
    };
    (blocking $conn:ty, $async:ty) => {
        link!($conn, $conn, $async, (connect()), (), diesel::RunQueryDsl, diesel::connection::SimpleConnection);
    };
    (async $conn:ty, $blocking:ty) => {
        link!(
            $conn, $blocking, $conn, (connect_async().await), (.await), diesel_async::RunQueryDsl,
            diesel_async::SimpleAsyncConnection
        );
    };
}
link!(blocking SqliteConnection, SyncConnectionWrapper<SqliteConnection>);
link!(blocking PgConnection, AsyncPgConnection);
link!(blocking MysqlConnection, AsyncMysqlConnection);
link!(async SyncConnectionWrapper<SqliteConnection>, SqliteConnection);
link!(async AsyncPgConnection, PgConnection);
link!(async AsyncMysqlConnection, MysqlConnection);

/// The link type for a connection of this backend.
pub(crate) trait LinkOf<B: AsyncBackend>: Link<Blocking = B::Conn, Async = B::AsyncConn> {}
impl<B: AsyncBackend, L: Link<Blocking = B::Conn, Async = B::AsyncConn>> LinkOf<B> for L {}

/// A link of a database that can be introspected.
pub(crate) trait Introspects {
    fn introspect(cache: &Cache, url: &str) -> Introspection;
}

macro_rules! introspects {
    ($($conn:ty: $blocking:ty),* $(,)?) => {$(
        impl Introspects for $conn {
            fn introspect(cache: &Cache, url: &str) -> Introspection {
                cache.introspect(&mut <$blocking>::establish(url).unwrap()).unwrap()
            }
        }
    )*};
}
introspects! {
    SqliteConnection: SqliteConnection,
    SyncConnectionWrapper<SqliteConnection>: SqliteConnection,
    PgConnection: PgConnection,
    AsyncPgConnection: PgConnection,
    MysqlConnection: MysqlConnection,
    AsyncMysqlConnection: MysqlConnection,
}

/// Two connections, `a` and `b`, attached to one cache with a region `default`.
pub(crate) struct Scene<B: AsyncBackend, L> {
    pub(crate) a: L,
    pub(crate) b: L,
    pub(crate) cache: Cache,
    pub(crate) events: Events,
    /// The last field, so that it is dropped after the connections.
    db: Database<B>,
}

impl<B: AsyncBackend, L: LinkOf<B>> Scene<B, L> {
    /// Creates a scene after `setup` has run on a connection that is not attached.
    pub(crate) async fn new(setup: &[&str], change: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Self {
        let db = Database::new();
        let mut outside = L::open(&db).await;
        for sql in setup {
            let result = outside.batch(sql).await;
            result.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        let events = Events::new();
        let builder = Cache::builder()
            .region(Region::memory("default"))
            .listener(events.listener());
        let cache = change(builder).build().unwrap();
        let (mut a, mut b) = (L::open(&db).await, L::open(&db).await);
        a.attach(&cache);
        b.attach(&cache);
        Self {
            a,
            b,
            cache,
            events,
            db,
        }
    }

    pub(crate) fn url(&self) -> &str {
        self.db.url()
    }

    /// Counts `from` by a cached load on `b`. Returns the count, and the first event of the load.
    pub(crate) async fn count(&mut self, from: &str) -> (i64, String) {
        self.events.take();
        let sql = format!("SELECT count(*) AS n FROM {from}");
        let rows = self.b.load_cached(&sql).await;
        let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let first = self.events.words().into_iter().next();
        (rows[0].n, first.unwrap_or_default())
    }

    /// Counts `from` on a connection that is not attached.
    pub(crate) async fn outside_count(&self, from: &str) -> i64 {
        let mut outside = L::open(&self.db).await;
        let rows = outside.load(&format!("SELECT count(*) AS n FROM {from}")).await;
        rows.unwrap()[0].n
    }

    /// Like [`new`](Self::new), but also introspects the database.
    pub(crate) async fn introspected(setup: &[&str]) -> Self
    where
        L: Introspects,
    {
        let scene = Self::new(setup, |builder| builder).await;
        L::introspect(&scene.cache, scene.url());
        scene
    }

    /// Runs each statement on `a`. Asserts that it changes the count of at least one of the tables, and that `b` then
    /// counts the same as a connection without a cache.
    pub(crate) async fn sees_each(&mut self, tables: &[&str], statements: &[&str]) {
        let mut unseen = Vec::new();
        for sql in statements {
            let mut before = Vec::new();
            for table in tables {
                before.push(self.count(table).await.0);
            }
            let result = self.a.batch(sql).await;
            result.unwrap_or_else(|error| panic!("{sql}: {error}"));
            let (mut truth, mut seen) = (Vec::new(), Vec::new());
            for table in tables {
                truth.push(self.outside_count(table).await);
                seen.push(self.count(table).await.0);
            }
            assert_ne!(before, truth, "{sql} changes nothing");
            if seen != truth {
                unseen.push(format!("{sql}: {seen:?} for {truth:?}"));
            }
        }
        assert!(unseen.is_empty(), "{}", unseen.join("\n"));
    }

    /// Fills the cache with the count of `from`, which is `before`, runs `sql` on `a`, and asserts that the count is
    /// now `after`.
    pub(crate) async fn changes(&mut self, from: &str, sql: &str, before: i64, after: i64) {
        self.count(from).await;
        let hit = (before, "hit Memory".to_owned());
        assert_eq!(self.count(from).await, hit, "before {sql}");
        let result = self.a.batch(sql).await;
        result.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(self.count(from).await.0, after, "after {sql}");
    }
}

/// Turns bodies `async fn name<B, L>()` into tests, blocking and asynchronous, on each backend.
macro_rules! on {
    ($($module:ident: $backend:ident [$($body:ident),* $(,)?]),* $(,)?) => {$(
        mod $module {
            mod blocking {
                type B = diesel_cache_tests::$backend;
                type L = <B as diesel_cache_tests::Backend>::Conn;
                $(#[tokio::test(flavor = "current_thread")] async fn $body() { super::super::$body::<B, L>().await; })*
            }
            mod asynchronous {
                type B = diesel_cache_tests::$backend;
                type L = <B as diesel_cache_tests::AsyncBackend>::AsyncConn;
                $(#[tokio::test(flavor = "current_thread")] async fn $body() { super::super::$body::<B, L>().await; })*
            }
        }
    )*};
}
