//! `stale_if_error`: old rows are returned instead of an error.

use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, Gate, ManualClock, Person, Setup, everyone, people, person};

use super::Db;

type Conn = <Db as Backend>::Conn;

const MINUTE: Duration = Duration::from_secs(60);
const REGIONS: [&str; 3] = ["disk", "bare", "memory"];

/// Returns a cache whose entries live for a minute, and may serve for another minute if the database fails.
fn setup(db: &Database<Db>, clock: &ManualClock) -> Setup<Db> {
    let stale = |region: diesel_cache::RegionBuilder| region.time_to_live(MINUTE).stale_if_error(MINUTE);
    Setup::with(db, |builder| {
        builder
            .region(stale(Db::shared_region("disk")))
            .region(stale(Db::shared_region("bare").memory_capacity(0)))
            .region(stale(Region::memory("memory")))
            .clock(clock.clone())
    })
}

fn load(region: &str, conn: &mut Conn) -> QueryResult<Vec<Person>> {
    everyone(region).load(conn)
}

/// Breaks the database behind the cache's back.
fn break_unseen(db: &Database<Db>) {
    db.connect()
        .batch_execute("DROP TABLE address; DROP TABLE person")
        .unwrap();
}

#[test]
fn old_rows_serve_where_the_database_fails_and_no_longer_than_that() {
    for region in REGIONS {
        let (db, clock) = (Database::<Db>::new(), ManualClock::new());
        let mut setup = setup(&db, &clock);
        assert_eq!(load(region, &mut setup.conn), Ok(people(50)));
        break_unseen(&db);
        clock.advance(2 * MINUTE - Duration::from_millis(1));
        for _ in 0..2 {
            setup.events.take();
            assert_eq!(load(region, &mut setup.conn), Ok(people(50)), "{region}");
            let told = setup.events.words();
            assert_eq!(told[0], "miss Expired", "{region}");
            assert!(told[1].starts_with("stale hit"), "{region}: {told:?}");
        }
        assert_eq!(setup.cache.region(region).unwrap().stats().stale_hits(), 2);
        clock.advance(Duration::from_millis(1));
        assert!(load(region, &mut setup.conn).is_err(), "{region}");
    }
}

#[test]
fn where_the_database_answers_its_answer_counts() {
    let (db, clock) = (Database::<Db>::new(), ManualClock::new());
    let mut setup = setup(&db, &clock);
    load("disk", &mut setup.conn).unwrap();
    let mut unseen = db.connect();
    diesel::update(person::table.find(1))
        .set(person::name.eq("new"))
        .execute(&mut unseen)
        .unwrap();
    clock.advance(MINUTE);
    assert_eq!(load("disk", &mut setup.conn).unwrap()[0].name, "new");
}

#[test]
fn rows_that_a_write_or_a_hard_invalidation_took_do_not_serve() {
    for hard in [false, true] {
        let (db, clock) = (Database::<Db>::new(), ManualClock::new());
        let mut setup = setup(&db, &clock);
        load("disk", &mut setup.conn).unwrap();
        clock.advance(MINUTE);
        if hard {
            setup.cache.region("disk").unwrap().invalidate();
        } else {
            diesel::delete(person::table.find(50))
                .execute(&mut setup.conn)
                .unwrap_or_default();
            diesel::update(person::table.find(1))
                .set(person::name.eq("x"))
                .execute(&mut setup.conn)
                .unwrap();
        }
        break_unseen(&db);
        assert!(load("disk", &mut setup.conn).is_err(), "hard: {hard}");
    }
}

#[test]
fn rows_that_a_write_takes_while_the_database_is_asked_do_not_serve() {
    for region in REGIONS {
        let (db, clock) = (Database::<Db>::new(), ManualClock::new());
        let mut setup = setup(&db, &clock);
        load(region, &mut setup.conn).unwrap();
        clock.advance(MINUTE);
        let (gate, asked, go_on) = Gate::closed();
        let mut conn = db.connect();
        setup.cache.attach_with(&mut conn, gate);
        let reader = thread::spawn(move || load(region, &mut conn));
        asked.recv().unwrap();
        diesel::update(person::table.find(1))
            .set(person::name.eq("written"))
            .execute(&mut setup.conn)
            .unwrap();
        break_unseen(&db);
        go_on.send(()).unwrap();
        assert!(reader.join().unwrap().is_err(), "{region}");
    }
}

#[test]
fn without_the_setting_an_error_is_an_error() {
    let (db, clock) = (Database::<Db>::new(), ManualClock::new());
    let mut setup = Setup::<Db>::with(&db, |builder| {
        builder
            .region(Db::shared_region("plain").time_to_live(MINUTE))
            .clock(clock.clone())
    });
    load("plain", &mut setup.conn).unwrap();
    break_unseen(&db);
    assert!(load("plain", &mut setup.conn).is_ok());
    clock.advance(MINUTE);
    assert!(load("plain", &mut setup.conn).is_err());
}
