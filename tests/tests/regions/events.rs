//! The events that listeners receive, and data that events never contain.

use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::{Event, Invalidation, Tier, prelude::*};
use diesel_cache_tests::{Backend, Database, ManualClock, Person, Setup, everyone, person};

use super::Db;

#[test]
fn every_miss_has_its_reason() {
    let db = Database::<Db>::new();
    let clock = ManualClock::new();
    let minute = Duration::from_secs(60);
    let mut setup = Setup::with(&db, |builder| {
        builder
            .region(Db::shared_region("minute").time_to_live(minute))
            .clock(clock.clone())
    });
    let mut heard = |load: &mut dyn FnMut(&mut _, &Cache)| {
        setup.events.take();
        load(&mut setup.conn, &setup.cache);
        setup.events.words()
    };
    let load = |conn: &mut _, _: &Cache| drop(everyone("minute").load::<Person>(conn).unwrap());
    assert_eq!(heard(&mut { load }), ["miss Absent", "stored"]);
    assert_eq!(heard(&mut { load }), ["hit Memory"]);
    clock.advance(minute);
    assert_eq!(heard(&mut { load }), ["miss Expired", "stored"]);
    assert_eq!(
        heard(&mut |conn, cache| {
            cache.invalidate_all();
            load(conn, cache);
        }),
        ["invalidated", "miss Invalidated", "stored"]
    );
    assert_eq!(
        heard(&mut |conn, _| drop(everyone("minute").load::<(i32, String)>(conn).unwrap())),
        ["miss Layout", "stored"]
    );
    assert_eq!(
        heard(&mut |conn, _| drop(everyone("minute").refresh().load::<Person>(conn).unwrap())),
        ["miss Refresh", "stored"]
    );
    assert_eq!(
        heard(&mut |conn, cache| {
            assert!(everyone("minute").invalidate(conn).unwrap());
            load(conn, cache);
        }),
        ["invalidated", "miss Absent", "stored"]
    );
}

#[test]
fn every_bypass_has_its_reason() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    everyone("off").load::<Person>(&mut setup.conn).unwrap();
    everyone("local").load::<Person>(&mut setup.conn).unwrap();
    setup
        .conn
        .transaction(|conn| everyone("default").load::<Person>(conn))
        .unwrap();
    assert_eq!(
        setup.events.words(),
        ["bypass NullRegion", "bypass NoSession", "bypass Transaction"]
    );
}

#[test]
fn events_name_region_key_and_size() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let expected = everyone("files").explain(&mut setup.conn).unwrap().key();
    everyone("files").load::<Person>(&mut setup.conn).unwrap();
    everyone("files").load::<Person>(&mut setup.conn).unwrap();
    match setup.events.take().as_slice() {
        [
            Event::Miss { region, key, .. },
            Event::Stored { bytes, key: stored, .. },
            Event::Hit {
                tier: Db::SHARED,
                key: hit,
                ..
            },
        ] => {
            assert_eq!((&**region, key), ("files", &expected));
            assert_eq!((stored, hit), (&expected, &expected));
            // Each of 50 rows: a byte or two of id, a byte of length, nine of name.
            assert!((550..700).contains(bytes), "{bytes}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_invalidation_says_what_and_whether_it_hit() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    let key = everyone("default").explain(&mut setup.conn).unwrap().key();
    setup.events.take();
    everyone("default").invalidate(&mut setup.conn).unwrap();
    everyone("default").invalidate(&mut setup.conn).unwrap();
    setup.cache.region("hot").unwrap().invalidate();
    setup.cache.invalidate_tables(["person", "Public.Address"]);
    setup.cache.invalidate_table::<person::table>();
    setup.cache.invalidate_all();
    let heard: Vec<Invalidation> = setup
        .events
        .take()
        .into_iter()
        .map(|event| match event {
            Event::Invalidated { what, .. } => what,
            other => panic!("{other:?}"),
        })
        .collect();
    let query = |hit| Invalidation::Query {
        region: "default".into(),
        key,
        hit,
    };
    assert_eq!(
        heard,
        [
            query(true),
            query(false),
            Invalidation::Region("hot".into()),
            Invalidation::Tables(vec!["person".into(), "Public.Address".into()]),
            Invalidation::Tables(vec!["\"person\"".into()]),
            Invalidation::Everything,
        ]
    );
}

#[test]
fn events_never_hold_bind_values() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let secret = "hunter2-hunter2";
    let query = || person::table.filter(person::name.eq(secret)).cached("files");
    query().load::<Person>(&mut setup.conn).unwrap();
    query().load::<Person>(&mut setup.conn).unwrap();
    query().refresh().load::<Person>(&mut setup.conn).unwrap();
    query().invalidate(&mut setup.conn).unwrap();
    let mut events = setup.events.take();
    if Db::SHARED == Tier::Disk {
        let files = db.directory().join("cache/files");
        std::fs::remove_dir_all(&files).unwrap();
        std::fs::write(&files, "in the way").unwrap();
        query().load::<Person>(&mut setup.conn).unwrap();
        events.extend(setup.events.take());
        assert!(events.iter().any(|event| matches!(event, Event::WriteFailed { .. })));
    }
    assert!(!format!("{events:?}").contains("hunter2"), "{events:?}");
}

#[test]
fn every_listener_hears_everything() {
    let db = Database::<Db>::new();
    let more = diesel_cache_tests::Events::new();
    let mut setup = Setup::with(&db, |builder| builder.listener(more.listener()));
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    assert_eq!(setup.events.words(), more.words());
}
