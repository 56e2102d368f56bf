//! The kinds disk, memory, session and null: which other callers see an entry, and until when.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Setup, everyone, people, person};

use super::Db;

#[test]
fn a_disk_region_is_shared_by_caches_and_outlives_them() {
    let db = Database::<Db>::new();
    let mut first = Setup::new(&db);
    let rows = everyone("default").load::<Person>(&mut first.conn).unwrap();
    assert_eq!(rows, people(50));

    let mut second = Setup::new(&db);
    assert_eq!(everyone("default").load::<Person>(&mut second.conn).unwrap(), rows);
    assert_eq!(second.statements.selects(), 0);
    drop((first, second));
    let mut third = Setup::new(&db);
    assert_eq!(everyone("default").load::<Person>(&mut third.conn).unwrap(), rows);
    assert_eq!(third.statements.selects(), 0);
}

#[test]
fn a_memory_region_is_shared_by_connections_of_one_cache_only() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    everyone("hot").load::<Person>(&mut setup.conn).unwrap();
    let mut conn = db.connect();
    setup.cache.attach_with(&mut conn, setup.statements.clone());
    assert_eq!(setup.statements.selects(), 1);
    assert_eq!(everyone("hot").load::<Person>(&mut conn).unwrap(), people(50));
    assert_eq!(setup.statements.selects(), 0);

    let mut other = Setup::new(&db);
    everyone("hot").load::<Person>(&mut other.conn).unwrap();
    assert_eq!(other.statements.selects(), 1);
    assert!(!db.directory().join("cache/hot").exists(), "nothing of it is on disk");
}

#[test]
fn a_null_region_keeps_nothing() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    for _ in 0..2 {
        assert_eq!(everyone("off").load::<Person>(&mut setup.conn).unwrap(), people(50));
        assert_eq!(setup.statements.selects(), 1);
        assert_eq!(setup.events.words(), ["bypass NullRegion"]);
    }
    assert!(everyone("off").lookup::<Person>(&mut setup.conn).unwrap().is_none());
    assert!(!everyone("off").invalidate(&mut setup.conn).unwrap());
    let none = everyone("off").only_if_cached().load::<Person>(&mut setup.conn);
    assert_eq!(none, Err(diesel::NotFound));
    assert_eq!(setup.statements.selects(), 0);
}

#[test]
fn regions_hold_entries_of_their_own() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    for region in ["default", "files", "hot"] {
        everyone(region).load::<Person>(&mut setup.conn).unwrap();
        assert_eq!(setup.statements.selects(), 1, "{region}");
        everyone(setup.cache.region(region).unwrap())
            .load::<Person>(&mut setup.conn)
            .unwrap();
        assert_eq!(setup.statements.selects(), 0, "{region}, by its handle");
    }
}

#[test]
fn a_result_without_rows_is_worth_remembering() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    for region in ["default", "files", "hot"] {
        let nobody = || person::table.filter(person::id.lt(0)).cached(region);
        assert!(nobody().load::<Person>(&mut setup.conn).unwrap().is_empty());
        assert!(nobody().load::<Person>(&mut setup.conn).unwrap().is_empty());
        assert_eq!(setup.statements.selects(), 1, "{region}");
    }
}

#[test]
fn a_query_that_fails_leaves_nothing() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let broken = || diesel::sql_query("SELECT id, name FROM nobody").cached("default");
    for _ in 0..2 {
        assert!(broken().load::<Person>(&mut setup.conn).is_err());
        assert_eq!(setup.statements.selects(), 1, "the database is asked again");
    }
    assert!(!setup.events.words().contains(&"stored".into()));
}
