//! Many threads with a connection each, on the same keys and on different ones.

use std::sync::Barrier;
use std::thread;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Setup, everyone, people, person};

use super::Db;

const THREADS: usize = 8;

/// Runs `work` in each thread at the same time, each on its own connection.
fn together(
    db: &Database<Db>,
    cache: &Cache,
    work: impl Fn(usize, &mut <Db as diesel_cache_tests::Backend>::Conn) + Sync,
) {
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                let mut conn = db.connect();
                cache.attach(&mut conn);
                barrier.wait();
                work(thread, &mut conn);
            });
        }
    });
}

#[test]
fn the_same_key() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    for region in ["default", "files", "hot"] {
        together(&db, &setup.cache, |_, conn| {
            for _ in 0..20 {
                assert_eq!(everyone(region).load::<Person>(conn).unwrap(), people(50), "{region}");
            }
        });
    }
    assert!(
        !setup
            .events
            .words()
            .iter()
            .any(|word| word.contains("failed") || word.contains("Corrupt"))
    );
}

#[test]
fn different_keys() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    together(&db, &setup.cache, |thread, conn| {
        for round in 0..20 {
            let id = ((thread * 7 + round) % 50 + 1) as i32;
            for region in ["default", "files", "hot"] {
                let found = person::table.find(id).cached(region).load::<Person>(conn).unwrap();
                assert_eq!(found, people(50)[id as usize - 1..id as usize]);
            }
        }
    });
    assert!(
        !setup
            .events
            .words()
            .iter()
            .any(|word| word.contains("failed") || word.contains("Corrupt"))
    );
}

#[test]
fn loads_refreshes_and_invalidations() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    together(&db, &setup.cache, |thread, conn| {
        for round in 0..30 {
            let region = ["default", "files", "hot"][round % 3];
            match (thread + round) % 8 {
                0 => drop(everyone(region).refresh().load::<Person>(conn).unwrap()),
                1 => drop(everyone(region).invalidate(conn).unwrap()),
                2 => setup.cache.invalidate_tables(["person"]),
                3 if thread == 0 => setup.cache.region(region).unwrap().clear(),
                _ => assert_eq!(everyone(region).load::<Person>(conn).unwrap(), people(50)),
            }
        }
    });
    // Two that write one key at once: a reader may find neither, and never rubbish.
    assert!(!setup.events.words().contains(&"miss Corrupt".into()));
}

#[test]
fn several_caches_on_one_directory() {
    let db = Database::<Db>::new();
    let caches = [0; 4].map(|_| Setup::new(&db).cache);
    together(&db, &caches[0], |thread, conn| {
        caches[thread % caches.len()].attach(conn);
        for id in 1..=20 {
            assert_eq!(
                person::table
                    .find(id)
                    .cached("default")
                    .first::<Person>(conn)
                    .unwrap()
                    .id,
                id
            );
            if id % 5 == 0 {
                caches[thread % caches.len()].invalidate_table::<person::table>();
            }
        }
    });
}
