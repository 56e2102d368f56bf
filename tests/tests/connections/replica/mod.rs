//! Connections to a replica: when their rows are stored (`rule`), which callers receive them (`flights`), and every
//! method that loads (`members`). The tests use two databases, and keep one behind the other. Only `streaming` has a
//! real replica.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel_cache::{CacheBuilder, RefusalReason, Replica};
use diesel_cache_tests::{Backend, Database, Setup, Statements};

mod homes;
mod streaming;

#[path = "."]
mod sqlite {
    type Db = diesel_cache_tests::Sqlite;

    mod flights;
    mod members;
    mod rule;
    mod values;
}

#[path = "."]
mod postgres {
    type Db = diesel_cache_tests::PostgresDatabase;

    mod flights;
    mod members;
    mod rule;
    mod values;
}

#[path = "."]
mod mysql {
    type Db = diesel_cache_tests::Mysql;

    mod flights;
    mod members;
    mod rule;
    mod values;
}

const LAG: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

/// Renames the first person.
const RENAME: &str = "UPDATE person SET name = 'Ada' WHERE id = 1";
/// Adds a person. The text does not show that 60 is the row's key.
const INSERT: &str = "INSERT INTO person SELECT 60, name FROM person WHERE id = 2";

/// The clock by which lags are measured. Clones share their time.
#[derive(Clone, Default)]
struct Time(Arc<AtomicU64>);

impl Time {
    fn pass(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }

    /// Returns the time as a number. A query with it has a new key whenever time has passed.
    fn number(&self) -> i64 {
        self.0.load(Ordering::SeqCst) as i64
    }

    fn clock(&self) -> impl Fn() -> Duration + Send + Sync + 'static {
        let now = Arc::clone(&self.0);
        move || Duration::from_millis(now.load(Ordering::SeqCst))
    }
}

/// A database, another one that plays its replica, and a cache with a connection to each.
struct Pair<B: Backend> {
    time: Time,
    /// The statements that the replica's connection sends.
    asked: Statements,
    replica: B::Conn,
    setup: Setup<B>,
    _primary_db: Database<B>,
    replica_db: Database<B>,
}

impl<B: Backend> Pair<B> {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// Creates a pair whose replica has been attached for long enough that its rows may be stored.
    fn with(change: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Self {
        let pair = Self::fresh(change);
        pair.time.pass(LAG);
        pair
    }

    /// Creates a pair whose replica has just been attached.
    fn fresh(change: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Self {
        let (primary_db, replica_db) = (Database::<B>::new(), Database::<B>::new());
        let (time, asked) = (Time::default(), Statements::new());
        let setup = Setup::with(&primary_db, |builder| change(builder.monotonic_clock(time.clock())));
        let mut replica = replica_db.connect();
        let attached = Replica::behind(LAG).instrumentation(asked.clone());
        setup.cache.attach_replica(&mut replica, attached);
        setup.events.take();
        Self {
            time,
            asked,
            replica,
            setup,
            _primary_db: primary_db,
            replica_db,
        }
    }

    /// Writes on the primary. The replica does not show the write yet.
    fn write(&mut self, sql: &str) {
        self.setup.conn.batch_execute(sql).unwrap();
    }

    /// Applies a write to the replica, as if the primary had sent it.
    fn apply(&self, sql: &str) {
        self.replica_db.connect().batch_execute(sql).unwrap();
    }

    fn refusals(&self) -> u64 {
        let default = self.setup.cache.region("default").unwrap();
        default.stats().refusals_by(RefusalReason::ReplicaLag)
    }
}
