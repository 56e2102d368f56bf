//! What a cache costs, and what it saves: ratios of medians, measured in turn in one run.
//!
//! `cargo bench -p diesel-cache-tests`. Both sides of a ratio run in the same round, A B A B …, so that a machine that changes its speed
//! changes both. Absolute times are for orientation only.

#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, Mysql, Person, Postgres, Sqlite, person};

const ROUNDS: usize = 15;

/// The medians of a piece of work on two connections, or of two pieces of work, run in turn.
fn compare(mut a: impl FnMut() -> Duration, mut b: impl FnMut() -> Duration) -> (Duration, Duration) {
    let (mut one, mut other): (Vec<_>, Vec<_>) = (0..ROUNDS).map(|_| (a(), b())).unzip();
    one.sort_unstable();
    other.sort_unstable();
    (one[ROUNDS / 2], other[ROUNDS / 2])
}

fn report(what: &str, (a, b): (Duration, Duration), each: u32) {
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(each);
    println!(
        "{what:<58} {:>9.2} µs ÷ {:>9.2} µs = {:.3}",
        micros(a),
        micros(b),
        micros(a) / micros(b)
    );
}

fn time(times: u32, mut work: impl FnMut()) -> Duration {
    let start = Instant::now();
    (0..times).for_each(|_| work());
    start.elapsed()
}

macro_rules! measure {
    ($name:literal, $backend:ident, $inserts:literal) => {{
        let db = Database::<$backend>::new();
        let cache = Cache::builder()
            .directory(db.directory().join("cache"))
            .region(Region::disk("default"))
            .region(Region::disk("files").memory_capacity(0))
            .build()
            .unwrap();
        let (mut plain, mut attached) = (db.connect(), db.connect());
        cache.attach(&mut attached);
        let query = || person::table.filter(person::name.between("person 02", "person 12"));
        let loads = 100;

        let id = Cell::new(1_000);
        let insert = |conn: &mut <$backend as Backend>::Conn| {
            time($inserts, || {
                id.set(id.get() + 1);
                let row = (person::id.eq(id.get()), person::name.eq("x"));
                diesel::insert_into(person::table).values(row).execute(conn).unwrap();
            })
        };
        let uncached =
            |conn: &mut <$backend as Backend>::Conn| time(loads, || drop(query().load::<Person>(conn).unwrap()));
        let cached = |conn: &mut <$backend as Backend>::Conn, region: &str| {
            time(loads, || drop(query().cached(region).load::<Person>(conn).unwrap()))
        };
        let shared = |conn: &mut <$backend as Backend>::Conn| {
            time(loads, || {
                drop(query().cached("default").load_shared::<Person>(conn).unwrap())
            })
        };
        let number = Cell::new(0);
        let miss = |conn: &mut <$backend as Backend>::Conn| {
            time(loads, || {
                number.set(number.get() + 1);
                drop(
                    query()
                        .cached("default")
                        .key(number.get().to_string())
                        .load::<Person>(conn)
                        .unwrap(),
                );
            })
        };
        let line = |what, times, each| report(&format!("{}: {what}", $name), times, each);
        line(
            "INSERT, attached ÷ not",
            compare(|| insert(&mut attached), || insert(&mut plain)),
            $inserts,
        );
        line(
            "11 rows, memory hit ÷ query",
            compare(|| cached(&mut attached, "default"), || uncached(&mut plain)),
            loads,
        );
        line(
            "11 rows, shared memory hit ÷ query",
            compare(|| shared(&mut attached), || uncached(&mut plain)),
            loads,
        );
        line(
            "11 rows, disk hit ÷ query",
            compare(|| cached(&mut attached, "files"), || uncached(&mut plain)),
            loads,
        );
        line(
            "11 rows, miss ÷ query",
            compare(|| miss(&mut attached), || uncached(&mut plain)),
            loads,
        );
    }};
}

fn main() {
    measure!("SQLite (WAL)", Sqlite, 20);
    measure!("PostgreSQL", Postgres, 20);
    measure!("MariaDB", Mysql, 20);
}
