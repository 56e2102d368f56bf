//! The environment of the examples: a SQLite database, a cache with two regions, and a log of statements.
//!
//! Database and cache are in `data/`, or in the directory that `DIESEL_CACHE_DEMO_DIR` names.
//! Delete `demo.sqlite` and `cache` there to reset the demo.

use crate::fixture;
use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel_cache::{Cache, Region};
use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The database, the cache, and the log that every connection writes to.
#[derive(Debug)]
pub struct Environment {
    database: String,
    cache: Cache,
    log: StatementLog,
}

impl Environment {
    /// Opens the demo's database and cache, creating whatever is missing.
    pub fn open() -> Result<Self, Box<dyn Error>> {
        let directory = directory()?;
        let database = database()?;

        let cache = Cache::builder()
            .directory(directory.join("cache"))
            // On disk: shared by all processes, and kept across restarts.
            .region(Region::disk("default").time_to_live(Duration::from_secs(3600)))
            // In memory: entries live as long as one `Cache::session`.
            .region(Region::session("local_session"))
            .build()?;

        fixture::install(&mut connect(&database)?)?;
        Ok(Self {
            database,
            cache,
            log: StatementLog::default(),
        })
    }

    /// Opens a connection that uses the cache and prints its statements.
    pub fn connect(&self) -> Result<SqliteConnection, Box<dyn Error>> {
        let mut conn = connect(&self.database)?;
        self.cache.attach_with(&mut conn, self.log.clone());
        Ok(conn)
    }

    /// Returns the cache.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Returns the log, for connections that [`connect`](Self::connect) does not open.
    pub fn log(&self) -> StatementLog {
        self.log.clone()
    }

    /// Prints how many SELECT statements have reached the database since the last call.
    pub fn print_statements(&self) {
        println!("statements: {}", self.log.selects.swap(0, Ordering::Relaxed));
    }
}

/// Prints every statement that reaches the database, and counts the SELECTs.
#[derive(Debug, Clone, Default)]
pub struct StatementLog {
    selects: Arc<AtomicUsize>,
}

impl Instrumentation for StatementLog {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let sql = query.to_string().replace('\n', " ");
            if sql.starts_with("SELECT") {
                self.selects.fetch_add(1, Ordering::Relaxed);
            }
            println!("SQL: {sql}");
        }
    }
}

/// Opens a plain connection, without cache or log.
fn connect(database: &str) -> Result<SqliteConnection, Box<dyn Error>> {
    let mut conn = SqliteConnection::establish(database)?;
    conn.batch_execute("PRAGMA busy_timeout = 10000")?; // milliseconds to wait for other programs
    Ok(conn)
}

/// Returns the path of the database, which is its URL for SQLite.
pub fn database() -> Result<String, Box<dyn Error>> {
    Ok(directory()?.join("demo.sqlite").display().to_string())
}

/// Returns `data/` at the root of the workspace, whatever the working directory. Creates it if it is missing.
pub fn directory() -> Result<PathBuf, Box<dyn Error>> {
    let directory = match env::var_os("DIESEL_CACHE_DEMO_DIR") {
        Some(directory) => directory.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../data"),
    };
    fs::create_dir_all(&directory).map_err(|error| format!("cannot create {}: {error}", directory.display()))?;
    Ok(directory)
}
