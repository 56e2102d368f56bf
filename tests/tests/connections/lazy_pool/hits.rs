//! A hit takes no connection, and is never older than a hit on a connection would be.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use diesel::prelude::*;
use diesel::result::ConnectionError;
use diesel_cache::{Error, LoadFromError, MissReason, prelude::*};
use diesel_cache_tests::{Database, ManualClock, Person, Setup, everyone, people, person};

use super::{Db, Supply, pool_of_one};

/// How long the pool waits for its connection. This is long enough to open one.
const SOON: Duration = Duration::from_secs(2);
/// The number of SELECTs of a miss: r2d2 tests the connection with a SELECT of its own.
const SENT: usize = 2;

#[test]
fn a_pool_without_a_free_connection_answers_what_is_cached() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let (pool, statements) = pool_of_one(&db, &setup.cache, SOON);
    let one = || person::table.find(7).cached("default");

    assert!(!pool.knows_context());
    assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap(), people(50));
    assert!(pool.knows_context());
    assert_eq!(one().first_from::<Person>(&pool).unwrap().id, 7);
    assert_eq!(one().load_from::<Person>(&pool).unwrap().len(), 1);
    assert_eq!(everyone("files").load_from::<Person>(&pool).unwrap(), people(50));
    setup.cache.flush().unwrap();
    assert_eq!(setup.events.words().iter().filter(|word| *word == "stored").count(), 4);
    statements.take();

    let held = pool.get().unwrap();
    statements.take(); // r2d2 tests connections
    assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap(), people(50));
    assert_eq!(
        everyone("default").get_results_from::<Person>(&pool).unwrap(),
        people(50)
    );
    assert_eq!(everyone("files").load_from::<Person>(&pool).unwrap(), people(50));
    assert_eq!(one().first_from::<Person>(&pool).unwrap().id, 7);
    assert_eq!(one().get_result_from::<Person>(&pool).unwrap().id, 7);
    let first: Arc<[Person]> = everyone("default").load_shared_from(&pool).unwrap();
    let second = everyone("default").load_shared_from(&pool).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    let held_rows = everyone("default").lookup_from::<Person>(&pool).unwrap().unwrap();
    assert!(held_rows.is_fresh());
    assert!(everyone("hot").lookup_from::<Person>(&pool).unwrap().is_none());
    assert_eq!(statements.take(), [""; 0]);

    // What is not cached needs the connection.
    let missed = everyone("hot").load_from::<Person>(&pool);
    assert!(matches!(missed, Err(LoadFromError::Connection(_))), "{missed:?}");
    drop(held);
    assert_eq!(everyone("hot").load_from::<Person>(&pool).unwrap(), people(50));
    assert_eq!(statements.selects(), SENT);
}

#[test]
fn a_database_that_is_down_answers_what_is_cached() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let supply = Supply::default();
    let pool = {
        let (supply, cache, url) = (supply.clone(), setup.cache.clone(), db.url().to_owned());
        setup.cache.lazy_pool(move || {
            let mut conn = supply.connect(&url)?;
            cache.attach(&mut conn);
            Ok::<_, ConnectionError>(conn)
        })
    };
    supply.is_down.store(true, Ordering::SeqCst);
    let missed = everyone("default").load_from::<Person>(&pool);
    assert!(
        matches!(
            missed,
            Err(LoadFromError::Connection(ConnectionError::BadConnection(_)))
        ),
        "{missed:?}"
    );
    supply.is_down.store(false, Ordering::SeqCst);
    assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap(), people(50));
    supply.is_down.store(true, Ordering::SeqCst);
    setup.events.take();
    assert_eq!(supply.taken(), 2);

    assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap(), people(50));
    assert_eq!(supply.taken(), 0);
    assert_eq!(setup.events.words(), ["hit Memory"], "one load counts once");
    let missed = everyone("hot").load_from::<Person>(&pool).unwrap_err();
    assert!(
        std::error::Error::source(&missed).is_some_and(|error| error.is::<ConnectionError>()),
        "{missed}"
    );
    assert_eq!(setup.events.words(), ["miss Absent"]);
    supply.is_down.store(false, Ordering::SeqCst);
    assert_eq!(everyone("hot").load_from::<Person>(&pool).unwrap(), people(50));
    assert_eq!(setup.events.words(), ["miss Absent", "stored"], "one load counts once");
}

#[test]
fn rows_that_have_expired_stand_in_for_a_connection() {
    let db = Database::<Db>::new();
    let clock = ManualClock::new();
    let hour = Duration::from_secs(3600);
    let setup = Setup::with(&db, |builder| {
        let region = Region::memory("lenient").time_to_live(hour).stale_if_error(hour);
        builder.clock(clock.clone()).region(region)
    });
    let (pool, _) = pool_of_one(&db, &setup.cache, SOON);
    assert_eq!(everyone("lenient").load_from::<Person>(&pool).unwrap(), people(50));
    clock.advance(hour);
    let held = pool.get().unwrap();
    setup.events.take();
    assert_eq!(everyone("lenient").load_from::<Person>(&pool).unwrap(), people(50));
    assert_eq!(setup.events.words(), ["miss Expired", "stale hit Memory"]);
    clock.advance(hour);
    assert!(
        everyone("lenient").load_from::<Person>(&pool).is_err(),
        "that is too old"
    );
    drop(held);
}

#[test]
fn a_hit_without_a_connection_sees_every_commit() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let (pool, _) = pool_of_one(&db, &setup.cache, SOON);
    let name = || person::table.find(1).select(person::name).cached("default");
    let rename = |name: &'static str| diesel::update(person::table.find(1)).set(person::name.eq(name));
    assert_eq!(name().first_from::<String>(&pool).unwrap(), "person 01");

    for new in ["Ada", "Grace"] {
        rename(new).execute(&mut setup.conn).unwrap();
        assert_eq!(name().first_from::<String>(&pool).unwrap(), new);
        let stats = setup.cache.region("default").unwrap().stats();
        assert_eq!(stats.misses_by(MissReason::Absent), 1);
        setup.events.take();
        assert_eq!(name().first_from::<String>(&pool).unwrap(), new);
        assert_eq!(setup.events.words(), ["hit Memory"]);
    }
    // A transaction of another connection does not show before its commit, which this load would not see either.
    let held = pool.get().unwrap();
    setup
        .conn
        .transaction(|conn| {
            rename("Edsger").execute(conn)?;
            assert_eq!(name().first_from::<String>(&pool).unwrap(), "Grace");
            QueryResult::Ok(())
        })
        .unwrap();
    let missed = name().first_from::<String>(&pool);
    assert!(matches!(missed, Err(LoadFromError::Connection(_))), "{missed:?}");
    drop(held);
    assert_eq!(name().first_from::<String>(&pool).unwrap(), "Edsger");
}

#[test]
fn options_mean_what_they_mean_on_a_connection() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let (pool, statements) = pool_of_one(&db, &setup.cache, SOON);
    let nobody = || person::table.find(0).cached("default");
    assert_eq!(nobody().first_from::<Person>(&pool).optional().unwrap(), None);
    let not_found = nobody().first_from::<Person>(&pool);
    assert!(matches!(not_found, Err(LoadFromError::Query(diesel::NotFound))));

    let held = pool.get().unwrap();
    let absent = everyone("default").only_if_cached().load_from::<Person>(&pool);
    assert!(
        matches!(absent, Err(LoadFromError::Query(diesel::NotFound))),
        "it needs no connection: {absent:?}"
    );
    drop(held);
    assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap(), people(50));
    statements.take();
    assert_eq!(
        everyone("default").refresh().load_from::<Person>(&pool).unwrap(),
        people(50)
    );
    assert_eq!(statements.selects(), SENT);
    setup.events.take();
    setup.cache.disabled(|| {
        assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap(), people(50));
    });
    assert_eq!(everyone("local").load_from::<Person>(&pool).unwrap(), people(50));
    assert_eq!(everyone("off").load_from::<Person>(&pool).unwrap(), people(50));
    assert_eq!(
        setup.events.words(),
        ["bypass Disabled", "bypass NoSession", "bypass NullRegion"]
    );

    let unknown = everyone("nowhere").load_from::<Person>(&pool).unwrap_err();
    let LoadFromError::Query(diesel::result::Error::QueryBuilderError(error)) = unknown else {
        panic!("{unknown}");
    };
    assert!(matches!(error.downcast_ref(), Some(Error::UnknownRegion { .. })));
}
