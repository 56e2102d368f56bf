//! The statistics of regions.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache::{InvalidationCause, MissReason, Tier};
use diesel_cache_tests::{Database, Person, Setup, Sqlite, everyone, person};

fn load(setup: &mut Setup<Sqlite>, region: &str, ids: std::ops::Range<i32>) {
    for id in ids {
        person::table
            .find(id)
            .cached(region)
            .load::<Person>(&mut setup.conn)
            .unwrap();
    }
}

#[test]
fn what_comes_into_memory_stays_or_is_counted_as_evicted() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::with(&db, |builder| {
        builder
            .region(Region::memory("small").max_capacity(10 * 526))
            .region(Region::memory("sharded").max_capacity(2 << 20))
            .region(Region::disk("front").memory_capacity(10 * 526))
    });
    for region in ["small", "sharded", "front"] {
        load(&mut setup, region, 1..51);
        let stats = setup.cache.region(region).unwrap().stats();
        assert_eq!(stats.entries_in(Tier::Memory) + stats.evictions(), 50, "{stats}");
    }
    let of = |region| setup.cache.region(region).unwrap().stats();
    assert!(of("small").evictions() >= 40 && of("front").evictions() >= 40);
    assert!(of("small").bytes() <= 10 * 526 && of("small").bytes() > 5 * 512);
    assert_eq!((of("sharded").evictions(), of("sharded").entries()), (0, 50));
}

#[test]
fn replaced_removed_and_rejected_entries_are_not_evicted() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::with(&db, |builder| builder.region(Region::memory("tiny").max_capacity(300)));
    for _ in 0..3 {
        everyone("hot").refresh().load::<Person>(&mut setup.conn).unwrap();
        everyone("tiny").load::<Person>(&mut setup.conn).unwrap(); // larger than the region
    }
    let stats = setup.cache.stats();
    let of = |region| stats.region(region).unwrap();
    assert_eq!((of("hot").entries(), of("hot").evictions()), (1, 0));
    assert_eq!(
        (of("tiny").entries(), of("tiny").evictions(), of("tiny").bytes()),
        (0, 0, 0)
    );

    everyone("hot").invalidate(&mut setup.conn).unwrap();
    assert_eq!(setup.cache.region("hot").unwrap().stats().entries(), 0);
    everyone("hot").load::<Person>(&mut setup.conn).unwrap();
    setup.cache.region("hot").unwrap().clear();
    let stats = setup.cache.region("hot").unwrap().stats();
    assert_eq!((stats.entries(), stats.bytes(), stats.evictions()), (0, 0, 0));
}

#[test]
fn a_statement_that_may_write_any_table_is_the_cause() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    everyone("hot").load::<Person>(&mut setup.conn).unwrap();
    diesel::sql_query("VACUUM").execute(&mut setup.conn).unwrap();
    everyone("hot").load::<Person>(&mut setup.conn).unwrap();
    let stats = setup.cache.region("hot").unwrap().stats();
    assert_eq!(stats.invalidated_by(InvalidationCause::Everything), 1, "{stats}");
}

#[test]
fn regions_without_a_store_hold_nothing() {
    let db = Database::<Sqlite>::new();
    let Setup { cache, mut conn, .. } = Setup::<Sqlite>::new(&db);
    cache.session(&mut conn, |conn| {
        everyone("local").load::<Person>(conn).unwrap();
        everyone("off").load::<Person>(conn).unwrap();
        for region in ["local", "off"] {
            let stats = cache.region(region).unwrap().stats();
            assert_eq!(
                (stats.entries(), stats.bytes(), stats.evictions()),
                (0, 0, 0),
                "{region}"
            );
        }
    });
}

#[test]
fn the_cache_has_all_regions_by_name() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    load(&mut setup, "hot", 1..4);
    load(&mut setup, "hot", 1..3);
    let stats = setup.cache.stats();
    let names: Vec<_> = stats.regions().iter().map(|region| region.region()).collect();
    assert_eq!(names, ["default", "files", "hot", "local", "off"]);
    let hot = stats.region("hot").unwrap();
    assert_eq!((hot.hits(), hot.misses_by(MissReason::Absent), hot.stores()), (2, 3, 3));
    assert!(stats.region("cold").is_none());
    let table = stats.to_string();
    let line = table.lines().nth(3).unwrap();
    assert!(line.starts_with("hot         2       3     40.0 %"), "{table}");
    assert!(
        setup
            .cache
            .region("hot")
            .unwrap()
            .stats()
            .to_string()
            .starts_with("hot: 40.0 % hits\n")
    );
}
