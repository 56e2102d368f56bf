//! If a client never learns the outcome of its write, the written tables are not cached until the server no longer
//! knows the client's session.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel::sql_types::BigInt;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Database, Mysql, Person, Postgres, Sqlite, Statements, address, connect, person};

/// A grace longer than any test.
const GRACE: Duration = Duration::from_secs(3600);
/// Longer than a test ever has to wait on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn cache(directory: &Path) -> Cache {
    Cache::builder()
        .directory(directory)
        .region(Region::disk("default"))
        .doubt_grace(GRACE)
        .build()
        .unwrap()
}

/// A write that keeps the server busy for two seconds. `sessions!` finds the session that runs it.
macro_rules! slow {
    (Postgres) => {
        "UPDATE person SET name = 'Ada' WHERE id = 1 AND (SELECT pg_sleep(2)) IS NOT NULL"
    };
    (Mysql) => {
        "UPDATE person SET name = 'Ada' WHERE id = 1 AND SLEEP(2) = 0"
    };
}
macro_rules! sessions {
    (Postgres) => {
        "SELECT coalesce(max(pid), 0)::bigint FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'UPDATE % /* "
    };
    (Mysql) => {
        "SELECT CAST(coalesce(max(id), 0) AS SIGNED) FROM information_schema.processlist WHERE info LIKE 'UPDATE % /* "
    };
}
macro_rules! end {
    (Postgres) => {
        "SELECT pg_terminate_backend("
    };
    (Mysql) => {
        "KILL ("
    };
}

/// Loads the people through the cache. Returns the number of queries for people, and the first name.
macro_rules! load {
    ($conn:ident, $statements:ident) => {{
        $statements.take();
        let rows: Vec<Person> = person::table
            .order(person::id)
            .cached("default")
            .load(&mut $conn)
            .unwrap();
        let asked = $statements.take().iter().filter(|sql| sql.contains("person")).count();
        (asked, rows[0].name.clone())
    }};
}

/// Loads until a load hits. Asserts that no load is older than what the database has shown before.
macro_rules! load_until_cached {
    ($conn:ident, $statements:ident) => {{
        let start = Instant::now();
        loop {
            let before: String = person::table.find(1).select(person::name).first(&mut $conn).unwrap();
            let (asked, name) = load!($conn, $statements);
            assert!(before != "Ada" || name == "Ada", "outdated");
            if asked == 0 {
                break name;
            }
            assert!(start.elapsed() < PATIENCE, "the doubt was never settled");
            thread::sleep(Duration::from_millis(20));
        }
    }};
}

/// Waits for the write to run. Returns its session.
macro_rules! running {
    ($backend:ident, $conn:ident, $marker:expr) => {{
        let query = format!("{}{} */%'", sessions!($backend), $marker);
        let start = Instant::now();
        loop {
            let session: i64 = sql::<BigInt>(&query).get_result(&mut $conn).unwrap();
            if session != 0 {
                break session;
            }
            assert!(start.elapsed() < PATIENCE, "the write never ran");
            thread::sleep(Duration::from_millis(5));
        }
    }};
}

macro_rules! on {
    ($($module:ident: $backend:ident),*) => {$(
        mod $module {
            use super::*;

            #[test]
            fn a_killed_writers_doubt_ends_with_its_session() {
                if let Ok(url) = std::env::var("DOUBT_URL") {
                    let directory = std::env::var("DOUBT_DIRECTORY").unwrap();
                    let cache = cache(Path::new(&directory));
                    let mut conn = connect::<$backend>(&url);
                    cache.attach(&mut conn);
                    cache.identify(&mut conn).unwrap();
                    println!("\nready");
                    let write = format!("{} /* {} */", slow!($backend), std::process::id());
                    diesel::sql_query(write).execute(&mut conn).unwrap();
                    panic!("not killed");
                }
                let db = Database::<$backend>::new();
                let cache = cache(&db.directory().join("cache"));
                let (mut reader, mut other, statements) = (db.connect(), db.connect(), Statements::new());
                cache.attach_with(&mut reader, statements.clone());
                assert_eq!(load!(reader, statements), (1, "person 01".into()));
                assert_eq!(load!(reader, statements), (0, "person 01".into()));
                let streets = |reader: &mut _| address::table.cached("default").load::<Address>(reader).unwrap().len();
                assert_eq!(streets(&mut reader), 50);

                let mut writer = Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", concat!("doubt::", stringify!($module), "::a_killed_writers_doubt_ends_with_its_session")])
                    .arg("--nocapture")
                    .env("DOUBT_URL", db.url())
                    .env("DOUBT_DIRECTORY", db.directory().join("cache"))
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap();
                let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
                lines.find(|line| line.as_ref().unwrap() == "ready").unwrap().unwrap();
                running!($backend, other, writer.id());
                writer.kill().unwrap();
                writer.wait().unwrap();

                // The server goes on, and knows it: nothing is cached.
                let mut bypassed = 0;
                while sql::<BigInt>(&format!("{}{} */%'", sessions!($backend), writer.id())).get_result::<i64>(&mut other).unwrap() != 0 {
                    let (asked, name) = load!(reader, statements);
                    // Unless the server has come to an end in between.
                    bypassed += u32::from(asked == 1 && name == "person 01");
                }
                assert_eq!(load_until_cached!(reader, statements), "Ada");
                assert!(bypassed > 1, "the test was too late to see anything");
                assert_eq!(streets(&mut reader), 50);
                assert!(!statements.take().iter().any(|sql| sql.contains("address")), "asking invalidates nothing");
            }

            #[test]
            fn a_lost_connections_doubt_ends_with_its_session() {
                let db = Database::<$backend>::new();
                let cache = cache(&db.directory().join("cache"));
                let (mut reader, mut other, statements) = (db.connect(), db.connect(), Statements::new());
                cache.attach_with(&mut reader, statements.clone());
                load!(reader, statements);
                let mut conn = db.connect();
                cache.attach(&mut conn);
                cache.identify(&mut conn).unwrap();
                let marker = db.url().rsplit('_').next().unwrap().to_owned() + "-" + &std::process::id().to_string();
                let write = format!("{} /* {marker} */", slow!($backend));
                let writer = thread::spawn(move || diesel::sql_query(write).execute(&mut conn));
                let session = running!($backend, other, marker);
                let _ = diesel::sql_query(format!("{}{session})", end!($backend))).execute(&mut other).unwrap();
                writer.join().unwrap().unwrap_err();
                assert_eq!(load_until_cached!(reader, statements), "person 01");
            }
        }
    )*};
}

on! { postgres: Postgres, mysql: Mysql }

macro_rules! identified {
    ($($module:ident: $backend:ident, $conn:ty, $statements:literal);*) => {$(
        mod $module {
            use super::*;

            #[derive(Debug)]
            struct Attach(Cache, Statements);

            impl CustomizeConnection<$conn, diesel::r2d2::Error> for Attach {
                fn on_acquire(&self, conn: &mut $conn) -> Result<(), diesel::r2d2::Error> {
                    let error = self.0.identify(conn).unwrap_err();
                    assert!(error.to_string().contains("not attached"), "{error}");
                    self.0.attach_with(conn, self.1.clone());
                    self.1.take();
                    self.0.identify(conn).map_err(diesel::r2d2::Error::QueryError)?;
                    assert_eq!(self.1.take().len(), $statements);
                    Ok(())
                }
            }

            #[test]
            fn pooled_connections_are_identified_and_nothing_is_invalidated() {
                let db = Database::<$backend>::new();
                let (cache, statements) = (cache(&db.directory().join("cache")), Statements::new());
                let pool = Pool::builder()
                    .max_size(1)
                    .connection_customizer(Box::new(Attach(cache.clone(), statements.clone())))
                    .build(ConnectionManager::<$conn>::new(db.url()))
                    .unwrap();
                let mut conn = pool.get().unwrap();
                assert_eq!(load!(conn, statements).0, 1);
                cache.identify(&mut conn).unwrap();
                assert_eq!(load!(conn, statements).0, 0);
                diesel::update(person::table.find(1)).set(person::name.eq("Ada")).execute(&mut conn).unwrap();
                assert_eq!(load!(conn, statements), (1, "Ada".into()));
                assert_eq!(load!(conn, statements), (0, "Ada".into()));
            }
        }
    )*};
}

identified! {
    sqlite_pool: Sqlite, SqliteConnection, 0;
    postgres_pool: Postgres, PgConnection, 1;
    mysql_pool: Mysql, MysqlConnection, 1
}
