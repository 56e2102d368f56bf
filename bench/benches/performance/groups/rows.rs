//! The cost of row precision: hits and writes of a cache with it, and of one without. Also what it saves while rows are
//! being written.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::Cache;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Sqlite};

use crate::bench::{Bench, regions};
use crate::counts::{Count, Counts};
use crate::figures::Group;
use crate::harness::Turns;
use crate::pin;
use crate::posts::{self, Comment, Kind, Post, Read, Write, comment, post};

/// The post that is read.
const READ: i32 = 7;
/// The post that is written at the same time.
const WRITTEN: i32 = 8;

pub(crate) fn run(bench: &mut Bench) {
    hit(bench);
    write(bench);
}

/// Builds a cache that knows the keys of the tables.
fn cache(bench: &Bench, database: &Database<Sqlite>, by_row: bool) -> Cache {
    let cache = regions(&bench.directory()).row_precision(by_row).build().unwrap();
    cache.introspect(&mut database.connect()).unwrap();
    cache
}

fn hit(bench: &mut Bench) {
    if !bench.arguments.wants("rows/hit") {
        return;
    }
    let database = posts::database();
    let caches = [true, false].map(|by_row| cache(bench, &database, by_row));
    let mut turns = Turns::new(
        Group::new(
            "rows/hit",
            "Memory hit, one row by id or four by post_id, stamped by row or by table",
        )
        .note("Both caches have introspected the database."),
    );
    for (cache, stamped) in caches.iter().zip(["by row", "by table"]) {
        let [mut a, mut b, mut c] = std::array::from_fn(|_| {
            let mut conn = database.connect();
            cache.attach(&mut conn);
            // The harness calibrates with the first runs, so these must be hits already.
            for read in [Read::Post(READ), Read::Comments(READ)] {
                read.load(&mut conn);
            }
            conn
        });
        turns.case(format!("load by id, {stamped}"), move || {
            post::table.find(READ).cached("hot").load::<Post>(&mut a).unwrap()
        });
        turns.case(format!("load by post_id, {stamped}"), move || {
            let query = comment::table.filter(comment::post_id.eq(READ)).order(comment::id);
            query.cached("hot").load::<Comment>(&mut b).unwrap()
        });
        turns.case(format!("load_shared by id, {stamped}"), move || {
            post::table
                .find(READ)
                .cached("hot")
                .load_shared::<Post>(&mut c)
                .unwrap()
        });
    }
    let group = turns.run(bench.pace);
    for cache in &caches {
        assert_eq!(hot(cache).misses(), 2, "one of each query");
    }
    bench.add(group);
}

fn write(bench: &mut Bench) {
    if !bench.arguments.wants("rows/write") {
        return;
    }
    let database = posts::database();
    let caches = [true, false].map(|by_row| cache(bench, &database, by_row));
    let serial = Cell::new(0);
    let rename = &|conn: &mut SqliteConnection| {
        serial.set(serial.get() + 1);
        assert_eq!(rename(serial.get()).execute(conn), 1);
    };
    let connect = |cache: Option<&Cache>| {
        let mut conn = database.connect();
        // With NORMAL, a checkpoint waits for the disk now and then, at the cost of the case that is running.
        conn.batch_execute("PRAGMA synchronous = OFF").unwrap();
        if let Some(cache) = cache {
            cache.attach(&mut conn);
        }
        conn
    };
    let mut turns = Turns::new(Group::new("rows/write", "UPDATE of one row by id on SQLite WAL").note(
        "Each is a transaction of its own, with `synchronous = OFF`; a post has two keys to mark, `id` and \
             `person_id`.",
    ));
    let mut plain = connect(None);
    turns.case("not attached", move || rename(&mut plain));
    let mut by_table = connect(Some(&caches[1]));
    turns.case("attached, by table", move || rename(&mut by_table));
    let mut by_row = connect(Some(&caches[0]));
    turns.case("attached, by row", move || rename(&mut by_row));
    let pace = bench.pace.batch(Duration::from_millis(10));
    let group = turns.run(pace.budget(Duration::from_secs(8)));
    bench.add(group);
}

/// Counts the hits of one row while another connection writes another row of the same table over and over. Each commit
/// waits for the disk, and the cache holds its fences for as long.
pub(crate) fn while_written(bench: &mut Bench) {
    if !bench.arguments.wants("rows/while written") {
        return;
    }
    let loads = if bench.arguments.quick { 2_000 } else { 200_000 };
    let [by_row, by_table] = [true, false].map(|by_row| hits_while_written(bench, by_row, loads));
    let count = Count {
        label: "1 row".to_owned(),
        loads,
        possible: loads,
        by_row,
        by_table,
    };
    bench.add_counts(Counts {
        name: "rows/while written".to_owned(),
        title: "Hits of one row, while another one is being written".to_owned(),
        note: "Another connection writes all the time, and its commits wait for the disk.".to_owned(),
        axis: "Read are".to_owned(),
        is_series: false,
        counts: vec![count],
    });
}

fn hits_while_written(bench: &Bench, by_row: bool, loads: u64) -> u64 {
    let database = posts::database();
    let cache = cache(bench, &database, by_row);
    let [mut reader, mut writer] = std::array::from_fn(|_| {
        let mut conn = database.connect();
        cache.attach(&mut conn);
        conn
    });
    let read = Read::Post(READ);
    let rows = read.load(&mut reader);
    let before = hot(&cache).hits();
    let (has_begun, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pin::this_thread(pin::cpus());
            let mut serial = 0;
            while !is_over.load(Ordering::Relaxed) {
                serial += 1;
                rename(serial).execute(&mut writer);
                has_begun.store(true, Ordering::Relaxed);
            }
        });
        while !has_begun.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        for _ in 0..loads {
            assert_eq!(read.load(&mut reader), rows);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    hot(&cache).hits() - before
}

fn rename(serial: u32) -> Write {
    Write {
        kind: Kind::Rename,
        post: WRITTEN,
        comment: 0,
        serial,
    }
}

fn hot(cache: &Cache) -> diesel_cache::RegionStats {
    cache.region("hot").unwrap().stats()
}
