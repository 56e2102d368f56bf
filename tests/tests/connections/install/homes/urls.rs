//! Which URLs lead to one database, and which to several.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel_async::AsyncConnection;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, deadpool};
use diesel_cache::prelude::*;
use diesel_cache_tests::{
    AsyncBackend, Backend, Database, Mysql, Postgres, PostgresDatabase, Sqlite, Statements, alone,
};

use super::{Answer, MARK, holds, install, mark};

macro_rules! ask_lazily {
    ($pool:expr $(, $wait:ident)?) => {{
        let query = diesel::sql_query(MARK).cached("default");
        query.get_result_from::<Answer>($pool)$(.$wait)?.unwrap().v
    }};
}

/// Counts the statements about marks.
fn marks(statements: &Statements) -> usize {
    statements.take().iter().filter(|sql| sql.contains(MARK)).count()
}

/// Asserts that each of these leads to a database that holds its own mark, in whatever order, by whatever connection,
/// from files or memory.
macro_rules! are_several {
    ($backend:ty, $directory:expr, $urls:expr $(,)?) => {{
        type Blocking = <$backend as Backend>::Conn;
        type Async = <$backend as AsyncBackend>::AsyncConn;
        let urls: &[(&str, &str)] = &$urls;
        let runtime = tokio::runtime::Runtime::new().unwrap();
        for round in 0..2 {
            // Another cache on the directory finds the entries in files.
            let (cache, statements) = install($directory);
            for (url, mark) in urls {
                assert_eq!(
                    &ask!(&mut Blocking::establish(url).unwrap()),
                    mark,
                    "{url}, round {round}"
                );
                let manager = ConnectionManager::<Blocking>::new(*url);
                let pool = Pool::builder().max_size(1).build(manager).unwrap();
                assert_eq!(&ask!(&mut pool.get().unwrap()), mark, "{url}, pooled");
                let pool = cache.lazy_pool(pool);
                assert_eq!(&ask_lazily!(&pool), mark, "{url}, with a connection of the pool");
                let held = pool.get().unwrap();
                assert_eq!(&ask_lazily!(&pool), mark, "{url}, without one");
                drop(held);
                runtime.block_on(async {
                    let mut conn = Async::establish(url).await.unwrap();
                    assert_eq!(&ask_async!(&mut conn), mark, "{url}, asynchronous");
                    let manager = AsyncDieselConnectionManager::<Async>::new(*url);
                    let pool = deadpool::Pool::builder(manager).max_size(1).build().unwrap();
                    assert_eq!(&ask_async!(&mut pool.get().await.unwrap()), mark, "{url}, pooled");
                    let pool = cache.lazy_pool(pool);
                    assert_eq!(&ask_lazily!(&pool, await), mark, "{url}, with a connection of the pool");
                    let _held = pool.get().await.unwrap();
                    assert_eq!(&ask_lazily!(&pool, await), mark, "{url}, without one");
                });
            }
            assert_eq!(
                marks(&statements),
                if round == 0 { urls.len() } else { 0 },
                "one of each asks"
            );
        }
    }};
}

/// Asserts that these lead to one database, and share entries.
macro_rules! are_one {
    ($backend:ty, $directory:expr, $urls:expr $(,)?) => {{
        let urls: &[&str] = &$urls;
        let (_cache, statements) = install($directory);
        for (n, url) in urls.iter().enumerate() {
            ask!(&mut <$backend as Backend>::Conn::establish(url).unwrap());
            assert_eq!(marks(&statements), usize::from(n == 0), "{url}");
        }
    }};
}

#[test]
fn options_databases_and_users_of_postgres() {
    alone!();
    let (one, other) = (Database::<PostgresDatabase>::new(), Database::<PostgresDatabase>::new());
    let role = format!(
        "{}_role",
        one.url().split('/').next_back().unwrap().split('?').next().unwrap()
    );
    let mut conn = PgConnection::establish(one.url()).unwrap();
    conn.batch_execute("CREATE SCHEMA one; CREATE SCHEMA two").unwrap();
    conn.batch_execute(&format!(
        "CREATE ROLE {role} LOGIN; CREATE SCHEMA {role}; GRANT USAGE ON SCHEMA {role} TO {role}"
    ))
    .unwrap();
    let with = |url: &str, parameter: &str| {
        let separator = if url.contains('?') { "&" } else { "?" };
        format!("{url}{separator}{parameter}").replace("?&", "?")
    };
    let in_one = with(one.url(), "options=--search_path%3Done");
    let in_two = with(one.url(), "options=-c%20search_path%3Dtwo");
    let (scheme, rest) = one.url().split_once("://").unwrap();
    let (_, server) = rest.rsplit_once('@').unwrap();
    let as_role = format!("{scheme}://{role}@{server}");
    mark::<PostgresDatabase>(one.url(), "public");
    mark::<PostgresDatabase>(&in_one, "one");
    mark::<PostgresDatabase>(&in_two, "two");
    mark::<PostgresDatabase>(other.url(), "other");
    // Its search path begins with its own name.
    mark::<PostgresDatabase>(&with(one.url(), &format!("options=--search_path%3D{role}")), "role");
    conn.batch_execute(&format!("GRANT SELECT ON {role}.mark TO {role}"))
        .unwrap();
    are_several!(
        Postgres,
        &one.directory().join("several"),
        [
            (one.url(), "public"),
            (&in_one, "one"),
            (&in_two, "two"),
            (other.url(), "other"),
            (&as_role, "role"),
        ],
    );

    let (user, address) = rest.rsplit_once('@').unwrap();
    let secret = format!("{scheme}://{user}:s3cretw0rd@{address}");
    are_one!(
        Postgres,
        &one.directory().join("one"),
        [
            one.url(),
            &secret,
            &with(one.url(), "application_name=somebody"),
            &with(one.url(), "connect_timeout=30&keepalives=0&sslmode=disable"),
            &with(
                one.url(),
                "options=-c%20statement_timeout%3D60s%20-c%20application_name%3Dx",
            ),
            &with(one.url(), "password=s3cretw0rd"),
        ],
    );
    assert!(!holds(&one.directory().join("one"), b"s3cretw0rd"));
    conn.batch_execute(&format!("DROP SCHEMA {role} CASCADE; DROP ROLE {role}"))
        .unwrap();
}

#[test]
fn databases_of_mariadb() {
    alone!();
    let (one, other) = (Database::<Mysql>::new(), Database::<Mysql>::new());
    mark::<Mysql>(one.url(), "one");
    mark::<Mysql>(other.url(), "other");
    are_several!(
        Mysql,
        &one.directory().join("several"),
        [(one.url(), "one"), (other.url(), "other")],
    );
    // The test's server may be given with its port or without.
    let without_port = one.url().replacen(":3306/", "/", 1);
    let with_port = without_port.replacen("127.0.0.1/", "127.0.0.1:3306/", 1);
    are_one!(
        Mysql,
        &one.directory().join("one"),
        [
            one.url(),
            &without_port,
            &with_port,
            &format!("{}?ssl_mode=preferred", one.url()),
        ],
    );
}

#[test]
fn files_of_sqlite() {
    alone!();
    let (one, other) = (Database::<Sqlite>::new(), Database::<Sqlite>::new());
    mark::<Sqlite>(one.url(), "one");
    mark::<Sqlite>(other.url(), "other");
    are_several!(
        Sqlite,
        &one.directory().join("several"),
        [(one.url(), "one"), (other.url(), "other")],
    );
    are_one!(
        Sqlite,
        &one.directory().join("one"),
        [
            one.url(),
            &format!("file:{}", one.url()),
            &format!("sqlite://{}?mode=rw", one.url()),
            &one.url().replace("/test.sqlite", "/./test.sqlite"),
        ],
    );

    // In memory, each connection has a database of its own.
    let (_cache, _) = install(&one.directory().join("memory"));
    for name in [":memory:", "", "file::memory:", "file:x?mode=memory"] {
        for n in 0..3 {
            let mut conn = SqliteConnection::establish(name).unwrap();
            let text = format!("{name} {n}");
            conn.batch_execute(&format!(
                "CREATE TABLE mark (v TEXT NOT NULL); INSERT INTO mark VALUES ('{text}')"
            ))
            .unwrap();
            assert_eq!((ask!(&mut conn), ask!(&mut conn)), (text.clone(), text));
        }
    }
    // But for one that is shared within the process.
    let (cache, _) = install(&one.directory().join("shared"));
    let connect = |name: &str| SqliteConnection::establish(&format!("file:{name}?mode=memory&cache=shared")).unwrap();
    let [mut first, mut second, mut elsewhere] = ["a", "a", "b"].map(connect);
    for (conn, text) in [(&mut first, "a"), (&mut elsewhere, "b")] {
        conn.batch_execute(&format!(
            "CREATE TABLE mark (v TEXT NOT NULL); INSERT INTO mark VALUES ('{text}')"
        ))
        .unwrap();
    }
    assert_eq!(
        [&mut first, &mut second, &mut elsewhere].map(|conn| ask!(conn)),
        ["a", "a", "b"]
    );
    assert_eq!(cache.region("default").unwrap().stats().hits(), 1);
}
