//! Machines, in this process or in other ones.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache::{CacheBuilder, RedisCluster, Region};
use diesel_cache_tests::{
    Backend, Database, Events, Mysql, Person, Postgres, Proxy, RedisServer, Sqlite, Statements, everyone, person,
};

/// Longer than a test ever has to wait on a busy computer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long a machine may be out of reach before it no longer serves. It is short, because tests wait until it has
/// passed.
pub(crate) const LEASE: Duration = Duration::from_millis(400);

/// How long the outcome of a write may be in doubt, and how long a new epoch waits for such writes.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// One region of each kind that keeps entries: in memory, in files with and without memory in front, and in Redis with
/// and without memory in front.
pub(crate) const REGIONS: [&str; 5] = ["hot", "disk", "files", "remote", "bare"];

/// The regions whose values all machines share.
pub(crate) const SHARED: [&str; 2] = ["remote", "bare"];

/// A machine, and what it sends and reports.
pub(crate) struct Machine<B: Backend> {
    pub(crate) cache: Cache,
    pub(crate) conn: B::Conn,
    pub(crate) statements: Statements,
    pub(crate) events: Events,
    /// The proxy through which it reaches Redis.
    pub(crate) proxy: Arc<Proxy>,
}

impl<B: Backend> Machine<B> {
    /// Creates a machine, and waits until it serves.
    pub(crate) fn new(db: &Database<B>, server: &RedisServer, name: &str) -> Self {
        let machine = Self::starting(db, server, name, |builder, _| builder);
        machine.serves();
        machine
    }

    /// Creates a machine, which may not serve yet. `change` changes its builder, and also gets its URL of Redis.
    pub(crate) fn starting(
        db: &Database<B>,
        server: &RedisServer,
        name: &str,
        change: impl FnOnce(CacheBuilder, &str) -> CacheBuilder,
    ) -> Self {
        let proxy = Arc::new(Proxy::before(server.port()));
        let events = Events::new();
        let builder = builder(&proxy.redis_url(), &server.url(), &db.directory().join(name));
        let builder = builder.listener(events.listener());
        let cache = change(builder, &proxy.redis_url()).build().unwrap();
        let mut conn = db.connect();
        let statements = Statements::new();
        cache.attach_with(&mut conn, statements.clone());
        Self {
            cache,
            conn,
            statements,
            events,
            proxy,
        }
    }

    /// Waits until it serves.
    pub(crate) fn serves(&self) {
        until("it serves", || self.is_serving());
    }

    /// Waits until it does not serve.
    pub(crate) fn stops_serving(&self) {
        until("it stops serving", || !self.is_serving());
    }

    pub(crate) fn is_serving(&self) -> bool {
        self.cache.cluster().unwrap().is_serving()
    }
}

macro_rules! loads {
    ($($backend:ty),*) => {$(
        impl Machine<$backend> {
            /// Returns the name of the first person, as a load shows it.
            pub(crate) fn first(&mut self, region: &str) -> String {
                let rows = everyone(region).load::<Person>(&mut self.conn).unwrap();
                assert_eq!(rows.len(), 50);
                rows[0].name.clone()
            }

            /// Loads until the cache answers. Asserts that each load shows this name.
            pub(crate) fn settle(&mut self, region: &str, name: &str) {
                until("the cache answers", || {
                    self.statements.take();
                    assert_eq!(self.first(region), name, "{region}");
                    self.statements.selects() == 0
                });
            }

            /// Calls [`settle`](Self::settle) for all regions.
            pub(crate) fn settle_all(&mut self, name: &str) {
                REGIONS.iter().for_each(|region| self.settle(region, name));
            }

            /// Asserts that all regions show this name now.
            #[track_caller]
            pub(crate) fn shows(&mut self, name: &str) {
                for region in REGIONS {
                    assert_eq!(self.first(region), name, "{region}");
                }
            }

            /// Gives the first person a name.
            pub(crate) fn rename(&mut self, name: &str) {
                let rename = diesel::update(person::table.find(1)).set(person::name.eq(name));
                assert_eq!(rename.execute(&mut self.conn), Ok(1));
            }
        }
    )*};
}

loads! { Sqlite, Postgres, Mysql }

/// Begins a machine's cache. `entries` is the URL for entries in Redis. It does not lead through the machine's proxy,
/// so that the machine can read entries even when it cannot know whether they are valid.
pub(crate) fn builder(url: &str, entries: &str, directory: &Path) -> CacheBuilder {
    let remote = |name: &str| {
        Region::redis(name)
            .redis_url(entries)
            .redis_timeout(PATIENCE)
            .redis_connect_timeout(PATIENCE)
    };
    Cache::builder()
        .cluster(RedisCluster::new(url).lease(LEASE).timeout(LEASE))
        .doubt_grace(GRACE)
        .directory(directory)
        .region(Region::memory("hot"))
        .region(Region::disk("disk"))
        .region(Region::disk("files").memory_capacity(0))
        .region(remote("remote"))
        .region(remote("bare").memory_capacity(0))
}

/// Waits until `is_so` returns `true`.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}: never");
        thread::sleep(Duration::from_millis(1));
    }
}
