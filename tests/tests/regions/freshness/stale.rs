//! `stale_while_revalidate`: one caller queries, and the others receive the old rows at once.

use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::{Event, prelude::*};
use diesel_cache_tests::{Backend, Database, Gate, ManualClock, Person, Setup, everyone, people, person};

use super::Db;

type Conn = <Db as Backend>::Conn;

const MINUTE: Duration = Duration::from_secs(60);
const REGIONS: [&str; 3] = ["disk", "bare", "memory"];

/// Returns a cache whose entries live for a minute, and may serve for another minute while a caller queries.
fn setup(db: &Database<Db>, clock: &ManualClock) -> Setup<Db> {
    let stale = |region: diesel_cache::RegionBuilder| {
        region
            .time_to_live(MINUTE)
            .stale_while_revalidate(MINUTE)
            .lock_timeout(60 * MINUTE)
    };
    Setup::with(db, |builder| {
        builder
            .region(stale(Db::shared_region("disk")))
            .region(stale(Db::shared_region("bare").memory_capacity(0)))
            .region(stale(Region::memory("memory")))
            .clock(clock.clone())
    })
}

fn names(region: &str, conn: &mut Conn) -> Vec<Person> {
    everyone(region).load(conn).unwrap()
}

/// Changes a name behind the cache's back.
fn rename_unseen(db: &Database<Db>, name: &str) {
    let mut conn = db.connect();
    let changed = diesel::update(person::table.find(1))
        .set(person::name.eq(name))
        .execute(&mut conn);
    assert_eq!(changed, Ok(1));
}

#[test]
fn while_one_asks_the_others_have_the_old_rows() {
    for region in REGIONS {
        let (db, clock) = (Database::<Db>::new(), ManualClock::new());
        let mut setup = setup(&db, &clock);
        assert_eq!(names(region, &mut setup.conn), people(50));
        rename_unseen(&db, "new");
        clock.advance(MINUTE);

        let (gate, asked, go_on) = Gate::closed();
        let mut first = db.connect();
        setup.cache.attach_with(&mut first, gate);
        let leader = thread::spawn(move || names(region, &mut first));
        asked.recv().unwrap();
        setup.statements.take();
        setup.events.take();
        for _ in 0..3 {
            assert_eq!(names(region, &mut setup.conn), people(50), "{region}");
        }
        assert_eq!(setup.statements.selects(), 0, "{region}");
        assert!(
            setup.events.words().iter().all(|word| word.starts_with("stale hit")),
            "{region}"
        );
        go_on.send(()).unwrap();
        assert_eq!(
            leader.join().unwrap()[0].name,
            "new",
            "{region}: who asks has the new rows"
        );
        assert_eq!(
            names(region, &mut setup.conn)[0].name,
            "new",
            "{region}: and so have all from then on"
        );
        let stats = setup.cache.region(region).unwrap().stats();
        assert_eq!(
            (stats.stale_hits(), stats.hits(), stats.misses()),
            (3, 4, 2),
            "{region}"
        );
    }
}

#[test]
fn the_window_ends() {
    for region in REGIONS {
        let (db, clock) = (Database::<Db>::new(), ManualClock::new());
        let mut setup = setup(&db, &clock);
        names(region, &mut setup.conn);
        clock.advance(2 * MINUTE);
        // Another caller asks already: there is nothing to serve meanwhile.
        let (gate, asked, go_on) = Gate::closed();
        let mut first = db.connect();
        setup.cache.attach_with(&mut first, gate);
        let leader = thread::spawn(move || names(region, &mut first));
        asked.recv().unwrap();
        setup.events.take();
        let Setup { mut conn, events, .. } = setup;
        let waiter = thread::spawn(move || names(region, &mut conn));
        // It waits, or has yet to begin to; in neither case may it have been given the old rows.
        go_on.send(()).unwrap();
        assert_eq!(
            (leader.join().unwrap(), waiter.join().unwrap()),
            (people(50), people(50))
        );
        let stale = |event: &Event| matches!(event, Event::Hit { stale: true, .. });
        assert!(!events.take().iter().any(stale), "{region}");
    }
}

#[test]
fn rows_that_a_write_invalidated_are_not_served() {
    for region in REGIONS {
        let (db, clock) = (Database::<Db>::new(), ManualClock::new());
        let mut setup = setup(&db, &clock);
        names(region, &mut setup.conn);
        clock.advance(MINUTE);
        let (gate, asked, go_on) = Gate::closed();
        let mut first = db.connect();
        setup.cache.attach_with(&mut first, gate);
        let leader = thread::spawn(move || names(region, &mut first));
        asked.recv().unwrap();
        diesel::update(person::table.find(1))
            .set(person::name.eq("written"))
            .execute(&mut setup.conn)
            .unwrap();
        let Setup { mut conn, .. } = setup;
        let reader = thread::spawn(move || names(region, &mut conn).remove(0).name);
        go_on.send(()).unwrap();
        leader.join().unwrap();
        assert_eq!(reader.join().unwrap(), "written", "{region}");
    }
}

#[test]
fn who_may_not_ask_is_served_as_well() {
    let (db, clock) = (Database::<Db>::new(), ManualClock::new());
    let mut setup = setup(&db, &clock);
    names("disk", &mut setup.conn);
    clock.advance(MINUTE);
    let only = |conn: &mut Conn| everyone("disk").only_if_cached().load::<Person>(conn);
    assert_eq!(only(&mut setup.conn), Ok(people(50)));
    clock.advance(MINUTE);
    assert_eq!(only(&mut setup.conn), Err(diesel::NotFound));
}

#[test]
fn a_caller_that_asks_and_fails_leaves_the_turn_to_the_next() {
    let (db, clock) = (Database::<Db>::new(), ManualClock::new());
    let mut setup = setup(&db, &clock);
    names("disk", &mut setup.conn);
    clock.advance(MINUTE);
    let mut unlucky = db.connect();
    setup
        .cache
        .attach_with(&mut unlucky, |event: diesel::connection::InstrumentationEvent<'_>| {
            if matches!(event, diesel::connection::InstrumentationEvent::StartQuery { .. }) {
                panic!("in the middle of its query");
            }
        });
    assert!(thread::spawn(move || names("disk", &mut unlucky)).join().is_err());
    setup.statements.take();
    names("disk", &mut setup.conn);
    assert_eq!(setup.statements.selects(), 1);
}
