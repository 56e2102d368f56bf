//! The hot paths, each as a function that can be called again and again.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::{Cache, Region};
use diesel_cache_bench::tasks::{self, AsyncSqlite};
use diesel_cache_bench::{Ask, Person, person};
use diesel_cache_tests::{Database, Sqlite};

const ROWS: i32 = 11;
const DAY: Duration = Duration::from_secs(24 * 3600);

type Path = fn(&mut World);

/// The hot paths, by name.
pub(crate) const PATHS: [(&str, Path); 11] = [
    ("memory hit, load", |world| drop(black_box(world.load("hot", 0)))),
    ("memory hit, load_shared", |world| {
        drop(black_box(Person::load_shared(&mut world.conn, "hot", 0, ROWS)))
    }),
    ("memory hit, load_shared, bounded disk region", |world| {
        drop(black_box(Person::load_shared(&mut world.conn, "bounded", 0, ROWS)))
    }),
    ("memory hit, load, boxed", |world| {
        drop(black_box(Person::load_boxed(&mut world.conn, "hot", 0, ROWS)))
    }),
    ("memory hit, load, task", |world| {
        drop(black_box(at_once(tasks::load(&mut world.awaiting, "hot", 0, ROWS))))
    }),
    ("memory hit, load_shared, task", |world| {
        let load = tasks::load_shared(&mut world.awaiting, "hot", 0, ROWS);
        drop(black_box(at_once(load)))
    }),
    ("disk hit, load", |world| drop(black_box(world.load("files", 0)))),
    ("miss, memory", |world| world.miss("hot")),
    ("miss, disk", |world| world.miss("files")),
    ("insert, attached", |world| world.insert()),
    ("query, attached", |world| {
        drop(black_box(Person::ask(&mut world.conn, 0, ROWS)))
    }),
];

/// Returns the output of a future that never waits. A hit in memory is one.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// An SQLite database, and two connections that are attached to a cache.
pub(crate) struct World {
    conn: SqliteConnection,
    awaiting: AsyncSqlite,
    used: i32,
    _database: Database<Sqlite>,
}

impl World {
    /// Creates a world in which the entries exist, so that what is allocated only once has been allocated.
    pub(crate) fn new() -> Self {
        let database = Database::new();
        let cache = Cache::builder()
            .directory(database.directory().join("cache"))
            .region(Region::memory("hot"))
            .region(Region::disk("bounded").max_capacity(1 << 30).time_to_idle(DAY))
            .region(Region::disk("files").memory_capacity(0))
            .build()
            .unwrap();
        let mut conn = database.connect();
        cache.attach(&mut conn);
        let mut awaiting = AsyncSqlite::new(database.connect());
        cache.attach(&mut awaiting);
        let mut world = Self {
            conn,
            awaiting,
            used: 1_000,
            _database: database,
        };
        for region in ["hot", "bounded", "files"] {
            // Load shared rows, so that the entry already has them.
            Person::load_shared(&mut world.conn, region, 0, ROWS);
            assert!(world.is_hit(region), "a load of {region} is not a hit");
        }
        world
    }

    /// Returns `true` if a load through the region would be a hit.
    pub(crate) fn is_hit(&mut self, region: &'static str) -> bool {
        <Person as Ask<SqliteConnection>>::is_cached(&mut self.conn, region, 0, ROWS)
    }

    fn load(&mut self, region: &'static str, variant: i32) -> Vec<Person> {
        Person::load(&mut self.conn, region, variant, ROWS)
    }

    fn miss(&mut self, region: &'static str) {
        self.used += 1;
        let variant = self.used;
        drop(black_box(self.load(region, variant)));
    }

    fn insert(&mut self) {
        self.used += 1;
        let row = (person::id.eq(self.used), person::name.eq("x"));
        diesel::insert_into(person::table)
            .values(row)
            .execute(&mut self.conn)
            .unwrap();
    }
}
