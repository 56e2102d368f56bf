//! One schema: its writes, and the queries that are compared after each write.

use std::fmt;

use diesel_cache::{Cache, Region};
use diesel_cache_tests::{Database, Statements};

use crate::engine::{Engine, Row};
use crate::reads::query;
use crate::schema::{TABLES, schema};
use crate::sql::{LARGEST, Sql};
use crate::writes::write;
use diesel_cache_tests::Rng;

/// The number of queries for a schema.
const QUERIES: usize = 24;
/// The number of writes or transactions on a schema.
const WRITES: usize = 60;
/// The number of queries that are compared after each write or transaction.
const SAMPLE: usize = 8;

/// The counts of all comparisons.
#[derive(Default, Debug)]
pub struct Totals {
    schemas: u64,
    comparisons: u64,
    /// Loads that the cache answered.
    hits: u64,
    /// Loads that a perfect cache would have answered.
    possible: u64,
    /// Loads through the cache that returned other rows than the database.
    pub wrong: u64,
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            schemas,
            comparisons,
            hits,
            possible,
            wrong,
        } = self;
        let precision = *hits as f64 / (*possible).max(1) as f64;
        write!(
            f,
            "{wrong} wrong in {comparisons} comparisons on {schemas} schemas; {hits} hits of {possible} possible ({precision:.2})"
        )
    }
}

/// A cache and a connection, as another process would have them.
struct Process<E: Engine> {
    conn: E::Conn,
    statements: Statements,
    _cache: Cache,
}

impl<E: Engine> Process<E> {
    fn new(db: &Database<E>, introspects: bool, more: &[&str], volatile: &[&str]) -> Self {
        let mut builder = Cache::builder()
            .directory(db.directory().join("cache"))
            .region(Region::disk("default"));
        if !more.is_empty() {
            builder = builder.rows_by("t0", more);
        }
        for table in TABLES.iter().filter(|_| !volatile.is_empty()) {
            builder = builder.volatile(table, volatile);
        }
        let cache = builder.build().unwrap();
        let (mut conn, statements) = (db.connect(), Statements::new());
        if introspects {
            E::introspect(&cache, &mut conn).unwrap();
        }
        E::attach(&cache, &mut conn, &statements);
        Self {
            conn,
            statements,
            _cache: cache,
        }
    }

    /// Executes a statement, which may fail.
    fn execute(&mut self, sql: &Sql) {
        let _ = E::execute(&mut self.conn, sql);
    }

    /// Runs a query through the cache. Returns its rows, sorted, and whether the cache answered.
    fn load(&mut self, sql: &Sql) -> (Vec<Row>, bool) {
        self.statements.take();
        let mut rows = E::cached(&mut self.conn, sql).unwrap_or_else(|error| panic!("{sql:?}: {error}"));
        rows.sort();
        (rows, self.statements.selects() == 0)
    }
}

/// Runs the schema of a seed, until the first comparison that fails.
pub fn explore<E: Engine>(seed: u64, totals: &mut Totals) {
    let mut rng = Rng::new(seed);
    let db = Database::<E>::new();
    let mut direct = db.connect();
    let schema = schema(&mut rng, E::KIND);
    for statement in &schema {
        let sql = plain(statement);
        E::execute(&mut direct, &sql).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    totals.schemas += 1;
    for _ in 0..2 {
        for table in TABLES {
            for id in 1..=LARGEST {
                let [x, y] = [rng.below(LARGEST) + 1, rng.below(LARGEST) + 1];
                let sql = plain(&format!("INSERT INTO {table} VALUES ({id}, {x}, {y}, 'first')"));
                let _ = E::execute(&mut direct, &sql); // some rows violate the keys
            }
        }
    }
    let queries: Vec<Sql> = (0..QUERIES).map(|_| query(&mut rng, E::KIND)).collect();
    let mut processes = [
        Process::<E>::new(&db, true, &[], if rng.one_in(2) { &["y"] } else { &[] }),
        Process::<E>::new(&db, true, &["y"], if rng.one_in(2) { &["x", "y"] } else { &["y"] }),
        Process::<E>::new(&db, false, &[], &["y"]),
    ];
    let mut known: Vec<Option<Vec<Row>>> = vec![None; QUERIES];
    let mut history = Vec::new();
    for _ in 0..WRITES {
        let writer = &mut processes[rng.pick(&[0, 0, 0, 0, 0, 0, 1, 2])];
        for sql in transaction(&mut rng, E::KIND) {
            writer.execute(&sql);
            history.push(sql);
        }
        for _ in 0..SAMPLE {
            let place = rng.below(QUERIES as u64) as usize;
            let sql = &queries[place];
            let (cached, hit) = processes[rng.pick(&[0, 0, 0, 1])].load(sql);
            let mut rows = E::load(&mut direct, sql).unwrap();
            rows.sort();
            totals.comparisons += 1;
            totals.hits += u64::from(hit);
            totals.possible += u64::from(known[place].as_ref() == Some(&rows));
            if cached != rows {
                totals.wrong += 1;
                report(seed, &schema, &history, sql, &cached, &rows);
                return;
            }
            known[place] = Some(rows);
        }
    }
}

fn plain(text: &str) -> Sql {
    Sql {
        text: text.into(),
        binds: Vec::new(),
    }
}

/// Returns a write, or several in a transaction.
fn transaction(rng: &mut Rng, kind: crate::engine::Kind) -> Vec<Sql> {
    if !rng.one_in(4) {
        return vec![write(rng, kind)];
    }
    let mut all = vec![plain("BEGIN")];
    for _ in 0..=rng.below(3) {
        if rng.one_in(4) {
            all.push(plain("SAVEPOINT here"));
            all.push(write(rng, kind));
            all.push(plain(
                rng.pick(&["ROLLBACK TO SAVEPOINT here", "RELEASE SAVEPOINT here"]),
            ));
        }
        all.push(write(rng, kind));
    }
    all.push(plain(rng.pick(&["COMMIT", "COMMIT", "COMMIT", "ROLLBACK"])));
    all
}

fn report(seed: u64, schema: &[String], history: &[Sql], query: &Sql, cached: &[Row], rows: &[Row]) {
    println!("seed {seed}: the cache returned other rows than the database");
    schema.iter().for_each(|statement| println!("  {statement};"));
    println!("the last writes:");
    for sql in history.iter().rev().take(12).rev() {
        println!("  {} {:?}", sql.text, sql.binds);
    }
    println!("query: {} {:?}", query.text, query.binds);
    println!("cached:   {cached:?}");
    println!("database: {rows:?}");
}
