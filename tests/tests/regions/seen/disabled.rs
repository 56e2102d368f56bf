//! Disabling the cache for a scope.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Setup, Sqlite, everyone, person};

fn load(conn: &mut SqliteConnection) -> usize {
    everyone("hot").load::<Person>(conn).unwrap().len()
}

#[test]
fn loads_ask_the_database_and_store_nothing() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    assert_eq!(setup.cache.disabled(|| load(&mut setup.conn)), 50);
    assert_eq!(setup.events.words(), ["bypass Disabled"]);
    load(&mut setup.conn);
    assert_eq!(setup.events.words(), ["miss Absent", "stored"], "nothing was stored");
    setup.statements.take();
    setup.cache.disabled(|| load(&mut setup.conn));
    assert_eq!(setup.statements.selects(), 1, "what is stored is not used");
    load(&mut setup.conn);
    assert_eq!(setup.events.words(), ["bypass Disabled", "hit Memory"]);
}

#[test]
fn every_way_to_load_and_every_region_is_bypassed() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    let (cache, conn) = (&setup.cache, &mut setup.conn);
    cache.disabled(|| {
        for region in ["default", "files", "hot", "local", "off"] {
            everyone(region).load_shared::<Person>(conn).unwrap();
            everyone(region).refresh().first::<Person>(conn).unwrap();
            let only = everyone(region).only_if_cached().load::<Person>(conn);
            assert_eq!(only, Err(diesel::NotFound), "{region}");
            assert!(everyone(region).lookup::<Person>(conn).unwrap().is_none());
        }
    });
    assert_eq!(setup.events.words(), ["bypass Disabled"; 15]);
}

#[test]
fn writes_invalidate_all_the_same() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    load(&mut setup.conn);
    setup.cache.disabled(|| {
        diesel::delete(person::table.find(1)).execute(&mut setup.conn).unwrap();
    });
    assert_eq!(load(&mut setup.conn), 49);
    setup.cache.disabled(|| setup.cache.region("hot").unwrap().invalidate());
    setup.events.take();
    load(&mut setup.conn);
    assert_eq!(setup.events.words(), ["miss Invalidated", "stored"]);
}

#[test]
fn values_are_made_anew_and_a_set_ends_the_old_one() {
    let db = Database::<Sqlite>::new();
    let setup = Setup::<Sqlite>::new(&db);
    for name in ["hot", "default"] {
        let region = setup.cache.region(name).unwrap();
        region.set("answer", &1_i32);
        setup.cache.disabled(|| {
            assert_eq!(region.get::<i32>("answer"), None);
            let made = region.get_or_create("answer", || Ok::<_, diesel_cache::Error>(2_i32));
            assert_eq!(made.unwrap(), 2);
        });
        assert_eq!(region.get("answer"), Some(1), "what was made was not stored");
        setup.cache.disabled(|| region.set("answer", &3_i32));
        assert_eq!(region.get::<i32>("answer"), None, "older than the last set");
    }
}

#[test]
fn scopes_nest_and_end_with_a_panic() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    let cache = setup.cache.clone();
    cache.disabled(|| {
        cache.disabled(|| load(&mut setup.conn));
        load(&mut setup.conn);
        let panic = catch_unwind(AssertUnwindSafe(|| cache.disabled(|| panic!("on purpose"))));
        assert!(panic.is_err());
        load(&mut setup.conn);
    });
    load(&mut setup.conn);
    let expected = [
        "bypass Disabled",
        "bypass Disabled",
        "bypass Disabled",
        "miss Absent",
        "stored",
    ];
    assert_eq!(setup.events.words(), expected);
    let panic = catch_unwind(AssertUnwindSafe(|| cache.disabled(|| panic!("on purpose"))));
    assert!(panic.is_err());
    load(&mut setup.conn);
    assert_eq!(setup.events.words(), ["hit Memory"]);
}

#[test]
fn only_this_thread_and_this_cache_but_all_its_namespaces() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    let mut other = Setup::<Sqlite>::new(&db);
    let mut tenant = db.connect();
    setup.cache.namespace("tenant").attach(&mut tenant);
    setup.cache.disabled(|| {
        load(&mut tenant);
        assert_eq!(setup.events.words(), ["bypass Disabled"]);
        load(&mut other.conn);
        assert_eq!(other.events.words(), ["miss Absent", "stored"]);
        // One scope of another cache inside, and this one is still off.
        other.cache.disabled(|| load(&mut setup.conn));
        thread::scope(|scope| scope.spawn(|| load(&mut setup.conn)).join().unwrap());
    });
    assert_eq!(setup.events.words(), ["bypass Disabled", "miss Absent", "stored"]);
    setup.cache.namespace("tenant").disabled(|| load(&mut setup.conn));
    assert_eq!(
        setup.events.words(),
        ["bypass Disabled"],
        "a namespace is the same cache"
    );
    other.cache.disabled(|| load(&mut setup.conn));
    assert_eq!(
        setup.events.words(),
        ["hit Memory"],
        "a scope that is over leaves nothing behind"
    );
}

#[test]
fn a_future_is_off_while_it_is_polled() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    let (cache, mut other) = (setup.cache.clone(), db.connect());
    cache.attach(&mut other);
    {
        let mut polls = 0;
        let conn = &mut setup.conn;
        let work = poll_fn(move |_| {
            load(conn);
            polls += 1;
            if polls == 2 { Poll::Ready(polls) } else { Poll::Pending }
        });
        let mut work = pin!(is_send(cache.disabled_async(work)));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(work.as_mut().poll(&mut context), Poll::Pending);
        load(&mut other); // between two polls, on the same thread
        assert_eq!(work.as_mut().poll(&mut context), Poll::Ready(2));
    }
    assert_eq!(
        setup.events.words(),
        ["bypass Disabled", "miss Absent", "stored", "bypass Disabled"]
    );
}
