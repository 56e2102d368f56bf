//! `jitter`: entries that were stored together do not expire together.

use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, ManualClock, Person, Setup, person};

use super::Db;

const HOUR: Duration = Duration::from_secs(3600);

/// Returns how many of 50 entries that were stored at one time still serve after `age`.
fn left(jitter: f64, age: Duration) -> usize {
    let (db, clock) = (Database::<Db>::new(), ManualClock::new());
    let mut setup = Setup::<Db>::with(&db, |builder| {
        builder
            .region(Region::memory("jittered").time_to_live(HOUR).jitter(jitter))
            .clock(clock.clone())
    });
    let mut load = |id: i32| {
        setup.statements.take();
        let conn: &mut <Db as Backend>::Conn = &mut setup.conn;
        person::table.find(id).cached("jittered").load::<Person>(conn).unwrap();
        setup.statements.selects()
    };
    assert_eq!((1..=50).map(&mut load).sum::<usize>(), 50);
    clock.advance(age);
    50 - (1..=50).map(load).sum::<usize>()
}

#[test]
fn entries_expire_over_the_share_that_was_given() {
    assert_eq!(left(0.5, HOUR / 2), 50, "none before half its time");
    let half = left(0.5, HOUR * 3 / 4);
    assert!((10..=40).contains(&half), "{half} of 50 after three quarters");
    assert_eq!(left(0.5, HOUR), 0, "none after the whole of it");
}

#[test]
fn without_jitter_all_expire_at_once_and_absurd_shares_are_tamed() {
    let almost = HOUR - Duration::from_millis(1);
    assert_eq!((left(0.0, almost), left(0.0, HOUR)), (50, 0));
    assert_eq!(left(f64::NAN, almost), 50);
    assert_eq!(left(-3.0, almost), 50);
    assert_eq!(left(7.0, HOUR), 0);
}
