//! Hits among few and among many entries.

use std::path::Path;

use diesel::prelude::*;
use diesel_cache_bench::{Ask, Person};

use super::grouped;
use crate::bench::{Bench, regions};
use crate::figures::Group;
use crate::harness::Turns;
use crate::peers::Peers;
use diesel_cache_bench::Random;

const ROWS: i32 = 11;

pub(crate) fn run(bench: &mut Bench) {
    memory(bench);
    disk(bench);
}

/// Returns the name of a series' case at a size. `report` splits it again.
pub(crate) fn case(series: &str, entries: i32) -> String {
    format!("{series} @ {}", grouped(entries as usize))
}

/// The cases of all series with this many entries.
struct Size {
    entries: i32,
    shared: SqliteConnection,
    owned: SqliteConnection,
    peers: Peers<Person>,
}

impl Size {
    fn fill(bench: &Bench, directory: &Path, entries: i32) -> Self {
        let cache = regions(&directory.join(entries.to_string())).build().unwrap();
        let (mut shared, mut owned) = (bench.sqlite.connect(), bench.sqlite.connect());
        cache.attach(&mut shared);
        cache.attach(&mut owned);
        let mut plain = bench.sqlite.connect();
        let peers = Peers::new(entries as usize);
        for variant in 0..entries {
            Person::load_shared(&mut shared, "hot", variant, ROWS);
            peers.insert(&mut plain, variant, ROWS);
        }
        assert!(<Person as Ask<SqliteConnection>>::is_cached(
            &mut shared,
            "hot",
            0,
            ROWS
        ));
        Self {
            entries,
            shared,
            owned,
            peers,
        }
    }
}

fn memory(bench: &mut Bench) {
    if !bench.arguments.wants("growth/memory") {
        return;
    }
    let sizes: &[i32] = if bench.arguments.quick {
        &[1_000, 10_000]
    } else {
        &[1_000, 10_000, 100_000, 1_000_000]
    };
    let directory = bench.directory();
    let mut sizes: Vec<_> = sizes
        .iter()
        .map(|&entries| Size::fill(bench, &directory, entries))
        .collect();
    let mut turns = Turns::new(
        Group::new(
            "growth/memory",
            "Memory hit by the number of entries, 11 rows of 2 columns",
        )
        .note("Keys at random, all as often: with many entries each hit is a few misses of the CPU's caches."),
    );
    for Size {
        entries,
        shared,
        owned,
        peers,
    } in &mut sizes
    {
        let (entries, peers) = (*entries, &*peers);
        let mut random = Random(1);
        turns.case(case("load_shared", entries), move || {
            Person::load_shared(shared, "hot", random.below(entries), ROWS)
        });
        let mut random = Random(2);
        turns.case(case("load", entries), move || {
            Person::load(owned, "hot", random.below(entries), ROWS)
        });
        let mut random = Random(3);
        turns.case(case("moka by text, shared", entries), move || {
            peers.moka(random.below(entries), ROWS)
        });
        let mut random = Random(4);
        turns.case(case("quick_cache by binds, decoded", entries), move || {
            peers.quick_bytes(random.below(entries), ROWS)
        });
    }
    let group = turns.run(bench.pace);
    bench.add(group);
}

fn disk(bench: &mut Bench) {
    if !bench.arguments.wants("growth/disk") {
        return;
    }
    let mut sizes = if bench.arguments.quick {
        vec![100, 1_000]
    } else {
        vec![1_000, 10_000, 100_000]
    };
    if bench.arguments.large {
        sizes.push(1_000_000);
    }
    let mut turns = Turns::new(
        Group::new("growth/disk", "Disk hit by the number of entries, 11 rows of 2 columns")
            .note("No memory in front; keys at random, all as often; the page cache is warm."),
    );
    let directory = bench.directory();
    for &entries in &sizes {
        let cache = regions(&directory.join(entries.to_string())).build().unwrap();
        let mut conn = bench.sqlite.connect();
        cache.attach(&mut conn);
        for variant in 0..entries {
            Person::load(&mut conn, "files", variant, ROWS);
        }
        assert!(<Person as Ask<SqliteConnection>>::is_cached(
            &mut conn,
            "files",
            entries - 1,
            ROWS
        ));
        let mut random = Random(1);
        turns.case(case("load", entries), move || {
            Person::load(&mut conn, "files", random.below(entries), ROWS)
        });
    }
    let group = turns.run(bench.pace);
    bench.add(group);
}
