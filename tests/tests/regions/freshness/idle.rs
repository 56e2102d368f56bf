//! `time_to_idle`: entries expire if no process uses them.

use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, ManualClock, Person, Setup, everyone};

use super::Db;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn setup(db: &Database<Db>, clock: &ManualClock) -> Setup<Db> {
    Setup::with(db, |builder| {
        builder
            .region(Db::shared_region("disk").time_to_idle(HOUR))
            .region(Db::shared_region("bare").time_to_idle(HOUR).memory_capacity(0))
            .region(Region::memory("memory").time_to_idle(HOUR))
            .region(Region::memory("both").time_to_idle(HOUR).time_to_live(2 * HOUR))
            .clock(clock.clone())
    })
}

fn told(setup: &mut Setup<Db>, region: &str) -> String {
    setup.events.take();
    everyone(region)
        .load::<Person>(&mut setup.conn as &mut <Db as Backend>::Conn)
        .unwrap();
    setup.events.words().swap_remove(0)
}

#[test]
fn every_use_begins_the_time_anew() {
    for region in ["disk", "bare", "memory"] {
        let (db, clock) = (Database::<Db>::new(), ManualClock::new());
        let mut setup = setup(&db, &clock);
        assert_eq!(told(&mut setup, region), "miss Absent");
        for _ in 0..5 {
            clock.advance(HOUR - MINUTE);
            assert!(told(&mut setup, region).starts_with("hit"), "{region}");
        }
        clock.advance(HOUR);
        assert_eq!(told(&mut setup, region), "miss Idle", "{region}");
        assert!(told(&mut setup, region).starts_with("hit"), "{region}: stored anew");
    }
}

#[test]
fn whichever_ends_first() {
    let (db, clock) = (Database::<Db>::new(), ManualClock::new());
    let mut setup = setup(&db, &clock);
    told(&mut setup, "both");
    for _ in 0..2 {
        clock.advance(HOUR - MINUTE);
        assert_eq!(told(&mut setup, "both"), "hit Memory");
    }
    clock.advance(2 * MINUTE);
    assert_eq!(told(&mut setup, "both"), "miss Expired");
}

/// Two caches on one directory stand for two processes.
#[test]
fn a_use_elsewhere_counts() {
    let (db, clock) = (Database::<Db>::new(), ManualClock::new());
    let (mut here, mut there) = (setup(&db, &clock), setup(&db, &clock));
    for region in ["disk", "bare"] {
        told(&mut here, region);
        // Until it is written, an entry is found in the queue of its own process, with the uses there alone.
        here.cache.flush().unwrap();
        told(&mut there, region);
        for _ in 0..3 {
            clock.advance(HOUR - MINUTE);
            assert!(told(&mut there, region).starts_with("hit"), "{region}");
        }
        // Here it was not used for three hours.
        assert_eq!(told(&mut here, region), Db::SHARED_HIT, "{region}");
        clock.advance(HOUR);
        assert_eq!(told(&mut here, region), "miss Idle", "{region}");
    }
}

#[test]
fn uses_survive_a_restart() {
    let (db, clock) = (Database::<Db>::new(), ManualClock::new());
    let mut first = setup(&db, &clock);
    told(&mut first, "disk");
    clock.advance(HOUR - MINUTE);
    assert_eq!(told(&mut first, "disk"), "hit Memory");
    drop(first);
    clock.advance(HOUR - MINUTE);
    assert_eq!(told(&mut setup(&db, &clock), "disk"), Db::SHARED_HIT);
    clock.advance(HOUR);
    assert_eq!(told(&mut setup(&db, &clock), "disk"), "miss Idle");
}
