//! Loads that take their connection from a pool, on a miss only: hits (here), contexts (`contexts`), flights
//! (`flights`).

mod contexts;
mod flights;
mod hits;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{self, ConnectionManager, CustomizeConnection};
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, Statements, connect};

use super::Db;

type Conn = <Db as Backend>::Conn;
type Pool = r2d2::Pool<ConnectionManager<Conn>>;

#[derive(Debug)]
struct Attach(Cache, Statements);

impl CustomizeConnection<Conn, r2d2::Error> for Attach {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), r2d2::Error> {
        self.0.attach_with(conn, self.1.clone());
        if Db::SETUP.is_empty() {
            return Ok(());
        }
        conn.batch_execute(Db::SETUP).map_err(r2d2::Error::QueryError)
    }
}

/// Creates a pool with one connection. Returns it with the statements that the connection sends.
fn pool_of_one(db: &Database<Db>, cache: &Cache, timeout: Duration) -> (LazyPool<Pool>, Statements) {
    let statements = Statements::new();
    let pool = Pool::builder()
        .max_size(1)
        .connection_timeout(timeout)
        .connection_customizer(Box::new(Attach(cache.clone(), statements.clone())))
        .build(ConnectionManager::new(db.url()))
        .unwrap();
    statements.take();
    (cache.lazy_pool(pool), statements)
}

/// Opens connections, counts them, and can simulate a database that is down.
#[derive(Clone, Default)]
struct Supply {
    taken: Arc<AtomicUsize>,
    is_down: Arc<AtomicBool>,
}

impl Supply {
    /// Opens a connection to the database, or fails while the database is down.
    fn connect(&self, url: &str) -> ConnectionResult<Conn> {
        self.taken.fetch_add(1, Ordering::SeqCst);
        match self.is_down.load(Ordering::SeqCst) {
            true => Conn::establish(unreachable()),
            false => Ok(connect::<Db>(url)),
        }
    }

    /// Returns the number of attempts to connect since the last call.
    fn taken(&self) -> usize {
        self.taken.swap(0, Ordering::SeqCst)
    }
}

/// Returns a URL at which there is no database.
fn unreachable() -> &'static str {
    match std::any::type_name::<Conn>() {
        name if name.contains("Sqlite") => "/nowhere/at/all.sqlite",
        name if name.contains("Mysql") => "mysql://root@127.0.0.1:1/test",
        _ => "postgres://postgres@127.0.0.1:1/test",
    }
}

/// Returns two statements that set one setting to different values.
fn contrary() -> [&'static str; 2] {
    match std::any::type_name::<Conn>() {
        name if name.contains("Sqlite") => ["PRAGMA case_sensitive_like = 1", "PRAGMA case_sensitive_like = 0"],
        name if name.contains("Mysql") => ["SET sql_mode = 'ANSI'", "SET sql_mode = 'NO_ZERO_DATE'"],
        _ => ["SET datestyle = 'SQL, DMY'", "SET datestyle = 'German, DMY'"],
    }
}
