//! How long values are served.

use std::time::Duration;

use diesel_cache::{Error, Region};
use diesel_cache_tests::ManualClock;

use super::world::{World, fine};

const MINUTE: Duration = Duration::from_secs(60);

fn world() -> (World, ManualClock) {
    let clock = ManualClock::new();
    let world = World::with(|builder| {
        builder
            .clock(clock.clone())
            .region(Region::disk("minute").time_to_live(MINUTE))
            .region(
                Region::disk("lenient")
                    .time_to_live(MINUTE)
                    .stale_while_revalidate(MINUTE)
                    .stale_if_error(10 * MINUTE),
            )
    });
    (world, clock)
}

#[test]
fn a_region_s_time_to_live_and_a_value_s_own() {
    let (world, clock) = world();
    let region = world.region("minute");
    region.set("key", &1_i32);
    let brief = region.time_to_live(MINUTE / 60);
    brief.set("brief", &2_i32);
    clock.advance(MINUTE / 60);
    assert_eq!(region.get("key"), Some(1_i32));
    assert_eq!(brief.get::<i32>("key"), None, "too old for these terms");
    assert_eq!(region.get::<i32>("brief"), None);
    assert_eq!(region.ignore_expiration().get("brief"), Some(2_i32));
    assert!(!region.lookup::<i32>("brief").unwrap().is_fresh());
    clock.advance(MINUTE);
    assert_eq!(region.get::<i32>("key"), None);
    assert_eq!(region.get_or_create("key", || fine(3_i32)).unwrap(), 3);
    assert_eq!(
        region.get_or_create_multi(["brief"], |_| fine(vec![4_i32])).unwrap(),
        [4]
    );
    assert_eq!(region.get_multi(["key", "brief"]), [Some(3_i32), Some(4)]);
}

#[test]
fn a_refresh_replaces_what_is_there() {
    let (world, _) = world();
    let region = world.region("default");
    let other = world.other().region("default").unwrap();
    region.set_multi([("a", &1_i32), ("b", &1)]);
    assert_eq!(other.get_multi(["a", "b"]), [Some(1_i32); 2]);
    assert_eq!(region.refresh().get("a"), Some(1_i32), "which is for creators");
    assert_eq!(region.refresh().get_or_create("a", || fine(2_i32)).unwrap(), 2);
    assert_eq!(
        region
            .refresh()
            .get_or_create_multi(["b"], |_| fine(vec![2_i32]))
            .unwrap(),
        [2]
    );
    for region in [&region, &other] {
        assert_eq!(region.get_multi(["a", "b"]), [Some(2_i32); 2]);
    }
}

#[test]
fn stale_values_serve_in_the_place_of_an_error() {
    let (world, clock) = world();
    let region = world.region("lenient");
    let failing = || Err::<i32, _>(Error::Install);
    region.set_multi([("a", &1_i32), ("b", &2)]);
    clock.advance(3 * MINUTE);
    assert_eq!(region.get_or_create("a", failing).unwrap(), 1);
    let both = region.get_or_create_multi(["a", "b"], |_| Err::<Vec<i32>, _>(Error::Install));
    assert_eq!(both.unwrap(), [1, 2]);
    assert!(
        region
            .get_or_create_multi(["a", "c"], |_| Err::<Vec<i32>, _>(Error::Install))
            .is_err()
    );
    assert_eq!(region.stats().stale_hits(), 4);
    clock.advance(8 * MINUTE);
    assert!(region.get_or_create("a", failing).is_err());
}

#[test]
fn stale_values_serve_while_one_creates() {
    let (world, clock) = world();
    let region = world.region("lenient");
    region.set("key", &1_i32);
    clock.advance(MINUTE + MINUTE / 2);
    assert_eq!(region.get("key"), Some(1_i32));
    let within = |what: i32| {
        let others = std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                let one = region.get_or_create("key", || fine(9_i32)).unwrap();
                let many = region.get_or_create_multi(["key"], |_| fine(vec![9_i32])).unwrap();
                (one, many)
            });
            other.join().unwrap()
        });
        assert_eq!(others, (1, vec![1]));
        fine(what)
    };
    assert_eq!(region.get_or_create("key", || within(2)).unwrap(), 2);
    assert_eq!(region.get("key"), Some(2_i32));
    clock.advance(MINUTE + MINUTE / 2);
    region.set("key", &1_i32);
    region.invalidate_soft();
    assert_eq!(
        region.get_or_create("key", || within(3)).unwrap(),
        3,
        "after a soft invalidation"
    );
}
