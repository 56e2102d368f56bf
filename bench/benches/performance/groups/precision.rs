//! Counts how many of the possible hits are left when rows change. The counts are the same on every machine.

use std::collections::HashMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::Cache;
use diesel_cache_tests::{Database, Sqlite};

use crate::bench::{Bench, regions};
use crate::counts::{Count, Counts};
use crate::posts::{self, Kind, Load, Step, Weights};

/// The numbers of writes for 100 reads.
const SHARES: [i32; 6] = [0, 1, 2, 5, 10, 20];
/// The share of writes at which goals are judged and kinds of writes are compared: 5 for 100 reads.
const SHARE: i32 = 5;

/// Writes that name the columns by which their rows are read.
const BY_KEY: Weights = &[
    (50, Kind::Rename),
    (20, Kind::EditWithin),
    (20, Kind::AddCommentAs),
    (10, Kind::AddPostAs),
];

/// Writes as an application makes them: by id, with generated keys.
const USUAL: Weights = &[
    (30, Kind::Rename),
    (25, Kind::AddComment),
    (20, Kind::Edit),
    (10, Kind::RemoveComment),
    (5, Kind::EditAll),
    (5, Kind::AddPost),
    (5, Kind::RemovePost),
];

/// Each kind of write by itself.
const KINDS: [Weights; 10] = [
    &[(1, Kind::Rename)],
    &[(1, Kind::Edit)],
    &[(1, Kind::EditWithin)],
    &[(1, Kind::EditAll)],
    &[(1, Kind::AddPost)],
    &[(1, Kind::AddPostAs)],
    &[(1, Kind::AddComment)],
    &[(1, Kind::AddCommentAs)],
    &[(1, Kind::RemoveComment)],
    &[(1, Kind::RemovePost)],
];

pub(crate) fn run(bench: &mut Bench) {
    let by_key = "Hits, where writes name the keys of their rows";
    series(bench, "precision/by key", by_key, BY_KEY);
    series(bench, "precision/usual", "Hits, with all usual writes", USUAL);
    kinds(bench);
}

fn series(bench: &mut Bench, name: &str, title: &str, writes: Weights) {
    if !bench.arguments.wants(name) {
        return;
    }
    let reads = if bench.arguments.quick { 500 } else { 20_000 };
    let counts = SHARES
        .iter()
        .map(|&share| simulate(bench, format!("{share} %"), Load::new(writes, share), reads))
        .collect();
    let total: i32 = writes.iter().map(|(weight, _)| weight).sum();
    let writes: Vec<String> = writes
        .iter()
        .map(|(weight, kind)| format!("{} % `{}`", weight * 100 / total, kind.sql()))
        .collect();
    bench.add_counts(Counts {
        name: name.to_owned(),
        title: title.to_owned(),
        note: format!("Of the writes are {}.", writes.join(", ")),
        axis: "Writes for 100 reads".to_owned(),
        is_series: true,
        counts,
    });
}

fn kinds(bench: &mut Bench) {
    if !bench.arguments.wants("precision/kinds") {
        return;
    }
    // Few enough reads that writes which only remove rows do not remove all of them.
    let reads = if bench.arguments.quick { 500 } else { 5_000 };
    let counts = KINDS
        .iter()
        .map(|writes| {
            let label = writes[0].1.sql().to_owned();
            simulate(bench, label, Load::new(writes, SHARE), reads)
        })
        .collect();
    bench.add_counts(Counts {
        name: "precision/kinds".to_owned(),
        title: "Hits, by the kind of the writes".to_owned(),
        note: "Each kind alone, 5 writes for 100 reads.".to_owned(),
        axis: "All writes are".to_owned(),
        is_series: false,
        counts,
    });
}

/// A database of its own, with a cache.
struct Side {
    conn: SqliteConnection,
    cache: Cache,
    _database: Database<Sqlite>,
}

impl Side {
    fn new(bench: &Bench, by_row: bool) -> Self {
        let database = posts::database();
        let cache = regions(&bench.directory()).row_precision(by_row).build().unwrap();
        let mut conn = database.connect();
        // Nothing here has to survive a crash.
        conn.batch_execute("PRAGMA synchronous = OFF").unwrap();
        cache.introspect(&mut conn).unwrap();
        cache.attach(&mut conn);
        Self {
            conn,
            cache,
            _database: database,
        }
    }

    fn hits(&self) -> u64 {
        self.cache.region("hot").unwrap().stats().hits()
    }
}

/// Runs a load on two databases with the same rows but different caches, until it has read `reads` times. Asserts that
/// every result is that of the same query without a cache.
fn simulate(bench: &Bench, label: String, load: Load, reads: u64) -> Count {
    let (mut by_row, mut by_table) = (Side::new(bench, true), Side::new(bench, false));
    let mut last = HashMap::new();
    let (mut loads, mut possible) = (0, 0);
    for step in load {
        match step {
            Step::Write(write) => {
                let changed = write.execute(&mut by_row.conn);
                assert_eq!(changed, write.execute(&mut by_table.conn));
                assert_ne!(changed, 0, "{write:?}");
            }
            Step::Read(_) if loads == reads => break,
            Step::Read(read) => {
                let rows = read.ask(&mut by_row.conn);
                for side in [&mut by_row, &mut by_table] {
                    assert_eq!(read.load(&mut side.conn), rows, "{read:?}");
                }
                loads += 1;
                if last.get(&read) == Some(&rows) {
                    possible += 1;
                } else {
                    last.insert(read, rows);
                }
            }
        }
    }
    let count = Count {
        label,
        loads,
        possible,
        by_row: by_row.hits(),
        by_table: by_table.hits(),
    };
    assert!(count.by_row <= possible && count.by_table <= possible, "{count:?}");
    count
}
