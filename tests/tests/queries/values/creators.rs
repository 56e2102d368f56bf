//! Creators that fail, panic, or request values themselves.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;

use diesel_cache::{Error, Region};
use diesel_cache_tests::regions;

use super::world::{Counter, KEEPING, World, fine, patient, until};

const WAITERS: usize = 7;

/// Lets the leader fail while all others wait for it. Each of these then creates the value itself, at the same time as
/// the others. Returns the number of creations.
fn pile_up(
    world: &World,
    ask: impl Fn(&Region, &dyn Fn(usize) -> Result<i32, Error>) -> Result<Vec<i32>, Error> + Sync,
) -> usize {
    let region = world.region("patient");
    let (creations, together) = (Counter::default(), Counter::default());
    let create = |_: usize| {
        if creations.add() == 1 {
            until("waiters", || region.stats().coalesced_waits() == WAITERS as u64);
            return Err(Error::Install);
        }
        // If they created one after the other, this count would never be reached.
        together.add();
        until("together", || together.get() == WAITERS);
        Err(Error::Install)
    };
    thread::scope(|scope| {
        let all: Vec<_> = (0..=WAITERS).map(|_| scope.spawn(|| ask(&region, &create))).collect();
        for one in all {
            assert!(matches!(one.join().unwrap(), Err(Error::Install)));
        }
    });
    creations.get()
}

#[test]
fn when_a_leader_fails_each_waiter_has_a_turn_and_none_waits_for_the_others() {
    let world = World::with(patient);
    let one = pile_up(&world, |region, create| {
        Ok(vec![region.get_or_create("key", || create(1))?])
    });
    assert_eq!(one, 1 + WAITERS);
    let world = World::with(patient);
    let batch = pile_up(&world, |region, create| {
        region.get_or_create_multi(["key"], |missing| Ok(vec![create(missing.len())?; missing.len()]))
    });
    assert_eq!(batch, 1 + WAITERS);
}

#[test]
fn a_creator_that_panics_hands_over() {
    let world = World::with(patient);
    let region = world.region("patient");
    for (batch, rounds) in [(false, 1), (true, 2)] {
        let key = format!("key {batch}");
        let waits = region.stats().coalesced_waits();
        thread::scope(|scope| {
            let (begun, may_begin) = mpsc::channel();
            let (region, key) = (&region, &key);
            let leader = scope.spawn(move || {
                let create = || -> Result<i32, Error> {
                    begun.send(()).unwrap();
                    until("a waiter", || region.stats().coalesced_waits() > waits);
                    panic!("in the middle");
                };
                match batch {
                    false => region.get_or_create(key, create),
                    true => region
                        .get_or_create_multi([key], |_| create().map(|value| vec![value]))
                        .map(|all| all[0]),
                }
            });
            may_begin.recv().unwrap();
            assert_eq!(region.get_or_create(key, || fine(rounds)).unwrap(), rounds);
            assert!(leader.join().is_err());
        });
        assert_eq!(region.get(&key), Some(rounds));
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            region.get_or_create("other", || -> Result<i32, Error> { panic!() })
        }));
        assert!(outcome.is_err());
        assert_eq!(
            region.get_or_create("other", || fine(3_i32)).unwrap(),
            3,
            "nothing is left of it"
        );
        region.delete("other");
    }
}

#[test]
fn a_creator_may_ask_for_other_keys() {
    let world = World::new();
    for name in KEEPING {
        let region = world.region(name);
        let other = world.region("hot");
        let value = region.get_or_create("a", || {
            let below = region.get_or_create("b", || {
                let both = region.get_or_create_multi(["c", "d"], |missing| {
                    assert_eq!(missing, ["c", "d"]);
                    // The same key of another region, or of a cache elsewhere, is another value.
                    let one = other.get_or_create("a!", || fine(1_i32))?;
                    let elsewhere = World::new();
                    let two = elsewhere.region(name).get_or_create("a", || fine(2_i32))?;
                    fine(vec![one, two])
                })?;
                fine(both.iter().sum::<i32>())
            })?;
            fine(below + 1)
        });
        assert_eq!(value.unwrap(), 4, "{name}");
        assert_eq!(region.get_multi(["a", "b", "c", "d"]), [4, 3, 1, 2].map(Some), "{name}");
        world.region("hot").delete("a!");
    }
}

/// Asserts that a creator is refused the key that it creates itself.
fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>, asked: &str) {
    match outcome {
        Err(Error::AsksForItself { key }) => assert_eq!(key, asked),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_creator_that_asks_for_itself_is_told_so() {
    let world = World::with(patient);
    for name in ["patient", "default", "files", "hot"] {
        let region = world.region(name);
        let itself = || region.get_or_create("a", || fine(1_i32));
        let among = || region.get_or_create_multi(["b", "a"], |missing| fine(vec![1_i32; missing.len()]));
        refused(region.get_or_create("a", itself), "a");
        refused(
            region.get_or_create("a", || region.refresh().get_or_create("a", || fine(1_i32))),
            "a",
        );
        refused(region.get_or_create("a", || among().map(|all| all[0])), "a");
        refused(
            region.get_or_create("a", || region.get_or_create("b", || region.get_or_create("c", itself))),
            "a",
        );
        refused(
            region.get_or_create_multi(["c", "a"], |_| itself().map(|one| vec![one; 2])),
            "a",
        );
        refused(region.get_or_create_multi(["c", "a"], |_| among()), "a");
        assert_eq!(
            region.get_multi::<i32>(["a", "b", "c"]),
            [None; 3],
            "{name}: nothing of it is stored"
        );
        let handled = region.get_or_create("a", || fine(itself().unwrap_or(5)));
        assert_eq!(handled.unwrap(), 5, "{name}");
        assert_eq!(
            region.get_or_create("b", itself).unwrap(),
            5,
            "{name}: it is not its own key"
        );
        region.clear();
    }
    let text = Error::AsksForItself { key: "total".into() }.to_string();
    assert!(
        text.starts_with("the creator of `total` requests `total` itself"),
        "{text}"
    );
}

#[test]
fn a_creator_may_look_at_its_own_key_and_change_it() {
    let world = World::new();
    for name in KEEPING {
        let region = world.region(name);
        let value = region.get_or_create("a", || {
            assert_eq!(region.get::<i32>("a"), None);
            region.set("a", &1_i32);
            fine(2_i32)
        });
        assert_eq!(value.unwrap(), 2, "{name}");
        assert_eq!(
            region.get("a"),
            Some(1_i32),
            "{name}: it was set after the creation had begun"
        );
    }
}

#[test]
fn an_error_is_the_caller_s_and_nothing_is_stored() {
    let world = World::new();
    for name in KEEPING {
        let region = world.region(name);
        let failed: Result<i32, Box<dyn std::error::Error>> =
            region.get_or_create("key", || Err("no such thing".into()));
        assert_eq!(failed.unwrap_err().to_string(), "no such thing", "{name}");
        let failed = region.get_or_create("key", || Err::<i32, _>(diesel::result::Error::NotFound));
        assert_eq!(failed, Err(diesel::result::Error::NotFound), "{name}");
        assert_eq!(region.get::<i32>("key"), None, "{name}");
    }
}

#[test]
fn a_wait_is_bounded() {
    let directory = tempfile::TempDir::new().unwrap();
    let brief = |name| Region::disk(name).lock_timeout(std::time::Duration::from_millis(20));
    let open = || regions(directory.path()).region(brief("brief")).build().unwrap();
    let (cache, other) = (open(), open());
    let region = cache.region("brief").unwrap();
    let value = region.get_or_create("key", || {
        // As long as this one runs: in this process, and as in another.
        for cache in [&cache, &other] {
            thread::scope(|scope| {
                let late = scope.spawn(|| {
                    let region = cache.region("brief").unwrap();
                    let one = region.get_or_create("key", || fine(2_i32)).unwrap();
                    region.delete("key");
                    let all = region.get_or_create_multi(["key"], |_| fine(vec![3_i32])).unwrap();
                    region.delete("key");
                    (one, all)
                });
                assert_eq!(late.join().unwrap(), (2, vec![3]));
            });
        }
        fine(1_i32)
    });
    assert_eq!(value.unwrap(), 1);
    assert_eq!(region.get::<i32>("key"), None, "it was deleted meanwhile");
}
