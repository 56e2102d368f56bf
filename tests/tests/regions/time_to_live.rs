//! The greatest age of an entry, which the region and the query limit, and a clock that goes backwards.

use std::time::{Duration, UNIX_EPOCH};

use diesel::prelude::*;
use diesel_cache::{Clock, prelude::*};
use diesel_cache_tests::{Backend, Database, ManualClock, Person, Setup, everyone};

use super::Db;

const MINUTE: Duration = Duration::from_secs(60);
const MILLISECOND: Duration = Duration::from_millis(1);

/// Returns a cache whose regions keep entries for a minute, and its clock.
fn minute(db: &Database<Db>) -> (Setup<Db>, ManualClock) {
    let clock = ManualClock::new();
    let setup = Setup::with(db, |builder| {
        builder
            .region(Db::shared_region("disk").time_to_live(MINUTE))
            .region(Region::memory("memory").time_to_live(MINUTE))
            .region(Region::session("session").time_to_live(MINUTE))
            .region(Db::shared_region("bare").time_to_live(MINUTE).memory_capacity(0))
            .clock(clock.clone())
    });
    (setup, clock)
}

/// Returns the number of statements that a load sends.
fn asked(setup: &mut Setup<Db>, load: impl FnOnce(&mut <Db as Backend>::Conn)) -> usize {
    setup.statements.take();
    load(&mut setup.conn);
    setup.statements.selects()
}

#[test]
fn a_regions_entries_expire_at_the_millisecond() {
    let db = Database::<Db>::new();
    let (mut setup, clock) = minute(&db);
    let cache = setup.cache.clone();
    for region in ["disk", "memory", "session", "bare"] {
        cache.session(&mut setup.conn, |conn| {
            let mut asks = || {
                setup.statements.take();
                everyone(region).load::<Person>(conn).unwrap();
                setup.statements.selects()
            };
            assert_eq!(asks(), 1, "{region}: absent");
            clock.advance(MINUTE - MILLISECOND);
            assert_eq!(asks(), 0, "{region}: a millisecond is left");
            clock.advance(MILLISECOND);
            assert_eq!(asks(), 1, "{region}: expired");
            assert_eq!(asks(), 0, "{region}: stored anew");
        });
        let told = setup.events.words();
        assert_eq!(
            told.iter().filter(|word| *word == "miss Expired").count(),
            1,
            "{region}: {told:?}"
        );
    }
}

#[test]
fn a_region_without_one_keeps_entries() {
    let db = Database::<Db>::new();
    let (mut setup, clock) = minute(&db);
    assert_eq!(
        asked(&mut setup, |conn| drop(
            everyone("default").load::<Person>(conn).unwrap()
        )),
        1
    );
    clock.advance(Duration::from_secs(10_000 * 365 * 86_400));
    assert_eq!(
        asked(&mut setup, |conn| drop(
            everyone("default").load::<Person>(conn).unwrap()
        )),
        0
    );
}

#[test]
fn a_querys_own_takes_the_regions_place() {
    let db = Database::<Db>::new();
    let (mut setup, clock) = minute(&db);
    for region in ["disk", "default"] {
        let hours = || everyone(region).time_to_live(60 * MINUTE);
        assert_eq!(asked(&mut setup, |conn| drop(hours().load::<Person>(conn).unwrap())), 1);
        clock.advance(59 * MINUTE);
        let plain = |conn: &mut _| drop(everyone(region).load::<Person>(conn).unwrap());
        assert_eq!(asked(&mut setup, plain), 0, "{region}: the entry was given an hour");
        let second = |conn: &mut _| drop(everyone(region).time_to_live(MINUTE).load::<Person>(conn).unwrap());
        assert_eq!(asked(&mut setup, second), 1, "{region}: this one wants it younger");
        clock.advance(MINUTE);
        assert_eq!(
            asked(&mut setup, plain),
            1,
            "{region}: and has stored it with a minute to live"
        );
    }
}

#[test]
fn a_longer_wish_does_not_revive_an_entry() {
    let db = Database::<Db>::new();
    let (mut setup, clock) = minute(&db);
    everyone("disk").load::<Person>(&mut setup.conn).unwrap();
    clock.advance(MINUTE);
    let hour = |conn: &mut _| drop(everyone("disk").time_to_live(60 * MINUTE).load::<Person>(conn).unwrap());
    assert_eq!(asked(&mut setup, hour), 1);
}

#[test]
fn zero_stores_what_nobody_accepts() {
    let db = Database::<Db>::new();
    let (mut setup, _clock) = minute(&db);
    for _ in 0..2 {
        let zero = |conn: &mut _| {
            drop(
                everyone("disk")
                    .time_to_live(Duration::ZERO)
                    .load::<Person>(conn)
                    .unwrap(),
            )
        };
        assert_eq!(asked(&mut setup, zero), 1);
    }
    assert_eq!(
        asked(&mut setup, |conn| drop(everyone("disk").load::<Person>(conn).unwrap())),
        1
    );
}

#[test]
fn ever_so_long_is_for_ever() {
    let db = Database::<Db>::new();
    let (mut setup, clock) = minute(&db);
    let ever = |conn: &mut _| {
        drop(
            everyone("disk")
                .time_to_live(Duration::MAX)
                .load::<Person>(conn)
                .unwrap(),
        )
    };
    assert_eq!(asked(&mut setup, ever), 1);
    clock.advance(1_000_000 * MINUTE);
    assert_eq!(asked(&mut setup, ever), 0);
}

#[test]
fn an_entry_from_the_future_is_a_miss() {
    let db = Database::<Db>::new();
    let (mut setup, clock) = minute(&db);
    for region in ["disk", "memory", "bare", "default"] {
        let plain = |conn: &mut _| drop(everyone(region).load::<Person>(conn).unwrap());
        assert_eq!(asked(&mut setup, plain), 1);
        clock.rewind(MILLISECOND);
        assert_eq!(asked(&mut setup, plain), 1, "{region}: stored a millisecond from now");
        assert_eq!(asked(&mut setup, plain), 0, "{region}: and replaced");
    }
}

#[test]
fn expired_rows_serve_whoever_asks_for_them() {
    let db = Database::<Db>::new();
    let (mut setup, clock) = minute(&db);
    for region in ["disk", "memory", "bare"] {
        let any = |conn: &mut _| everyone(region).ignore_expiration().load::<Person>(conn).unwrap();
        let old = any(&mut setup.conn);
        diesel::sql_query("UPDATE person SET name = 'new' WHERE id = 1")
            .execute(&mut db.connect())
            .unwrap();
        clock.advance(1000 * MINUTE);
        setup.statements.take();
        assert_eq!(any(&mut setup.conn), old);
        assert_eq!(setup.statements.selects(), 0, "{region}");
        setup.cache.region(region).unwrap().invalidate();
        assert_eq!(
            any(&mut setup.conn)[0].name,
            "new",
            "{region}: invalidated rows never serve"
        );
        diesel::sql_query("UPDATE person SET name = 'person 01' WHERE id = 1")
            .execute(&mut db.connect())
            .unwrap();
    }
}

#[test]
fn another_cache_on_the_directory_honours_it() {
    let db = Database::<Db>::new();
    let (mut setup, clock) = minute(&db);
    everyone("disk").load::<Person>(&mut setup.conn).unwrap();
    clock.advance(MINUTE);
    // The entry says when it expires, whatever this cache's region would have given it.
    let mut other = Setup::with(&db, |builder| {
        builder.region(Db::shared_region("disk")).clock(clock.clone())
    });
    everyone("disk").load::<Person>(&mut other.conn).unwrap();
    assert_eq!(other.statements.selects(), 1);
    assert!(clock.now() > UNIX_EPOCH);
}
