//! A process of the run: threads that load and write, each on a connection of its own.

use std::cell::Cell;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use diesel::QueryResult;
use diesel_cache::{Cache, Event, Region};
use diesel_cache_tests::connect;

use crate::engine::{Engine, Query, Way, batch};
use crate::faults::Faults;
use crate::history::{Intent, Outcome, Record, Row, Scribe, Seen, Source, Time, Writer, now};
use crate::model;
use crate::rng::Rng;

/// What a worker is told.
#[derive(Clone, Debug)]
pub struct Orders {
    pub url: String,
    pub cache: PathBuf,
    pub history: PathBuf,
    pub process: u32,
    pub threads: u32,
    pub seed: u64,
    pub until: Time,
    pub doubt_grace: Duration,
    /// Of a hundred operations.
    pub writes: u64,
}

impl Orders {
    /// Is the time over, or has the run been stopped?
    pub fn is_over(&self) -> bool {
        now() >= self.until || self.stop().exists()
    }

    /// The file that stops a run.
    pub fn stop(&self) -> PathBuf {
        self.cache.with_file_name("stop")
    }
}

thread_local! {
    /// Who has answered the last cached load of this thread.
    static SOURCE: Cell<Source> = const { Cell::new(Source::Database) };
}

/// Works until the time is over, or a fault ends the process.
pub fn work<E: Engine>(orders: &Orders, faults: Faults) {
    let cache = build(orders);
    faults.install();
    thread::scope(|scope| {
        for number in 0..orders.threads {
            let cache = &cache;
            scope.spawn(move || {
                let mut thread = Thread::<E>::new(orders, cache, number);
                while !orders.is_over() {
                    thread.step();
                }
            });
        }
    });
}

/// At rest: every query, every way, twice.
pub fn finale<E: Engine>(orders: &Orders) {
    let cache = build(orders);
    let mut thread = Thread::<E>::new(orders, &cache, 0);
    for way in Way::ALL.into_iter().chain(Way::ALL) {
        for query in Query::all() {
            thread.load(query, way);
        }
    }
}

pub fn build(orders: &Orders) -> Cache {
    Cache::builder()
        .directory(&orders.cache)
        .region(Region::disk("disk"))
        .region(Region::memory("memory"))
        .doubt_grace(orders.doubt_grace)
        .listener(|event| match event {
            Event::Hit { .. } => SOURCE.set(Source::Hit),
            Event::Miss { .. } => SOURCE.set(Source::Miss),
            Event::Bypass { .. } => SOURCE.set(Source::Bypass),
            _ => {}
        })
        .build()
        .expect("the cache can be built")
}

/// One thread, its connection and its records.
pub struct Thread<'a, E: Engine> {
    orders: &'a Orders,
    cache: &'a Cache,
    conn: E::Conn,
    scribe: Scribe,
    rng: Rng,
    next: Writer,
}

impl<'a, E: Engine> Thread<'a, E> {
    pub fn new(orders: &'a Orders, cache: &'a Cache, number: u32) -> Self {
        let mut scribe = Scribe::new(&orders.history, orders.process, number).expect("the history can be opened");
        let place = (i64::from(orders.process) << 8) | i64::from(number);
        Self {
            conn: attached::<E>(&orders.url, cache, &mut scribe),
            orders,
            cache,
            scribe,
            rng: Rng::new(orders.seed ^ (place as u64) << 32),
            next: (place << 32) + 1,
        }
    }

    fn step(&mut self) {
        if self.rng.below(100) >= self.orders.writes {
            let query = self.rng.pick(&Query::all());
            let way = match self.rng.below(24) {
                0..5 => Way::Database,
                5..8 => Way::Memory,
                8..11 => Way::Shared,
                11 => Way::Refresh,
                12 => Way::InTransaction,
                _ => Way::Disk,
            };
            return self.load(query, way);
        }
        let done = match self.rng.below(16) {
            0..3 => self.update_one(),
            3 => self.upsert(),
            4 => self.update_table(),
            5 => self.update_by_select(),
            6 => self.batch(),
            7 if !E::RETURNING.is_empty() => self.update_returning(),
            8 if !E::RETURNING_ALL.is_empty() => self.update_all_returning(),
            9..11 => self.raw_transaction(),
            11 => self.read_in_transaction(),
            _ => self.transaction(),
        };
        if let Err(error) = done {
            if std::env::var_os("CHECKER_ERRORS").is_some() {
                eprintln!("{error:?}");
            }
            // Whatever state it is in, a new connection is in none.
            self.conn = attached::<E>(&self.orders.url, self.cache, &mut self.scribe);
        }
    }

    /// Loads, and writes down what came; an error shows nothing.
    pub fn load(&mut self, query: Query, way: Way) {
        SOURCE.set(Source::Database);
        let from = now();
        let loaded = E::load(&mut self.conn, query, way);
        let to = now();
        if let Ok(seen) = loaded {
            let query = format!("{query:?}@{way:?}");
            self.scribe.write(&Record::Loaded {
                from,
                to,
                source: SOURCE.get(),
                query,
                seen,
            });
        }
    }

    fn update_one(&mut self) -> QueryResult<()> {
        let row = self.row();
        self.write(&[row], "update", |thread, writer| {
            E::update(&mut thread.conn, row, writer).map(drop)
        })
    }

    fn upsert(&mut self) -> QueryResult<()> {
        let id = self.rng.id(model::SHELVES);
        self.write(&[model::shelf_row(id)], "upsert", |thread, writer| {
            let sql = E::UPSERT
                .replace("{id}", &id.to_string())
                .replace("{writer}", &writer.to_string());
            E::execute(&mut thread.conn, &sql).map(drop)
        })
    }

    fn update_table(&mut self) -> QueryResult<()> {
        let (table, rows) = self
            .rng
            .pick(&[("shelf", model::shelf_rows as fn() -> _), ("book", model::book_rows)]);
        self.write(&rows(), "update table", |thread, writer| {
            E::execute(&mut thread.conn, &set(table, writer)).map(drop)
        })
    }

    fn update_by_select(&mut self) -> QueryResult<()> {
        let shelf = self.rng.id(model::SHELVES);
        self.write(&model::rows_on(shelf), "update by select", |thread, writer| {
            let sql = format!(
                "{} WHERE shelf_id IN (SELECT id FROM shelf WHERE id = {shelf})",
                set("book", writer)
            );
            E::execute(&mut thread.conn, &sql).map(drop)
        })
    }

    fn update_returning(&mut self) -> QueryResult<()> {
        let id = self.rng.id(model::SHELVES);
        let row = model::shelf_row(id);
        let writer = self.begin(Intent::Commit, &[row], "returning");
        let sql = E::RETURNING
            .replace("{id}", &id.to_string())
            .replace("{writer}", &writer.to_string());
        let done = E::number(&mut self.conn, &sql);
        let (outcome, seen) = match &done {
            Ok(version) => {
                let version = *version as u64;
                (Outcome::Committed, vec![Seen { row, version, writer }])
            }
            Err(_) => (Outcome::Unknown, Vec::new()),
        };
        self.end(writer, now(), outcome, seen);
        done.map(drop)
    }

    /// Only the first of the rows is taken from the database.
    fn update_all_returning(&mut self) -> QueryResult<()> {
        self.write(&model::shelf_rows(), "all returning", |thread, writer| {
            let sql = E::RETURNING_ALL.replace("{writer}", &writer.to_string());
            E::number(&mut thread.conn, &sql).map(drop)
        })
    }

    /// A transaction that Diesel does not know of.
    fn raw_transaction(&mut self) -> QueryResult<()> {
        let [begin, commit, rollback] = self.rng.pick(E::RAW);
        let rows = self.rows();
        let (intent, end) = match self.rng.one_in(3) {
            true => (Intent::Rollback, rollback),
            false => (Intent::Commit, commit),
        };
        let way = self.rng.pick(&Way::ALL);
        let writer = self.begin(intent, &rows, &format!("{begin}…{end}, looks by {way:?}"));
        let mut work = || {
            batch::<E>(&mut self.conn, begin)?;
            for &row in &rows {
                E::update(&mut self.conn, row, writer)?;
            }
            let mut seen = E::load(&mut self.conn, Query::Join, way)?;
            seen.retain(|seen| rows.contains(&seen.row));
            batch::<E>(&mut self.conn, end).map(|()| seen)
        };
        let done = work();
        let at = now();
        let (outcome, seen) = match (&done, intent) {
            (Err(_), _) => (Outcome::Unknown, &Vec::new()),
            (Ok(seen), Intent::Commit) => (Outcome::Committed, seen),
            (Ok(seen), Intent::Rollback) => (Outcome::RolledBack, seen),
        };
        self.end(writer, at, outcome, seen.clone());
        done.map(drop)
    }

    /// Loads through the cache on a snapshot that grows old: what it shows is not to be judged, but must not be kept.
    fn read_in_transaction(&mut self) -> QueryResult<()> {
        let [begin, commit, _] = self.rng.pick(E::RAW);
        let pause = Duration::from_micros(self.rng.below(5_000));
        let query = self.rng.pick(&Query::all());
        let ways = [Way::Disk, Way::Memory, Way::Shared, Way::Refresh].map(|way| (self.rng.one_in(2), way));
        let mut work = |conn: &mut E::Conn| {
            E::load(conn, query, Way::Database)?;
            thread::sleep(pause);
            for (_, way) in ways.into_iter().filter(|(with, _)| *with) {
                E::load(conn, query, way)?;
            }
            Ok(true)
        };
        if self.rng.one_in(2) {
            return E::transaction(&mut self.conn, &mut work).map(drop);
        }
        batch::<E>(&mut self.conn, begin)?;
        work(&mut self.conn)?;
        batch::<E>(&mut self.conn, commit)
    }

    /// A whole transaction in one text, which Diesel does not know to be one.
    fn batch(&mut self) -> QueryResult<()> {
        let rows = self.rows();
        self.write(&rows, "batch", |thread, writer| {
            let updates: Vec<_> = rows.iter().map(|&row| one(row, writer)).collect();
            batch::<E>(&mut thread.conn, &format!("BEGIN; {}; COMMIT", updates.join("; ")))
        })
    }

    /// Several rows of both tables, with a look at them; rolled back at times; with a savepoint that is rolled back at times.
    fn transaction(&mut self) -> QueryResult<()> {
        let rows = self.rows();
        let intent = if self.rng.one_in(4) {
            Intent::Rollback
        } else {
            Intent::Commit
        };
        let look = self.rng.pick(&Way::ALL);
        let writer = self.begin(intent, &rows, &format!("transaction, looks by {look:?}"));
        // Of a row that is locked already, for the same reason as the order of `rows`.
        let undone = self.rng.one_in(3).then(|| {
            let row = self.rng.pick(&rows);
            (row, self.begin(Intent::Rollback, &[row], "savepoint"))
        });
        let mut seen = Vec::new();
        let done = E::transaction(&mut self.conn, &mut |conn| {
            for &row in &rows {
                E::update(conn, row, writer)?;
            }
            if let Some((row, inner)) = undone {
                E::transaction(conn, &mut |conn| E::update(conn, row, inner).map(|_| false))?;
            }
            seen = E::load(conn, Query::Join, look)?;
            seen.retain(|seen| rows.contains(&seen.row));
            Ok(intent == Intent::Commit)
        });
        let outcome = match done {
            Ok(true) => Outcome::Committed,
            Ok(false) => Outcome::RolledBack,
            Err(_) => Outcome::Unknown,
        };
        let at = now();
        if let Some((_, inner)) = undone {
            self.end(inner, at, Outcome::RolledBack, Vec::new());
        }
        self.end(writer, at, outcome, seen);
        done.map(drop)
    }

    /// One statement that commits by itself.
    pub fn write(
        &mut self,
        rows: &[Row],
        how: &str,
        statement: impl FnOnce(&mut Self, Writer) -> QueryResult<()>,
    ) -> QueryResult<()> {
        let writer = self.begin(Intent::Commit, rows, how);
        let done = statement(self, writer);
        let outcome = if done.is_ok() {
            Outcome::Committed
        } else {
            Outcome::Unknown
        };
        self.end(writer, now(), outcome, Vec::new());
        done
    }

    fn begin(&mut self, intent: Intent, rows: &[Row], how: &str) -> Writer {
        let writer = self.next;
        self.next += 1;
        self.scribe.write(&Record::Begun {
            writer,
            at: now(),
            intent,
            rows: rows.to_vec(),
            how: how.replace(' ', "_"),
        });
        writer
    }

    fn end(&mut self, writer: Writer, at: Time, outcome: Outcome, seen: Vec<Seen>) {
        self.scribe.write(&Record::Ended {
            writer,
            at,
            outcome,
            seen,
        });
    }

    fn row(&mut self) -> Row {
        Row(self.rng.below((model::SHELVES + model::BOOKS) as u64) as u8)
    }

    /// Two or three, in the one order that keeps transactions from waiting for each other in a circle.
    fn rows(&mut self) -> Vec<Row> {
        let mut rows = vec![self.row(), self.row(), self.row()];
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    pub fn is_over(&self) -> bool {
        self.orders.is_over()
    }

    pub fn connection(&mut self) -> &mut E::Conn {
        &mut self.conn
    }
}

/// A new connection, which says which session it is before the cache is attached.
fn attached<E: Engine>(url: &str, cache: &Cache, scribe: &mut Scribe) -> E::Conn {
    let mut conn = connect::<E>(url);
    batch::<E>(&mut conn, E::TUNE).expect("the connection can be set up");
    if let Some(sql) = E::SESSION {
        let session = E::number(&mut conn, sql).expect("a connection has a session");
        scribe.write(&Record::Session(session as u64));
    }
    cache.attach(&mut conn);
    conn
}

fn set(table: &str, writer: Writer) -> String {
    format!("UPDATE {table} SET version = version + 1, writer = {writer}")
}

/// The update of one row.
pub fn one(row: Row, writer: Writer) -> String {
    let (table, id) = model::place(row);
    format!("{} WHERE id = {id}", set(table, writer))
}
