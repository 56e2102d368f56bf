//! A clock that is set back or forward.

use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Events, ManualClock, person};

use super::tools::{cache, connect, load};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn set_back_by_an_hour_entries_miss_once_and_writes_are_seen_all_the_same() {
    let directory = tempfile::TempDir::new().unwrap();
    let (events, clock) = (Events::new(), ManualClock::new());
    let cache = cache(directory.path(), &events, |builder| {
        let timed = Region::disk("timed")
            .time_to_live(HOUR)
            .time_to_idle(HOUR / 2)
            .stale_while_revalidate(HOUR)
            .stale_if_error(HOUR);
        builder.clock(clock.clone()).region(timed)
    });
    let mut conn = connect();
    cache.attach(&mut conn);
    for region in ["default", "files", "timed"] {
        load(&mut conn, region);
        clock.rewind(HOUR);
        events.take();
        load(&mut conn, region);
        assert_eq!(
            events.words(),
            ["miss Expired", "stored", "miss Expired", "stored"],
            "{region}"
        );
        load(&mut conn, region);
        assert!(events.words().iter().all(|word| word.starts_with("hit")), "{region}");
        // Generations know no time.
        let renamed = |name| diesel::update(person::table.find(7)).set(person::name.eq(name));
        renamed("new").execute(&mut conn).unwrap();
        let name = person::table
            .find(7)
            .select(person::name)
            .cached(region)
            .first::<String>(&mut conn);
        assert_eq!(name.as_deref(), Ok("new"), "{region}");
        renamed("person 07").execute(&mut conn).unwrap();
        clock.advance(2 * HOUR);
    }
}
