//! The context that a pool's connections share, and loads whose connection has another one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::result::ConnectionError;
use diesel_cache::{Error, LoadFromError, RefusalReason, prelude::*};
use diesel_cache_tests::{Database, Person, Setup, everyone, people, person};

use super::{Conn, Db, Pool, Supply, contrary, pool_of_one};

const LONG: Duration = Duration::from_secs(60);

/// Creates a pool whose connections are set up by a closure, which receives the number of each.
fn pool_with(
    db: &Database<Db>,
    cache: &Cache,
    set_up: impl Fn(usize, &mut Conn),
) -> (LazyPool<impl Fn() -> Result<Conn, ConnectionError>>, Supply) {
    let (supply, count) = (Supply::default(), AtomicUsize::new(0));
    let (ours, url) = (supply.clone(), db.url().to_owned());
    let pool = cache.lazy_pool(move || {
        let mut conn = ours.connect(&url)?;
        set_up(count.fetch_add(1, Ordering::SeqCst), &mut conn);
        Ok(conn)
    });
    (pool, supply)
}

fn refusals(cache: &Cache, reason: RefusalReason) -> u64 {
    cache.region("default").unwrap().stats().refusals_by(reason)
}

/// A temporary table in the place of `person`: what the connection answers is for nobody else.
#[test]
fn a_connection_that_has_departed_stores_nothing() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let (pool, _) = pool_of_one(&db, &setup.cache, LONG);
    let one = || person::table.find(1).cached("default");
    assert_eq!(one().first_from::<Person>(&pool).unwrap().name, "person 01");
    pool.get()
        .unwrap()
        .batch_execute(
            "CREATE TEMPORARY TABLE person (id INTEGER, name VARCHAR(100)); INSERT INTO person VALUES (1, 'Eve')",
        )
        .unwrap();

    setup.cache.invalidate_all();
    setup.events.take();
    assert_eq!(
        one().first_from::<Person>(&pool).unwrap().name,
        "Eve",
        "the pool has no other"
    );
    assert_eq!(setup.events.words(), ["miss Invalidated", "refused"]);
    assert_eq!(refusals(&setup.cache, RefusalReason::OtherContext), 1);
    assert!(pool.knows_context());
    let all = person::table.find(1).limit(1).cached("default");
    assert!(all.lookup_from::<Person>(&pool).unwrap().is_none());
    // Another connection of the same context answers for the pool as well.
    assert_eq!(one().first::<Person>(&mut setup.conn).unwrap().name, "person 01");
    assert_eq!(one().first_from::<Person>(&pool).unwrap().name, "person 01");
}

/// The first connection has been told something that the others have not.
#[test]
fn the_context_that_is_learnt_last_is_that_of_a_new_connection() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let cache = setup.cache.clone();
    let (pool, supply) = pool_with(&db, &setup.cache, move |number, conn| {
        cache.attach(conn);
        if number == 0 {
            conn.batch_execute(contrary()[0]).unwrap();
        }
    });
    everyone("default").load_from::<Person>(&pool).unwrap();
    assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap(), people(50));
    assert_eq!(supply.taken(), 1, "as far as is known, all of them were told this");
    everyone("hot").load_from::<Person>(&pool).unwrap();
    // From here on the new context counts, and nothing is cached for it.
    for taken in [1, 0] {
        supply.taken();
        assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap(), people(50));
        assert_eq!(supply.taken(), taken);
    }
}

/// A temporary table on the first connection: it is like no other.
#[test]
fn a_connection_that_has_departed_teaches_nothing() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let cache = setup.cache.clone();
    let (pool, supply) = pool_with(&db, &setup.cache, move |number, conn| {
        cache.attach(conn);
        if number == 0 {
            conn.batch_execute("CREATE TEMPORARY TABLE scratch (id INTEGER)")
                .unwrap();
        }
    });
    for (taken, knows) in [(1, false), (1, true), (0, true)] {
        assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap(), people(50));
        assert_eq!((supply.taken(), pool.knows_context()), (taken, knows));
    }
}

#[test]
fn connections_that_contradict_each_other_answer_for_themselves() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let cache = setup.cache.clone();
    let (pool, supply) = pool_with(&db, &setup.cache, move |number, conn| {
        cache.attach(conn);
        conn.batch_execute(contrary()[number % 2]).unwrap();
    });
    everyone("default").load_from::<Person>(&pool).unwrap();
    everyone("hot").load_from::<Person>(&pool).unwrap();
    assert!(!pool.knows_context());
    assert!(
        everyone("hot").lookup_from::<Person>(&pool).unwrap().is_none(),
        "nothing was stored"
    );
    supply.taken();
    setup.events.take();
    // By turns, each under a key of its own.
    for word in ["miss Absent", "hit", "hit", "hit"] {
        assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap(), people(50));
        let words = setup.events.words();
        assert!(words[0].starts_with(word), "{words:?}");
    }
    assert_eq!(supply.taken(), 4);
    pool.forget();
    for taken in [1, 0] {
        everyone("default").load_from::<Person>(&pool).unwrap();
        assert_eq!(supply.taken(), taken);
    }
}

#[test]
fn a_connection_in_a_transaction_shows_nothing_and_stores_nothing() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let cache = setup.cache.clone();
    // The first, the second and the fourth.
    let (pool, _) = pool_with(&db, &setup.cache, move |number, conn| {
        cache.attach(conn);
        match number {
            0 | 3 => conn.batch_execute("BEGIN").unwrap(),
            1 => {
                <Conn as Connection>::TransactionManager::begin_transaction(conn).unwrap();
            }
            _ => {}
        }
    });
    for _ in 0..2 {
        assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap(), people(50));
        assert!(!pool.knows_context());
        assert_eq!(setup.events.words(), ["bypass Transaction"]);
    }
    assert_eq!(everyone("default").load_from::<Person>(&pool).unwrap(), people(50));
    assert!(pool.knows_context());
    setup.events.take();
    let one = || person::table.find(1).cached("default");
    for _ in 0..2 {
        assert_eq!(one().first_from::<Person>(&pool).unwrap().id, 1);
        assert_eq!(refusals(&setup.cache, RefusalReason::Transaction), 1);
    }
    assert_eq!(
        setup.events.words(),
        ["miss Absent", "refused", "miss Absent", "stored"]
    );
}

#[test]
fn a_connection_that_is_not_attached_is_an_error() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let cache = setup.cache.clone();
    let (pool, _) = pool_with(&db, &setup.cache, move |number, conn| match number {
        0 | 2 => {}
        _ => cache.attach(conn),
    });
    let is_unattached = |error: LoadFromError<ConnectionError>| match error {
        LoadFromError::Query(diesel::result::Error::QueryBuilderError(error)) => {
            matches!(error.downcast_ref(), Some(Error::NotAttached))
        }
        _ => false,
    };
    let load = || everyone("default").load_from::<Person>(&pool);
    assert!(is_unattached(load().unwrap_err()), "nothing is known of the pool");
    assert_eq!(load().unwrap(), people(50));
    setup.cache.invalidate_all();
    assert!(is_unattached(load().unwrap_err()), "the context is known");
    assert!(everyone("default").lookup_from::<Person>(&pool).unwrap().is_none());
    assert_eq!(load().unwrap(), people(50));
}

/// Two databases in one cache, each with a namespace and a pool.
#[test]
fn each_pool_knows_its_own_connections() {
    let (one, other) = (Database::<Db>::new(), Database::<Db>::new());
    let setup = Setup::new(&one);
    let caches = [setup.cache.namespace("one"), setup.cache.namespace("other")];
    let rename = diesel::update(person::table.find(1)).set(person::name.eq("Ada"));
    rename.execute(&mut other.connect()).unwrap();
    let pools = [(&one, &caches[0]), (&other, &caches[1])].map(|(db, cache)| pool_of_one(db, cache, LONG).0);
    let name = |pool: &LazyPool<Pool>| {
        person::table
            .find(1)
            .select(person::name)
            .cached("default")
            .first_from::<String>(pool)
            .unwrap()
    };
    for _ in 0..2 {
        assert_eq!(name(&pools[0]), "person 01");
        assert_eq!(name(&pools[1]), "Ada");
    }
    let stats = setup.cache.region("default").unwrap().stats();
    assert_eq!((stats.misses(), stats.hits()), (2, 2));
}

/// The connection belongs to another namespace than the pool: its rows are not those of the pool.
#[test]
fn a_connection_of_another_namespace_stores_nothing_for_the_pool() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let (cache, other) = (setup.cache.clone(), setup.cache.namespace("other"));
    let (pool, supply) = pool_with(&db, &setup.cache, move |number, conn| match number {
        0 | 2 => other.attach(conn),
        _ => cache.attach(conn),
    });
    let one = || person::table.find(1).cached("default");
    one().first_from::<Person>(&pool).unwrap();
    assert!(!pool.knows_context());
    everyone("default").load_from::<Person>(&pool).unwrap();
    assert!(pool.knows_context());
    assert_eq!(one().first_from::<Person>(&pool).unwrap().id, 1);
    assert_eq!(refusals(&setup.cache, RefusalReason::OtherContext), 1);
    assert_eq!(supply.taken(), 3);
    one().first_from::<Person>(&pool).unwrap();
    one().first_from::<Person>(&pool).unwrap();
    assert_eq!(supply.taken(), 1);
}

/// A clone knows what the other has learnt.
#[test]
fn clones_share_what_they_know() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let (pool, _) = pool_of_one(&db, &setup.cache, LONG);
    let clone = pool.clone();
    everyone("default").load_from::<Person>(&pool).unwrap();
    assert!(clone.knows_context());
    let _held = clone.get().unwrap();
    assert_eq!(everyone("default").load_from::<Person>(&clone).unwrap(), people(50));
}
