//! Memory: how much of it a region takes, and that it is in front of the files.

use std::fs;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, Person, Setup, everyone, people, person};

use super::Db;

#[test]
fn a_second_hit_reads_no_file() {
    let db = Database::<Db>::new();
    everyone("default").load::<Person>(&mut Setup::new(&db).conn).unwrap();

    let mut setup = Setup::new(&db);
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    fs::remove_dir_all(db.directory().join("cache/default")).unwrap();
    assert_eq!(everyone("default").load::<Person>(&mut setup.conn).unwrap(), people(50));
    assert_eq!(setup.statements.selects(), 0);
    assert_eq!(setup.events.words(), [Db::SHARED_HIT, "hit Memory"]);
}

#[test]
fn what_was_just_stored_is_in_memory() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    assert_eq!(setup.events.words(), ["miss Absent", "stored", "hit Memory"]);
}

#[test]
fn without_memory_every_hit_reads_files() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    for _ in 0..3 {
        everyone("files").load::<Person>(&mut setup.conn).unwrap();
    }
    assert_eq!(
        setup.events.words(),
        ["miss Absent", "stored", Db::SHARED_HIT, Db::SHARED_HIT]
    );
    fs::remove_dir_all(db.directory().join("cache/files")).unwrap();
    assert_eq!(everyone("files").load::<Person>(&mut setup.conn).unwrap(), people(50));
    assert_eq!(
        setup.events.words(),
        ["miss Absent", "stored"],
        "the files are made anew"
    );
    everyone("files").load::<Person>(&mut setup.conn).unwrap();
    assert_eq!(setup.events.words(), [Db::SHARED_HIT]);
}

/// Returns how many of `count` queries, loaded once each, are still in the region.
fn kept(setup: &mut Setup<Db>, region: &str, count: i32) -> usize {
    let one = |id| person::table.find(id).cached(region);
    for id in 1..=count {
        one(id).load::<Person>(&mut setup.conn).unwrap();
    }
    (1..=count)
        .filter(|id| one(*id).lookup::<Person>(&mut setup.conn).unwrap().is_some())
        .count()
}

#[test]
fn max_capacity_is_by_weight() {
    let db = Database::<Db>::new();
    // One person: 512 bytes of overhead, and about a dozen of rows.
    let mut setup = Setup::with(&db, |builder| {
        builder
            .region(Region::memory("small").max_capacity(10 * 526))
            .region(Region::memory("large").max_capacity(60 * 526))
            .region(Region::memory("none").max_capacity(0))
            .region(Db::shared_region("front").memory_capacity(10 * 526))
    });
    let small = kept(&mut setup, "small", 50);
    assert!((5..=10).contains(&small), "{small}");
    assert_eq!(kept(&mut setup, "large", 50), 50);
    assert_eq!(kept(&mut setup, "none", 5), 0);
    assert_eq!(
        kept(&mut setup, "front", 50),
        50,
        "what memory does not hold, the files do"
    );
}

#[test]
fn large_rows_weigh_what_their_encoding_does() {
    let db = Database::<Db>::new();
    let mut setup = Setup::with(&db, |builder| {
        builder
            .region(Region::memory("less").max_capacity(800))
            .region(Region::memory("more").max_capacity(1200))
    });
    // 50 people of some 11 bytes each, and the overhead.
    for (region, fits) in [("less", false), ("more", true)] {
        everyone(region).load::<Person>(&mut setup.conn).unwrap();
        let held = everyone(region).lookup::<Person>(&mut setup.conn).unwrap();
        assert_eq!(held.is_some(), fits, "{region}");
    }
}
