//! Connections without a URL: those of diesel-async that were opened elsewhere, for TLS or with options of their own.
//! The statements that set them up, or the numbering of their bound values, show which dialect they speak.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, AsyncPgConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Database, Mysql, Person, PostgresDatabase, address, alone, person, regions};

/// Opens a PostgreSQL connection in the way that is needed for TLS.
async fn opened_elsewhere(url: &str) -> AsyncPgConnection {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    AsyncPgConnection::try_from_client_and_connection(client, connection)
        .await
        .unwrap()
}

/// Statements that only PostgreSQL accepts.
const POSTGRES_ALONE: &[&str] = &[
    "SELECT '[1, 2]'::jsonb @> '[1]'::jsonb AS v",
    "SELECT ('{\"a\": 1}'::jsonb ->> 'a') = '1' AS v",
    "SELECT '{\"a\": 1}'::jsonb ?| array['a'] AS v",
    "SELECT array[1] && array[1, 2] AS v",
];

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    v: bool,
}

/// Loads a table twice. Returns the number of hits.
macro_rules! hits {
    ($cache:ident, $conn:expr) => {{
        let hits = || $cache.region("default").unwrap().stats().hits();
        let before = hits();
        person::table.cached("default").load::<Person>($conn).await.unwrap();
        address::table.cached("default").load::<Address>($conn).await.unwrap();
        hits() - before
    }};
}

#[tokio::test]
async fn a_plain_select_invalidates_nothing_before_the_first_cached_load() {
    alone!();
    let db = Database::<PostgresDatabase>::new();
    let cache = regions(&db.directory().join("cache")).build().unwrap();
    cache.install().unwrap();
    let mut reader = AsyncPgConnection::establish(db.url()).await.unwrap();
    assert_eq!(hits!(cache, &mut reader), 0);
    assert_eq!(hits!(cache, &mut reader), 2);
    for sql in POSTGRES_ALONE {
        let mut conn = opened_elsewhere(db.url()).await;
        assert!(diesel::sql_query(*sql).get_result::<Answer>(&mut conn).await.unwrap().v);
        assert_eq!(hits!(cache, &mut reader), 2, "{sql}");
        drop(conn);
        assert_eq!(hits!(cache, &mut reader), 2, "{sql}, closed");
    }
    // What it writes counts, and nothing beside it.
    let mut conn = opened_elsewhere(db.url()).await;
    let rename = diesel::update(person::table.find(1)).set(person::name.eq("x"));
    rename.execute(&mut conn).await.unwrap();
    assert_eq!(hits!(cache, &mut reader), 1);
    assert_eq!(hits!(cache, &mut reader), 2);
}

#[tokio::test]
async fn a_session_of_mysql_that_was_opened_elsewhere() {
    alone!();
    let db = Database::<Mysql>::new();
    let cache = regions(&db.directory().join("cache")).build().unwrap();
    cache.install().unwrap();
    let mut reader = AsyncMysqlConnection::establish(db.url()).await.unwrap();
    assert_eq!(hits!(cache, &mut reader), 0);
    assert_eq!(hits!(cache, &mut reader), 2);
    for sql in [
        "SELECT (10 DIV 3 XOR 0) = 1 AS v",
        "SELECT 'a' RLIKE 'a' AS v",
        "SELECT 1 <=> 1 AS v",
    ] {
        let conn = mysql_async::Conn::from_url(db.url()).await.unwrap();
        let mut conn = AsyncMysqlConnection::try_from(conn).await.unwrap();
        assert!(diesel::sql_query(sql).get_result::<Answer>(&mut conn).await.unwrap().v);
        drop(conn);
        assert_eq!(hits!(cache, &mut reader), 2, "{sql}");
    }
}

/// A URL in libpq's own form.
#[test]
fn a_list_of_names_and_values_is_postgres() {
    alone!();
    let db = Database::<PostgresDatabase>::new();
    let cache = regions(&db.directory().join("cache")).build().unwrap();
    cache.install().unwrap();
    let (user, rest) = db.url().split_once("://").unwrap().1.split_once('@').unwrap();
    let (server, name) = rest.split('?').next().unwrap().split_once('/').unwrap();
    let (host, port) = server.split_once(':').unwrap_or((server, "5432"));
    let pairs = format!("host={host} port='{port}' user={user} dbname={name}");
    let mut reader = PgConnection::establish(db.url()).unwrap();
    let load = |conn: &mut _| diesel::RunQueryDsl::load::<Person>(person::table.cached("default"), conn).unwrap();
    load(&mut reader);
    for sql in POSTGRES_ALONE {
        let mut conn = PgConnection::establish(&pairs).unwrap();
        assert!(
            diesel::RunQueryDsl::get_result::<Answer>(diesel::sql_query(*sql), &mut conn)
                .unwrap()
                .v
        );
        load(&mut conn);
    }
    let stats = cache.region("default").unwrap().stats();
    assert_eq!((stats.hits(), stats.misses()), (POSTGRES_ALONE.len() as u64, 1));
}

/// If the URL might be a file's name, numbered values identify PostgreSQL.
#[test]
fn numbered_values_are_postgres() {
    alone!();
    let db = Database::<PostgresDatabase>::new();
    let cache = regions(&db.directory().join("cache")).build().unwrap();
    let mut reader = PgConnection::establish(db.url()).unwrap();
    cache.attach(&mut reader);
    let load = |conn: &mut _| diesel::RunQueryDsl::load::<Person>(person::table.cached("default"), conn).unwrap();
    load(&mut reader);
    let mut conn = PgConnection::establish(db.url()).unwrap();
    let _ = cache.install();
    // An observer without a URL, as in a connection that somebody else wraps.
    conn.set_instrumentation(diesel::connection::get_default_instrumentation().unwrap());
    let query = diesel::sql_query("SELECT array[$1] && array[1, 2] AS v").bind::<Integer, _>(1);
    assert!(diesel::RunQueryDsl::get_result::<Answer>(query, &mut conn).unwrap().v);
    load(&mut reader);
    assert_eq!(cache.region("default").unwrap().stats().hits(), 1);
}
