//! Sweeping and verifying a region by hand.

use std::fs;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{ManualClock, Person, Setup, Sqlite, person};

use super::tree::{database, files, large, small};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn what_will_never_serve_again_goes_and_the_rest_stays() {
    let (db, clock) = (database(), ManualClock::new());
    let mut setup = Setup::<Sqlite>::with(&db, |builder| {
        builder
            .region(
                Region::disk("brief")
                    .memory_capacity(0)
                    .time_to_live(HOUR)
                    .stale_if_error(HOUR),
            )
            .clock(clock.clone())
    });
    let region = setup.cache.region("brief").unwrap();
    let load =
        |conn: &mut SqliteConnection, id: i32| person::table.find(id).cached("brief").load::<Person>(conn).unwrap();
    load(&mut setup.conn, 1);
    clock.advance(HOUR);
    load(&mut setup.conn, 2);
    let swept = region.sweep().unwrap();
    assert_eq!(
        (swept.removed, swept.entries),
        (0, 2),
        "expired, but it may serve in the place of an error"
    );
    clock.advance(HOUR);
    let swept = region.sweep().unwrap();
    assert_eq!((swept.removed, swept.entries), (1, 1));
    diesel::update(person::table.find(9))
        .set(person::name.eq("new"))
        .execute(&mut setup.conn)
        .unwrap();
    let swept = region.sweep().unwrap();
    assert_eq!((swept.removed, swept.entries, swept.bytes), (1, 0, 0), "invalid");
    assert!(files(&db.directory().join("cache/brief")).is_empty());
}

#[test]
fn what_nobody_uses_goes() {
    let (db, clock) = (database(), ManualClock::new());
    let mut setup = Setup::<Sqlite>::with(&db, |builder| {
        builder
            .region(Region::disk("idle").time_to_idle(HOUR))
            .clock(clock.clone())
    });
    let region = setup.cache.region("idle").unwrap();
    for id in 1..=3 {
        person::table
            .find(id)
            .cached("idle")
            .load::<Person>(&mut setup.conn)
            .unwrap();
    }
    clock.advance(HOUR / 2);
    person::table
        .find(2)
        .cached("idle")
        .load::<Person>(&mut setup.conn)
        .unwrap();
    clock.advance(HOUR / 2);
    let swept = region.sweep().unwrap();
    assert_eq!((swept.removed, swept.entries), (2, 1));
}

#[test]
fn memory_is_swept_as_well() {
    let (db, clock) = (database(), ManualClock::new());
    let mut setup = Setup::<Sqlite>::with(&db, |builder| {
        builder
            .region(Region::memory("brief").time_to_live(HOUR))
            .clock(clock.clone())
    });
    let region = setup.cache.region("brief").unwrap();
    person::table
        .find(1)
        .cached("brief")
        .load::<Person>(&mut setup.conn)
        .unwrap();
    clock.advance(HOUR / 2);
    person::table
        .find(2)
        .cached("brief")
        .load::<Person>(&mut setup.conn)
        .unwrap();
    clock.advance(HOUR / 2);
    let swept = region.sweep().unwrap();
    assert_eq!((swept.removed, swept.entries, region.stats().entries()), (1, 1, 1));
}

#[test]
fn damaged_entries_are_found_and_removed() {
    let db = database();
    let mut setup = Setup::<Sqlite>::new(&db);
    small(&mut setup.conn).unwrap();
    large(&mut setup.conn).unwrap();
    let region = setup.cache.region("files").unwrap();
    let verified = region.verify().unwrap();
    assert_eq!((verified.entries, verified.removed), (2, 0));
    for part in ["content-v2", "index-v5"] {
        let path = files(&db.directory().join("cache/files").join(part)).remove(0);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        region.verify().unwrap();
    }
    assert!(region.verify().unwrap().entries < 2);
    assert_eq!(
        (
            small(&mut setup.conn).unwrap().len(),
            large(&mut setup.conn).unwrap().len()
        ),
        (1, 50)
    );
    assert_eq!(region.verify().unwrap().entries, 2, "whole again");
}

#[test]
fn a_region_without_files_has_nothing_to_verify_and_a_lost_one_is_an_empty_one() {
    let db = database();
    let setup = Setup::<Sqlite>::new(&db);
    assert_eq!(
        setup.cache.region("hot").unwrap().verify().unwrap(),
        diesel_cache::Verification::default()
    );
    fs::remove_dir_all(db.directory().join("cache/files")).unwrap();
    let files = setup.cache.region("files").unwrap();
    assert_eq!(files.sweep().map(|swept| swept.entries).unwrap_or_default(), 0);
    assert_eq!(files.verify().map(|verified| verified.entries).unwrap_or_default(), 0);
}
