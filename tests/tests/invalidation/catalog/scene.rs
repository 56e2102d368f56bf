//! Two caches on one directory, of which one has introspected.

use diesel::connection::LoadConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_cache::{Cache, CacheBuilder, Cacheable, CatalogBackend, Introspection, Region};
use diesel_cache_tests::{AsyncBackend, Backend, Database};

/// The result of `SELECT count(*) AS n …`.
#[derive(QueryableByName, Cacheable, Debug)]
pub(crate) struct Count {
    #[diesel(sql_type = BigInt)]
    pub(crate) n: i64,
}

/// Returns the builder of a cache in the database's directory, with a region `default`.
pub(crate) fn settings<B: Backend>(db: &Database<B>) -> CacheBuilder {
    Cache::builder()
        .directory(db.directory().join("cache"))
        .region(Region::disk("default"))
}

/// Introspects the database on a blocking connection.
pub(crate) fn blocking<B>(cache: &Cache, db: &Database<B>) -> Introspection
where
    B: Backend<Conn: LoadConnection<Backend: CatalogBackend>>,
{
    cache.introspect(&mut db.connect()).unwrap()
}

/// Introspects the database on an asynchronous connection.
pub(crate) fn asynchronous<B>(cache: &Cache, db: &Database<B>) -> Introspection
where
    B: AsyncBackend<AsyncConn: diesel_async::AsyncConnection<Backend: CatalogBackend>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let introspection = async { cache.introspect_async(&mut db.connect_async().await).await };
    runtime.unwrap().block_on(introspection).unwrap()
}

/// Creates a cache and a connection attached to it. Evaluates to both, and the statements of the connection.
macro_rules! attached {
    ($db:ident) => {
        attached!($db, crate::catalog::scene::settings(&$db).build().unwrap())
    };
    ($db:ident, $cache:expr) => {{
        let cache = $cache;
        let mut conn = $db.connect();
        let statements = diesel_cache_tests::Statements::new();
        cache.attach_with(&mut conn, statements.clone());
        (cache, conn, statements)
    }};
}

/// Loads `SELECT count(*) AS n FROM …` through the cache. Returns the number of SELECTs that this takes, and the count.
macro_rules! count {
    ($conn:ident, $statements:ident, $from:expr) => {{
        use diesel::RunQueryDsl;
        use diesel_cache::prelude::*;
        $statements.take();
        let query = diesel::sql_query(format!("SELECT count(*) AS n FROM {}", $from)).cached("default");
        let rows: Vec<crate::catalog::scene::Count> = query.load(&mut $conn).unwrap();
        ($statements.selects(), rows[0].n)
    }};
}

/// Runs `$setup`, and has one cache introspect with `$introspect`. Asserts that after `$write`, the count of `$from` is
/// still a hit in a cache that has not introspected, although its rows are outdated, and is loaded again in the one
/// that has.
macro_rules! cures {
    ($db:ident, $setup:expr, $($rest:tt)+) => {
        cures!(by blocking: $db, $setup, $($rest)+)
    };
    (by $introspect:ident: $db:ident, $setup:expr, $(($from:expr, $write:expr, $before:expr => $after:expr)),+ $(,)?) => {{
        use diesel::connection::SimpleConnection;
        $db.connect().batch_execute($setup).unwrap();
        let (_one, mut ignorant, statements) = attached!($db);
        let (cache, mut knowing, own) = attached!($db);
        let found = crate::catalog::scene::$introspect(&cache, &$db);
        $(
            assert_eq!(count!(ignorant, statements, $from), (1, $before), "{}", $from);
            assert_eq!(count!(knowing, own, $from), (1, $before), "an entry of those who know less is a miss: {}", $from);
            assert_eq!(count!(knowing, own, $from), (0, $before), "{}", $from);
            ignorant.batch_execute($write).unwrap();
            assert_eq!(count!(ignorant, statements, $from), (0, $before), "nothing tells: {}", $from);
            assert_eq!(count!(knowing, own, $from), (1, $after), "{found}: {}", $from);
            assert_eq!(count!(knowing, own, $from), (0, $after), "{}", $from);
        )+
        found
    }};
}
