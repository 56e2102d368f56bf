//! What does not fit the queue is stored at once.

use diesel::prelude::*;
use diesel_cache::{Error, prelude::*};
use diesel_cache_tests::{Database, Person, Setup, Sqlite, person};

use super::gate::Gate;
use super::world::{REGION, buckets};

/// More than may wait.
const MANY: i32 = 1_100;

#[test]
fn a_full_queue_makes_callers_write() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let mut setup = Setup::new(&db);
    let load = |setup: &mut Setup<Sqlite>, id: i32| {
        let query = person::table.filter(person::id.gt(id)).limit(1).cached(REGION);
        query.load::<Person>(&mut setup.conn).unwrap();
    };
    gate.close();
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
    let (one, other) = (Setup::<Sqlite>::new(&db), Setup::<Sqlite>::new(&db));
    let [mine, theirs] = [&one, &other].map(|setup| setup.cache.region(REGION).unwrap());
    gate.close();
    let create = |key: &str, length: usize| {
        let created = mine.get_or_create(key, || Ok::<_, Error>(vec![7_u8; length]));
        assert_eq!(created.unwrap().len(), length);
    };
    create("first", 1); // is being written
    gate.wait_for_writes(1);
    create("second", 9 << 20);
    create("third", 9 << 20);
    let length = |key: &str| theirs.get::<Vec<u8>>(key).map(|value| value.len());
    assert_eq!(["first", "second", "third"].map(length), [None, None, Some(9 << 20)]);
    gate.open();
    one.cache.flush().unwrap();
    assert_eq!(["first", "second"].map(length), [Some(1), Some(9 << 20)]);
}
