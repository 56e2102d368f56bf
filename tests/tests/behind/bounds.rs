//! Entries that do not fit into the queue are stored at once.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer};
use diesel_cache::{Cacheable, prelude::*};
use diesel_cache_tests::{Database, Person, Setup, Sqlite, person};

use super::gate::Gate;
use super::world::{REGION, buckets};

#[derive(QueryableByName, Cacheable)]
struct Blob {
    #[diesel(sql_type = Binary)]
    bytes: Vec<u8>,
}

/// A number of entries that exceeds the queue.
const MANY: i32 = 1_100;

#[test]
fn a_full_queue_makes_callers_write() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::new(&db);
    let load = |setup: &mut Setup<Sqlite>, id: i32| {
        let query = person::table.filter(person::id.gt(id)).limit(1).cached(REGION);
        query.load::<Person>(&mut setup.conn).unwrap();
    };
    let _closed = gate.close();
    load(&mut setup, -1);
    gate.wait_for_writes(1);
    (0..MANY).for_each(|id| load(&mut setup, id));
    let written = buckets(&db);
    assert_eq!(written, MANY as usize - 1024, "all that came when the queue was full");
    assert_eq!(setup.cache.region(REGION).unwrap().stats().stores(), MANY as u64 + 1);
    gate.open();
    setup.cache.flush().unwrap();
    let mut other = Setup::new(&db);
    (-1..MANY).for_each(|id| load(&mut other, id));
    assert_eq!(other.statements.selects(), 0);
}

#[test]
fn so_do_large_entries() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::<Sqlite>::new(&db);
    let mut load = |length: i32| {
        let query = diesel::sql_query("SELECT zeroblob(?) AS bytes").bind::<Integer, _>(length);
        let blobs: Vec<Blob> = query.cached(REGION).load(&mut setup.conn).unwrap();
        assert_eq!(blobs[0].bytes.len(), length as usize);
    };
    let _closed = gate.close();
    load(1); // is being written
    gate.wait_for_writes(1);
    for (megabytes, written) in [(9, 0), (8, 1), (6, 1)] {
        load(megabytes << 20);
        assert_eq!(buckets(&db), written, "{megabytes} MiB more");
    }
    gate.open();
    setup.cache.flush().unwrap();
    assert_eq!(buckets(&db), 4);
}
