//! Disk hits of a key whose entry has been overwritten often.

use diesel::prelude::*;
use diesel_cache_bench::{Ask, Person};

use super::growth::case;
use crate::bench::{Bench, regions};
use crate::figures::Group;
use crate::harness::Turns;
use crate::peers::{decode, encode};

const ROWS: i32 = 11;

pub(crate) fn run(bench: &mut Bench) {
    if !bench.arguments.wants("overwrite") {
        return;
    }
    let (ours, cacaches): (&[i32], &[i32]) = if bench.arguments.quick {
        (&[1, 10, 100, 1_000], &[1, 10, 100])
    } else {
        (&[1, 10, 100, 1_000, 10_000, 100_000], &[1, 10, 100, 1_000])
    };
    let mut turns = Turns::new(
        Group::new(
            "overwrite",
            "Disk hit by the number of times that its key was written, 11 rows of 2 columns",
        )
        .note("No memory in front; every write is a load that replaces the entry."),
    );
    let directory = bench.directory();
    let cache = regions(&directory).build().unwrap();
    for &times in ours {
        let mut conn = bench.sqlite.connect();
        cache.attach(&mut conn);
        for _ in 0..times {
            Person::refresh(&mut conn, "files", times, ROWS);
        }
        assert!(<Person as Ask<SqliteConnection>>::is_cached(
            &mut conn, "files", times, ROWS
        ));
        turns.case(case("load", times), move || {
            Person::load(&mut conn, "files", times, ROWS)
        });
    }
    let peer = bench.directory();
    let bytes = encode(&<Person as Ask<SqliteConnection>>::ask(
        &mut bench.sqlite.connect(),
        0,
        ROWS,
    ));
    for &times in cacaches {
        for turn in 0..times {
            // Different bytes each time, because cacache does not write the same content again.
            let mut bytes = bytes.clone();
            bytes.extend(turn.to_le_bytes());
            cacache::write_sync(&peer, times.to_string(), bytes).unwrap();
        }
        let directory = peer.clone();
        turns.case(case("cacache by key", times), move || {
            decode::<Person>(&cacache::read_sync(&directory, times.to_string()).unwrap())
        });
    }
    let group = turns.run(bench.pace);
    bench.add(group);
}
