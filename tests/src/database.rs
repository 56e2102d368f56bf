//! A database for one test, on each backend.
//!
//! `PG_DATABASE_URL`, `MYSQL_DATABASE_URL` and `REDIS_URL` name the servers. They default to servers on this machine. A
//! test fails if its server does not answer.

use std::env;
use std::marker::PhantomData;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::{Region, RegionBuilder, Tier};
use tempfile::TempDir;

use crate::model::people;
use crate::redis::redis_region;

/// One of the databases that Diesel supports.
pub trait Backend: Sized + 'static {
    /// The connection.
    type Conn: Connection;

    /// Creates an empty database. Returns its URL.
    fn create(name: &str, directory: &Path) -> String;

    /// Removes the database.
    fn remove(name: &str);

    /// The statements that every new connection executes.
    const SETUP: &str = "";

    /// The tier in which regions that processes share keep their entries.
    const SHARED: Tier = Tier::Disk;

    /// A hit in that tier, as [`Events::words`](crate::Events::words) writes it.
    const SHARED_HIT: &str = "hit Disk";

    /// Begins a region that processes share.
    fn shared_region(name: &str) -> RegionBuilder {
        Region::disk(name)
    }
}

/// SQLite, in a file, in WAL mode.
#[derive(Debug)]
pub struct Sqlite;

/// SQLite, with the entries in Redis instead of files: for tests of regions that processes share.
#[derive(Debug)]
pub struct SqliteAndRedis;

/// PostgreSQL, in a schema of its own.
#[derive(Debug)]
pub struct Postgres;

/// PostgreSQL, in a database of its own: for tests that a schema does not isolate. A database is slower to create.
#[derive(Debug)]
pub struct PostgresDatabase;

/// MariaDB, in a database of its own.
#[derive(Debug)]
pub struct Mysql;

impl Backend for Sqlite {
    type Conn = SqliteConnection;

    const SETUP: &str = "PRAGMA busy_timeout = 60000; PRAGMA foreign_keys = ON;";

    fn create(_: &str, directory: &Path) -> String {
        let url = directory.join("test.sqlite").display().to_string();
        SqliteConnection::establish(&url)
            .unwrap()
            .batch_execute("PRAGMA journal_mode = WAL")
            .unwrap();
        url
    }

    fn remove(_: &str) {}
}

impl Backend for SqliteAndRedis {
    type Conn = SqliteConnection;

    const SETUP: &str = Sqlite::SETUP;

    const SHARED: Tier = Tier::Redis;

    const SHARED_HIT: &str = "hit Redis";

    fn create(name: &str, directory: &Path) -> String {
        Sqlite::create(name, directory)
    }

    fn remove(name: &str) {
        Sqlite::remove(name);
    }

    fn shared_region(name: &str) -> RegionBuilder {
        redis_region(name)
    }
}

impl Backend for Postgres {
    type Conn = PgConnection;

    fn create(name: &str, _: &Path) -> String {
        let url = postgres_url();
        server::<PgConnection>(&url)
            .batch_execute(&format!("CREATE SCHEMA {name}"))
            .unwrap();
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}options=-c%20search_path%3D{name}%20-c%20client_min_messages%3Dwarning")
    }

    fn remove(name: &str) {
        let _ = server::<PgConnection>(&postgres_url()).batch_execute(&format!("DROP SCHEMA {name} CASCADE"));
    }
}

impl Backend for PostgresDatabase {
    type Conn = PgConnection;

    fn create(name: &str, _: &Path) -> String {
        let url = postgres_url();
        server::<PgConnection>(&url)
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        let (address, parameters) = url.split_once('?').unwrap_or((&url, ""));
        let (server, _) = address.rsplit_once('/').unwrap();
        format!("{server}/{name}?{parameters}")
    }

    fn remove(name: &str) {
        // PostgreSQL 12 has no `WITH (FORCE)`. The test has closed its connections.
        let _ = server::<PgConnection>(&postgres_url()).batch_execute(&format!("DROP DATABASE {name}"));
    }
}

impl Backend for Mysql {
    type Conn = MysqlConnection;

    fn create(name: &str, _: &Path) -> String {
        let url = mysql_url();
        server::<MysqlConnection>(&url)
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        let (server, _) = url.rsplit_once('/').unwrap();
        format!("{server}/{name}")
    }

    fn remove(name: &str) {
        let _ = server::<MysqlConnection>(&mysql_url()).batch_execute(&format!("DROP DATABASE {name}"));
    }
}

fn postgres_url() -> String {
    env::var("PG_DATABASE_URL").unwrap_or_else(|_| "postgres://postgres@127.0.0.1/test".into())
}

fn mysql_url() -> String {
    env::var("MYSQL_DATABASE_URL").unwrap_or_else(|_| "mysql://root@127.0.0.1/test".into())
}

fn server<C: Connection>(url: &str) -> C {
    C::establish(url).unwrap_or_else(|error| panic!("no server at {url}: {error}"))
}

/// A database that no other test uses, with the tables `person` (50 rows) and `address` (one row for each person).
/// Dropping this removes the database.
#[derive(Debug)]
pub struct Database<B: Backend> {
    name: String,
    url: String,
    directory: TempDir,
    backend: PhantomData<B>,
}

impl<B: Backend> Database<B> {
    /// Creates a database, with its tables and rows.
    #[allow(clippy::new_without_default, reason = "it has side effects")]
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let directory = TempDir::new().unwrap();
        let name = format!("dc_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let url = B::create(&name, directory.path());
        let db = Self {
            name,
            url,
            directory,
            backend: PhantomData,
        };
        let mut conn = db.connect();
        conn.batch_execute(
            "CREATE TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL); \
             CREATE TABLE address (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, \
                 street VARCHAR(200) NOT NULL, note VARCHAR(200), \
                 FOREIGN KEY (person_id) REFERENCES person (id) ON DELETE CASCADE);",
        )
        .unwrap();
        let (mut persons, mut addresses) = (Vec::new(), Vec::new());
        for person in people(50) {
            let id = person.id;
            persons.push(format!("({id}, '{}')", person.name));
            let note = if id % 2 == 0 {
                "NULL".to_owned()
            } else {
                format!("'note {id:02}'")
            };
            addresses.push(format!("({id}, {id}, 'street {id:02}', {note})"));
        }
        conn.batch_execute(&format!("INSERT INTO person VALUES {}", persons.join(", ")))
            .unwrap();
        conn.batch_execute(&format!("INSERT INTO address VALUES {}", addresses.join(", ")))
            .unwrap();
        db
    }

    /// Opens another connection.
    pub fn connect(&self) -> B::Conn {
        connect::<B>(&self.url)
    }

    /// Returns the URL, for a pool or another process; see [`connect`].
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns a directory of the test's own, for a cache.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

/// Connects to a database by the URL of [`Database::url`].
pub fn connect<B: Backend>(url: &str) -> B::Conn {
    let mut conn = B::Conn::establish(url).unwrap_or_else(|error| panic!("no database at {url}: {error}"));
    if !B::SETUP.is_empty() {
        conn.batch_execute(B::SETUP).unwrap();
    }
    conn
}

impl<B: Backend> Drop for Database<B> {
    fn drop(&mut self) {
        B::remove(&self.name);
    }
}
