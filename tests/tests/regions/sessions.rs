//! Sessions: the loads of a session share one object, and a session keeps nothing after its end and shows nothing to
//! others.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use diesel::prelude::*;
use diesel_cache::{Tier, prelude::*};
use diesel_cache_tests::{Backend, Database, Person, Setup, everyone, people, person};

use super::Db;

type Conn = <Db as Backend>::Conn;

fn shared(conn: &mut Conn) -> Arc<[Person]> {
    everyone("local").load_shared(conn).unwrap()
}

#[test]
fn inside_it_is_one_object_and_afterwards_it_is_gone() {
    let db = Database::<Db>::new();
    let Setup {
        cache,
        mut conn,
        statements,
        events,
    } = Setup::new(&db);
    let kept = cache.session(&mut conn, |conn| {
        let first = shared(conn);
        assert_eq!(*first, people(50));
        assert!(Arc::ptr_eq(&first, &shared(conn)));
        assert_eq!(everyone("local").load::<Person>(conn).unwrap(), people(50));
        let held = everyone("local").lookup::<Person>(conn).unwrap().unwrap();
        assert_eq!(held.tier(), Tier::Session);
        assert!(Arc::ptr_eq(&first, &held.rows()), "the region holds the same object");
        first
    });
    assert_eq!(statements.selects(), 1);
    assert_eq!(events.words(), ["miss Absent", "stored", "hit Session", "hit Session"]);
    assert_eq!(Arc::strong_count(&kept), 1, "the session's own is gone");

    cache.session(&mut conn, |conn| assert!(!Arc::ptr_eq(&kept, &shared(conn))));
    assert_eq!(statements.selects(), 1, "the next session asks again");
}

#[test]
fn outside_a_session_nothing_is_kept() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    for _ in 0..2 {
        shared(&mut setup.conn);
        assert_eq!(setup.statements.selects(), 1);
        assert_eq!(setup.events.words(), ["bypass NoSession"]);
    }
    assert!(everyone("local").lookup::<Person>(&mut setup.conn).unwrap().is_none());
    assert!(!everyone("local").invalidate(&mut setup.conn).unwrap());
}

#[test]
fn an_inner_session_has_entries_of_its_own() {
    let db = Database::<Db>::new();
    let Setup {
        cache,
        mut conn,
        statements,
        ..
    } = Setup::new(&db);
    cache.session(&mut conn, |conn| {
        let outer = shared(conn);
        cache.session(conn, |conn| {
            assert!(!Arc::ptr_eq(&outer, &shared(conn)));
            assert_eq!(statements.selects(), 2);
        });
        assert!(Arc::ptr_eq(&outer, &shared(conn)), "the outer one goes on");
        assert_eq!(statements.selects(), 0);
    });
}

#[test]
fn a_panic_ends_it_and_the_outer_one_goes_on() {
    let db = Database::<Db>::new();
    let Setup {
        cache,
        mut conn,
        statements,
        ..
    } = Setup::new(&db);
    cache.session(&mut conn, |conn| {
        let outer = shared(conn);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            cache.session(conn, |conn| {
                shared(conn);
                panic!("on purpose")
            })
        }));
        assert!(panicked.is_err());
        assert!(Arc::ptr_eq(&outer, &shared(conn)));
    });
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        cache.session(&mut conn, |conn| -> () {
            shared(conn);
            panic!("on purpose")
        })
    }));
    assert!(panicked.is_err());
    statements.take();
    shared(&mut conn);
    shared(&mut conn);
    assert_eq!(statements.selects(), 2, "no session is left open");
}

#[test]
fn an_error_ends_it() {
    let db = Database::<Db>::new();
    let Setup { cache, mut conn, .. } = Setup::new(&db);
    let failed: QueryResult<()> = cache.session(&mut conn, |conn| {
        shared(conn);
        Err(diesel::result::Error::RollbackTransaction)
    });
    assert!(failed.is_err());
    assert!(everyone("local").lookup::<Person>(&mut conn).unwrap().is_none());
}

#[test]
fn connections_do_not_share_one() {
    let db = Database::<Db>::new();
    let Setup { cache, mut conn, .. } = Setup::new(&db);
    let mut other = db.connect();
    cache.attach(&mut other);
    cache.session(&mut conn, |conn| {
        let ours = shared(conn);
        assert!(everyone("local").lookup::<Person>(&mut other).unwrap().is_none());
        cache.session(&mut other, |other| assert!(!Arc::ptr_eq(&ours, &shared(other))));
    });
}

#[test]
fn invalidations_reach_it() {
    let db = Database::<Db>::new();
    let Setup {
        cache,
        mut conn,
        statements,
        ..
    } = Setup::new(&db);
    cache.session(&mut conn, |conn| {
        let asks = |conn: &mut Conn| {
            statements.take();
            shared(conn);
            statements.selects()
        };
        asks(conn);
        assert!(everyone("local").invalidate(conn).unwrap());
        assert!(!everyone("local").invalidate(conn).unwrap());
        assert_eq!(asks(conn), 1, "the query");
        cache.region("local").unwrap().invalidate();
        assert_eq!(asks(conn), 1, "the region");
        cache.invalidate_table::<person::table>();
        assert_eq!(asks(conn), 1, "the table");
        cache.invalidate_all();
        assert_eq!(asks(conn), 1, "everything");
        cache.region("local").unwrap().clear();
        assert_eq!(asks(conn), 1, "clear");
        assert_eq!(asks(conn), 0);
    });
}

#[test]
fn other_regions_give_one_object_while_they_hold_it() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    for region in ["default", "hot"] {
        let mut load = || everyone(region).load_shared::<Person>(&mut setup.conn).unwrap();
        assert!(Arc::ptr_eq(&load(), &load()), "{region}");
    }
    // An entry made of files has no object yet: the first caller makes it.
    let mut other = Setup::new(&db);
    let first = everyone("default").load_shared::<Person>(&mut other.conn).unwrap();
    let second = everyone("default").load_shared::<Person>(&mut other.conn).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(other.statements.selects(), 0);
}
