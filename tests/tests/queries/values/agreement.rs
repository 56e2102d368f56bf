//! Once a value is set, deleted or created, every cache on the directory agrees on it.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use diesel_cache::{Cache, Error, Event, Region};
use diesel_cache_tests::regions;

use super::world::{World, fine, until};

fn region(cache: &Cache, name: &str) -> Region {
    cache.region(name).unwrap()
}

#[test]
fn a_value_that_is_set_replaces_what_other_memories_hold() {
    let world = World::new();
    for name in ["default", "files"] {
        let (here, there) = (world.region(name), region(&world.other(), name));
        for round in 0..10_i32 {
            let (writer, reader) = if round % 2 == 0 {
                (&here, &there)
            } else {
                (&there, &here)
            };
            writer.set("key", &round);
            assert_eq!(reader.get("key"), Some(round), "{name}");
            assert_eq!(writer.get("key"), Some(round), "{name}");
        }
        here.delete("key");
        assert_eq!(there.get::<i32>("key"), None, "{name}");
    }
}

/// What is done while a creation is on its way; what everybody gets afterwards.
#[test]
fn a_creation_on_its_way_does_not_undo_what_comes_after_it() {
    type Act = fn(&Region);
    let acts: [(&str, Act, Option<i32>); 6] = [
        ("set", |region| region.set("key", &2_i32), Some(2)),
        (
            "set_multi",
            |region| region.set_multi([("other", &1_i32), ("key", &2)]),
            Some(2),
        ),
        ("prepare", |region| region.prepare("key").set(&2_i32), Some(2)),
        ("delete", |region| assert!(!region.delete("key")), None),
        ("invalidate", |region| region.invalidate(), None),
        (
            "refresh",
            |region| drop(region.refresh().get_or_create("key", || fine(2_i32))),
            Some(2),
        ),
    ];
    for (what, act, left) in acts {
        for name in ["default", "files"] {
            for elsewhere in [false, true] {
                for batch in [false, true] {
                    let world = World::new();
                    let other = if elsewhere { world.other() } else { world.cache.clone() };
                    let here = world.region(name);
                    let create = || {
                        thread::scope(|scope| scope.spawn(|| act(&region(&other, name))).join().unwrap());
                        1_i32
                    };
                    let created = match batch {
                        false => here.get_or_create("key", || fine(create())).unwrap(),
                        true => here.get_or_create_multi(["key"], |_| fine(vec![create()])).unwrap()[0],
                    };
                    assert_eq!(created, 1, "its own");
                    for cache in [&world.cache, &other, &world.other()] {
                        assert_eq!(
                            region(cache, name).get("key"),
                            left,
                            "{what}, {name}, {elsewhere}, {batch}"
                        );
                    }
                }
            }
        }
    }
}

/// Nobody waits, or not for long enough: each of two processes creates a value of its own. One of them stands, in both memories.
#[test]
fn of_two_creations_at_one_time_one_stands() {
    for (wait, batch) in [(0, false), (0, true), (20, false), (20, true)] {
        let directory = tempfile::TempDir::new().unwrap();
        let hasty = || Region::disk("hasty").lock_timeout(Duration::from_millis(wait));
        let open = || regions(directory.path()).region(hasty()).build().unwrap();
        let caches = [open(), open()];
        let [here, there] = caches.each_ref().map(|cache| region(cache, "hasty"));
        let within = |value: i32| {
            assert_eq!(there.get_or_create("key", || fine(2_i32)).unwrap(), 2);
            value
        };
        let created = match batch {
            false => here.get_or_create("key", || fine(within(1))).unwrap(),
            true => here.get_or_create_multi(["key"], |_| fine(vec![within(1)])).unwrap()[0],
        };
        assert_eq!(created, 1);
        assert_eq!(there.get("key"), Some(2_i32));
        assert_eq!(here.get("key"), Some(2_i32), "its own came second");
        assert!(here.delete("key"));
    }
}

#[test]
fn of_values_set_at_one_time_one_stands() {
    let world = World::new();
    let caches: Vec<Cache> = (0..3).map(|_| world.other()).collect();
    let start = Barrier::new(caches.len());
    for round in 0..300_usize {
        let key = format!("key {}", round % 3);
        thread::scope(|scope| {
            for (number, cache) in caches.iter().enumerate() {
                let (start, key) = (&start, &key);
                scope.spawn(move || {
                    start.wait();
                    region(cache, "default").set(key, &(round, number));
                });
            }
        });
        let held: Vec<Option<(usize, usize)>> = caches.iter().map(|cache| region(cache, "default").get(&key)).collect();
        let values: Vec<_> = held.iter().flatten().collect();
        assert!(values.windows(2).all(|two| two[0] == two[1]), "round {round}: {held:?}");
        assert!(values.iter().all(|(of, _)| *of == round), "an older one: {held:?}");
    }
}

/// The same, step by step: the second value of a batch is set by another process after the batch has moved its mark, and before it is stored.
#[test]
fn a_value_set_in_the_middle_of_a_batch_stands() {
    let directory = tempfile::TempDir::new().unwrap();
    let other = regions(directory.path()).build().unwrap();
    let there = region(&other, "default");
    let within = there.clone();
    let first = AtomicBool::new(true);
    let listener = move |event: &Event| {
        if matches!(event, Event::Stored { .. }) && first.swap(false, SeqCst) {
            within.set("b", &2_i32);
        }
    };
    let cache = regions(directory.path()).listener(listener).build().unwrap();
    let here = region(&cache, "default");
    here.set_multi([("a", &1_i32), ("b", &1)]);
    assert_eq!(there.get_multi(["a", "b"]), [Some(1_i32), Some(2)]);
    assert_eq!(here.get_multi(["a", "b"]), [Some(1_i32), Some(2)]);
}

#[test]
fn prepared_values_give_way_to_what_others_set_or_delete() {
    let world = World::new();
    let (here, there) = (world.region("default"), region(&world.other(), "default"));
    let place = here.prepare("key");
    there.set("key", &2_i32);
    place.set(&1_i32);
    assert_eq!((here.get("key"), there.get("key")), (Some(2_i32), Some(2_i32)));

    let place = here.prepare("key");
    there.delete("key");
    place.set(&1_i32);
    assert_eq!((here.get::<i32>("key"), there.get::<i32>("key")), (None, None));

    // What was created meanwhile is not newer.
    let place = here.prepare("key");
    assert_eq!(there.get_or_create("key", || fine(2_i32)).unwrap(), 2);
    place.set(&1_i32);
    assert_eq!((here.get("key"), there.get("key")), (Some(1_i32), Some(1_i32)));

    drop(here.prepare("key"));
    assert_eq!(there.get("key"), Some(1_i32), "nothing was set");
}

/// A batch tries for a key that another process has, and gives up its turn: who waited for it in its process waits on.
#[test]
fn waiters_of_a_turn_that_was_given_up_do_not_create() {
    let world = World::with(super::world::patient);
    let other = super::world::patient(regions(&world.directory.path().join("cache")))
        .build()
        .unwrap();
    let (there, here) = (region(&other, "patient"), world.region("patient"));
    for round in 0..20 {
        let key = format!("key {round}");
        let (creating, begun) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let waits = here.stats().misses();
        thread::scope(|scope| {
            let (there, here, key) = (&there, &here, &key);
            scope.spawn(move || {
                there.get_or_create(key, || {
                    creating.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    fine(1_i32)
                })
            });
            begun.recv().unwrap();
            for number in 0..4 {
                scope.spawn(move || {
                    let never = || -> Result<i32, Error> { panic!("another process is creating it") };
                    let value = match number % 2 {
                        0 => here
                            .get_or_create_multi([key], |_| Ok::<_, Error>(vec![never()?]))
                            .unwrap()[0],
                        _ => here.get_or_create(key, never).unwrap(),
                    };
                    assert_eq!(value, 1);
                });
            }
            until("all have missed it", || here.stats().misses() == waits + 4);
            go_on.send(()).unwrap();
        });
    }
}
