//! Invalidating a query on one connection invalidates it on all connections, even on those whose settings give them
//! entries of their own.

use std::sync::{Arc, Mutex};

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, Events, Person, Setup, Statements, everyone, people, person, regions};

use super::{Db, SETTINGS, long_setting};

const REGIONS: [&str; 3] = ["default", "files", "hot"];

type Conn = <Db as Backend>::Conn;

/// Returns a connection with these settings, and its statements.
fn told(cache: &Cache, db: &Database<Db>, settings: &[&str]) -> (Conn, Statements) {
    let (mut conn, statements) = (db.connect(), Statements::new());
    cache.attach_with(&mut conn, statements.clone());
    for sql in settings {
        conn.batch_execute(sql).unwrap();
    }
    statements.take();
    (conn, statements)
}

/// Loads. Returns the number of queries that reached the database.
fn load(conn: &mut Conn, statements: &Statements, region: &str) -> usize {
    assert_eq!(everyone(region).load::<Person>(conn).unwrap(), people(50));
    statements.selects()
}

#[test]
fn every_variant_goes() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let other = Setup::new(&db);
    let everything = SETTINGS.to_vec();
    let told_what = [&[][..], &SETTINGS[..1], &SETTINGS[1..2], &SETTINGS[2..], &everything];
    for region in REGIONS {
        // Memory is each cache's own, and the invalidation crosses by the directory.
        for caches in [[&setup.cache; 2], [&setup.cache, &other.cache]] {
            let mut all: Vec<_> = told_what
                .iter()
                .map(|settings| told(caches[0], &db, settings))
                .collect();
            for invalidating in &told_what {
                for (conn, statements) in &mut all {
                    load(conn, statements, region);
                    assert_eq!(load(conn, statements, region), 0, "{region}: it has an entry");
                }
                let (mut conn, _) = told(caches[1], &db, invalidating);
                everyone(region).invalidate(&mut conn).unwrap();
                for ((conn, statements), settings) in all.iter_mut().zip(&told_what) {
                    assert!(everyone(region).lookup::<Person>(conn).unwrap().is_none());
                    let asked = load(conn, statements, region);
                    assert_eq!(asked, 1, "{region}: {settings:?}, invalidated by {invalidating:?}");
                }
            }
        }
    }
}

#[test]
fn whether_there_was_an_entry_is_said_of_the_connections_own() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let (mut plain, _) = told(&setup.cache, &db, &[]);
    let (mut one, statements) = told(&setup.cache, &db, &SETTINGS[..1]);
    load(&mut one, &statements, "default");
    assert!(!everyone("default").invalidate(&mut plain).unwrap());
    assert!(!everyone("default").invalidate(&mut one).unwrap(), "it is invalid");
    load(&mut one, &statements, "default");
    assert!(everyone("default").invalidate(&mut one).unwrap());
}

#[test]
fn other_queries_stay() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let (mut plain, _) = told(&setup.cache, &db, &[]);
    let (mut one, statements) = told(&setup.cache, &db, &SETTINGS[..1]);
    load(&mut one, &statements, "default");
    person::table.find(1).cached("default").invalidate(&mut plain).unwrap();
    everyone("default").key("named").invalidate(&mut plain).unwrap();
    let namespace = setup.cache.namespace("other");
    let (mut elsewhere, _) = told(&namespace, &db, &[]);
    everyone("default").invalidate(&mut elsewhere).unwrap();
    assert_eq!(load(&mut one, &statements, "default"), 0);
}

#[test]
fn a_long_query_too() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let long = || {
        person::table
            .filter(person::name.ne("x".repeat(1000)))
            .cached("default")
    };
    let (mut plain, _) = told(&setup.cache, &db, &[]);
    for settings in [&SETTINGS[..1], &[&*long_setting()]] {
        let (mut conn, statements) = told(&setup.cache, &db, settings);
        for asked in [1, 0] {
            long().load::<Person>(&mut conn).unwrap();
            assert_eq!(statements.selects(), asked);
        }
        long().invalidate(&mut plain).unwrap();
        long().load::<Person>(&mut conn).unwrap();
        assert_eq!(statements.selects(), 1);
    }
}

#[test]
fn shared_rows_and_those_of_a_session_too() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let (mut plain, _) = told(&setup.cache, &db, &[]);
    for settings in SETTINGS {
        let (mut conn, statements) = told(&setup.cache, &db, &[settings]);
        setup.cache.session(&mut conn, |conn| {
            for region in ["hot", "local"] {
                let mut shared = || everyone(region).load_shared::<Person>(conn).unwrap();
                let first = shared();
                assert!(Arc::ptr_eq(&first, &shared()), "{region}");
                statements.take();
                everyone(region).invalidate(&mut plain).unwrap();
                assert!(!Arc::ptr_eq(&first, &shared()), "{region}");
                assert_eq!(statements.selects(), 1, "{region}");
            }
        });
    }
}

#[test]
fn a_refresh_makes_every_variant_stale() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let (mut plain, _) = told(&setup.cache, &db, &[]);
    for settings in SETTINGS {
        let (mut conn, statements) = told(&setup.cache, &db, &[settings]);
        load(&mut conn, &statements, "default");
        everyone("default").refresh().load::<Person>(&mut plain).unwrap();
        assert_eq!(load(&mut conn, &statements, "default"), 1, "{settings}");
    }
}

type Hook = Box<dyn FnOnce() + Send>;

/// Calls a hook when a SELECT begins.
struct Within(Arc<Mutex<Option<Hook>>>);

impl Instrumentation for Within {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event
            && query.to_string().starts_with("SELECT")
        {
            let hook = self.0.lock().unwrap().take();
            hook.into_iter().for_each(|hook| hook());
        }
    }
}

#[test]
fn rows_that_were_on_their_way_are_not_stored() {
    for region in REGIONS {
        for settings in SETTINGS {
            let db = Arc::new(Database::<Db>::new());
            let events = Events::new();
            let builder = regions(&db.directory().join("cache"));
            let cache = builder.listener(events.listener()).build().unwrap();
            let mut conn = db.connect();
            let hook = Arc::<Mutex<Option<_>>>::default();
            cache.attach_with(&mut conn, Within(Arc::clone(&hook)));
            conn.batch_execute(settings).unwrap();
            let (database, other) = (Arc::clone(&db), cache.clone());
            *hook.lock().unwrap() = Some(Box::new(move || {
                let (mut plain, _) = told(&other, &database, &[]);
                everyone(region).invalidate(&mut plain).unwrap();
            }));
            everyone(region).load::<Person>(&mut conn).unwrap();
            assert!(hook.lock().unwrap().is_none());
            assert!(events.words().contains(&"refused".into()), "{region}, {settings}");
            assert!(everyone(region).lookup::<Person>(&mut conn).unwrap().is_none());
        }
    }
}
