//! A process of the run: threads that load and write, each on a connection of its own.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel_cache::{Cache, CacheBuilder, ClusterChange, Event, RedisCluster, Region};
use diesel_cache_tests::connect;

use crate::engine::{Engine, Query, Way, batch};
use crate::faults::Faults;
use crate::history::{Intent, Outcome, Record, Row, Scribe, Seen, Source, Time, Writer, first_writer, now};
use crate::tasks::{self, Pool, Tasks};
use diesel_cache_tests::Rng;

/// Longer than a process ever has to wait on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The settings of a worker.
#[derive(Clone, Debug)]
pub struct Orders {
    pub url: String,
    pub cache: PathBuf,
    pub history: PathBuf,
    pub process: u32,
    pub threads: u32,
    /// The number of asynchronous clients that run besides the threads.
    pub tasks: u32,
    /// The pool from which they borrow connections.
    pub pool: Pool,
    pub seed: u64,
    pub until: Time,
    pub doubt_grace: Duration,
    /// The percentage of operations that write.
    pub writes: u64,
    /// If the process is a machine of its own: the URL of the Redis server that it shares with the others.
    pub redis: Option<String>,
    /// The URL of the cluster's coordinator, if that is another server.
    pub coordinator: Option<String>,
    /// The lease of a machine.
    pub lease: Duration,
}

impl Orders {
    /// Returns `true` if the time is over, or the run was stopped.
    pub fn is_over(&self) -> bool {
        now() >= self.until || self.stop().exists()
    }

    /// Returns the ways to load that this process has.
    pub fn ways(&self) -> &'static [Way] {
        match &self.redis {
            Some(_) => &Way::ALL,
            None => &Way::ALL[..Way::ALL.len() - 1],
        }
    }

    /// Returns the path of the file whose existence stops a run.
    pub fn stop(&self) -> PathBuf {
        self.cache.with_file_name("stop")
    }
}

thread_local! {
    /// What answered the last cached load of this thread.
    static SOURCE: Cell<Source> = const { Cell::new(Source::Database) };
}

/// Works until the time is over, or a fault ends the process.
pub fn work<E: Tasks>(orders: &Orders, faults: Faults) {
    let cache = build::<E>(orders);
    faults.install();
    thread::scope(|scope| {
        if orders.tasks > 0 {
            let cache = &cache;
            scope.spawn(move || tasks::work::<E>(orders, cache, orders.threads));
        }
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

/// Runs every query twice in every way, after all writers have ended.
pub fn finale<E: Engine>(orders: &Orders) {
    let cache = build::<E>(orders);
    let begun = Instant::now();
    while cache.cluster().is_some_and(|cluster| !cluster.is_serving()) {
        assert!(begun.elapsed() < PATIENCE, "the last machine does not serve");
        thread::sleep(Duration::from_millis(5));
    }
    let mut thread = Thread::<E>::new(orders, &cache, 0);
    for &way in orders.ways().iter().chain(orders.ways()) {
        for query in Query::all() {
            thread.load(query, way);
        }
    }
}

/// Builds the cache of a process. Two in three processes introspect the tables' keys, so that their entries depend on
/// rows.
pub fn build<E: Engine>(orders: &Orders) -> Cache {
    let builder = match &orders.redis {
        Some(url) => machine(orders, url),
        None => Cache::builder().directory(&orders.cache).region(Region::disk("disk")),
    };
    let (history, process) = (orders.history.clone(), orders.process);
    let cache = builder
        .rows_by("book", ["shelf_id"])
        .region(Region::memory("memory"))
        .doubt_grace(orders.doubt_grace)
        .listener(move |event| {
            let source = match event {
                Event::Hit { .. } => Source::Hit,
                Event::Miss { .. } => Source::Miss,
                Event::Bypass { .. } => Source::Bypass,
                Event::Cluster {
                    change: ClusterChange::Unfenced,
                    ..
                } => return unfenced(&history, process),
                _ => return,
            };
            if !tasks::answered_by(source) {
                SOURCE.set(source);
            }
        })
        .build()
        .expect("the cache can be built");
    if orders.process % 3 != 2 {
        let mut conn = connect::<E>(&orders.url);
        E::introspect(&cache, &mut conn).expect("the catalog can be read");
    }
    cache
}

/// Records that a write proceeds although other machines may not have heard of it.
fn unfenced(history: &Path, process: u32) {
    // Several threads may do this, so the records go to a file that belongs to none of them.
    let mut scribe = Scribe::new(history, process, u32::MAX - 1).expect("the history can be opened");
    scribe.write(&Record::Unfenced { process, at: now() });
}

/// Begins the cache of a machine. One machine in three has no directory, and keeps the entries in Redis that the others
/// keep on disk.
fn machine(orders: &Orders, url: &str) -> CacheBuilder {
    let coordinator = orders.coordinator.as_deref().unwrap_or(url);
    let cluster = RedisCluster::new(coordinator)
        .lease(orders.lease)
        .timeout(orders.lease / 2);
    let on_redis = |name: &str| Region::redis(name).redis_url(url);
    let builder = Cache::builder().cluster(cluster).region(on_redis("redis"));
    match orders.process % 3 {
        0 => builder.region(on_redis("disk")),
        _ => builder.directory(&orders.cache).region(Region::disk("disk")),
    }
}

/// One thread, its connection and its records.
pub struct Thread<'a, E: Engine> {
    pub orders: &'a Orders,
    cache: &'a Cache,
    pub conn: E::Conn,
    scribe: Scribe,
    pub rng: Rng,
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
            next: first_writer(orders.process, number),
        }
    }

    /// Runs a query, and records its rows. A load that fails is not recorded.
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

    /// Runs and records a write that commits by itself.
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

    pub fn begin(&mut self, intent: Intent, rows: &[Row], how: &str) -> Writer {
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

    pub fn end(&mut self, writer: Writer, at: Time, outcome: Outcome, seen: Vec<Seen>) {
        self.scribe.write(&Record::Ended {
            writer,
            at,
            outcome,
            seen,
        });
    }

    /// Continues on a new connection.
    pub fn reconnect(&mut self) {
        self.conn = attached::<E>(&self.orders.url, self.cache, &mut self.scribe);
    }

    pub fn is_over(&self) -> bool {
        self.orders.is_over()
    }
}

/// Opens a connection and records its session. Then attaches the cache.
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
