//! The options of a cached query.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Setup, everyone, people, person};

use super::Db;

/// Changes a row without the caches noticing.
fn rename(db: &Database<Db>, name: &str) {
    diesel::update(person::table.find(1))
        .set(person::name.eq(name))
        .execute(&mut db.connect())
        .unwrap();
}

#[test]
fn only_if_cached_never_asks() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    for region in ["default", "files", "hot", "local", "off"] {
        let none = everyone(region).only_if_cached().load::<Person>(&mut setup.conn);
        assert_eq!(none, Err(diesel::NotFound), "{region}");
        assert!(setup.statements.take().is_empty(), "{region}");
    }
    for region in ["default", "files", "hot"] {
        everyone(region).load::<Person>(&mut setup.conn).unwrap();
        setup.statements.take();
        let some = everyone(region).only_if_cached().load::<Person>(&mut setup.conn);
        assert_eq!(some, Ok(people(50)), "{region}");
        assert!(setup.statements.take().is_empty(), "{region}");
    }
}

#[test]
fn only_if_cached_takes_no_expired_rows_but_on_request() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let brief = || everyone("hot").time_to_live(std::time::Duration::ZERO);
    brief().load::<Person>(&mut setup.conn).unwrap();
    let none = everyone("hot").only_if_cached().load::<Person>(&mut setup.conn);
    assert_eq!(none, Err(diesel::NotFound));
    let some = everyone("hot")
        .only_if_cached()
        .ignore_expiration()
        .load::<Person>(&mut setup.conn);
    assert_eq!(some, Ok(people(50)));
}

#[test]
fn refresh_replaces_the_entry_for_everybody() {
    let db = Database::<Db>::new();
    let mut here = Setup::new(&db);
    let mut there = Setup::new(&db);
    for region in ["default", "files"] {
        rename(&db, "old");
        everyone(region).load::<Person>(&mut here.conn).unwrap();
        everyone(region).load::<Person>(&mut there.conn).unwrap();
        rename(&db, "new");
        assert_eq!(everyone(region).load::<Person>(&mut there.conn).unwrap()[0].name, "old");

        here.statements.take();
        there.statements.take();
        let fresh = everyone(region).refresh().load::<Person>(&mut here.conn).unwrap();
        assert_eq!(fresh[0].name, "new");
        assert_eq!(here.statements.selects(), 1, "{region}: although there was an entry");
        // Not its copy in memory, nor the database: the entry that was just stored.
        assert_eq!(everyone(region).load::<Person>(&mut there.conn).unwrap()[0].name, "new");
        assert_eq!(there.statements.selects(), 0, "{region}");
        assert_eq!(everyone(region).load::<Person>(&mut here.conn).unwrap()[0].name, "new");
        assert_eq!(here.statements.selects(), 0, "{region}");
    }
}

#[test]
fn a_refresh_that_may_not_ask_leaves_the_entry() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    let none = everyone("default")
        .refresh()
        .only_if_cached()
        .load::<Person>(&mut setup.conn);
    assert_eq!(none, Err(diesel::NotFound));
    setup.statements.take();
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    assert_eq!(setup.statements.selects(), 0);
}

#[test]
fn skip_empty_stores_rows_only() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let some = || person::table.find(1).cached("default").skip_empty();
    let nobody = || person::table.find(-1).cached("default").skip_empty();
    for _ in 0..2 {
        assert_eq!(nobody().load::<Person>(&mut setup.conn).unwrap(), []);
        assert_eq!(setup.statements.selects(), 1);
    }
    some().load::<Person>(&mut setup.conn).unwrap();
    some().load::<Person>(&mut setup.conn).unwrap();
    assert_eq!(setup.statements.selects(), 1);
}

#[test]
fn another_name_is_another_entry() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let keys = [None, Some(""), Some("a"), Some("b"), Some("a\u{0}b")];
    let load = |key: Option<&str>, conn: &mut _| match key {
        Some(key) => everyone("default").key(key).load::<Person>(conn).unwrap(),
        None => everyone("default").load::<Person>(conn).unwrap(),
    };
    for expected in [1, 0] {
        for key in keys {
            load(key, &mut setup.conn);
            assert_eq!(setup.statements.selects(), expected, "{key:?}");
        }
    }
    assert!(everyone("default").key("a").invalidate(&mut setup.conn).unwrap());
    load(Some("b"), &mut setup.conn);
    assert_eq!(setup.statements.selects(), 0);
    load(Some("a"), &mut setup.conn);
    assert_eq!(setup.statements.selects(), 1);
}

#[test]
fn depends_on_adds_tables() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let query = || everyone("default").depends_on(["address", "public.audit"]);
    for (table, asks) in [("address", 1), ("audit", 1), ("person", 1), ("country", 0)] {
        query().load::<Person>(&mut setup.conn).unwrap();
        setup.statements.take();
        setup.cache.invalidate_tables([table]);
        query().load::<Person>(&mut setup.conn).unwrap();
        assert_eq!(setup.statements.selects(), asks, "{table}");
    }
}

#[test]
fn an_entry_without_a_dependency_does_not_serve_who_knows_of_it() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    everyone("default")
        .depends_on(["address"])
        .load::<Person>(&mut setup.conn)
        .unwrap();
    assert_eq!(setup.statements.selects(), 2);
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    assert_eq!(setup.statements.selects(), 0, "more dependencies than needed are fine");
}

#[test]
fn options_may_stand_before_the_query_is_finished() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let query = || {
        person::table
            .cached("default")
            .key("k")
            .only_if_cached()
            .filter(person::id.eq(1))
            .limit(1)
    };
    assert_eq!(query().load::<Person>(&mut setup.conn), Err(diesel::NotFound));
    let same = person::table
        .filter(person::id.eq(1))
        .limit(1)
        .cached("default")
        .key("k");
    same.load::<Person>(&mut setup.conn).unwrap();
    assert_eq!(query().load::<Person>(&mut setup.conn).unwrap(), people(1));
}
