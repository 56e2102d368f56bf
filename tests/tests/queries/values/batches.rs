//! `get_or_create_multi`: the keys that the creator receives, the values that it returns, and overlapping batches.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;

use diesel_cache::{Error, Event};
use diesel_cache_tests::regions;
use tempfile::TempDir;

use super::world::{KEEPING, World, fine, patient, until};

#[test]
fn the_creator_gets_each_missing_key_once_in_order() {
    let world = World::new();
    for name in KEEPING {
        let region = world.region(name);
        region.set("b", &20_i32);
        let mut calls = Vec::new();
        let values = region.get_or_create_multi(["d", "b", "a", "d", "c", "a"], |missing| {
            calls.push(missing.join(" "));
            fine(missing.iter().map(|key| i32::from(key.as_bytes()[0])).collect())
        });
        assert_eq!(values.unwrap(), [100, 20, 97, 100, 99, 97], "{name}");
        assert_eq!(calls, ["d a c"], "{name}");
        let none = |_: &[&str]| -> Result<Vec<i32>, Error> { panic!("nothing is missing") };
        assert_eq!(
            region.get_or_create_multi(["c", "d"], none).unwrap(),
            [99, 100],
            "{name}"
        );
        assert!(region.get_or_create_multi([""; 0], none).unwrap().is_empty(), "{name}");
    }
}

#[test]
fn another_number_of_values_is_an_error_that_says_so() {
    let world = World::new();
    let region = world.region("hot");
    for count in [0, 1, 3] {
        let outcome = region.get_or_create_multi(["a", "b"], |_| fine(vec![1_i32; count]));
        let Err(error @ Error::ValueCount { asked: 2, .. }) = outcome else {
            panic!("{outcome:?}")
        };
        assert!(
            error
                .to_string()
                .contains(&format!("asked for 2 values and returned {count}")),
            "{error}"
        );
    }
    assert_eq!(region.get_multi::<i32>(["a", "b"]), [None; 2]);
}

/// Counts the creations of each key.
#[derive(Default)]
struct Log(Mutex<HashMap<String, usize>>);

impl Log {
    fn create(&self, keys: &[&str]) -> Vec<String> {
        let mut log = self.0.lock().unwrap();
        for key in keys {
            *log.entry((*key).to_owned()).or_default() += 1;
        }
        keys.iter().map(|key| format!("value of {key}")).collect()
    }
}

/// Each batch takes the lead of its first key, and only then asks for its second one, which the other leads: whoever
/// waited now would wait for ever.
#[test]
fn two_batches_that_want_each_other_s_keys_create_each_once() {
    thread_local! {
        static MISSES: Cell<usize> = const { Cell::new(0) };
    }
    for one_cache in [true, false] {
        let both = Arc::new(Barrier::new(2));
        let directory = TempDir::new().unwrap();
        let open = || {
            let both = Arc::clone(&both);
            let listener = move |event: &Event| {
                // The second miss of a batch: told before its lead is sought.
                if matches!(event, Event::Miss { .. }) && MISSES.replace(MISSES.get() + 1) == 1 {
                    both.wait();
                }
            };
            patient(regions(directory.path())).listener(listener).build().unwrap()
        };
        let first = open();
        let second = if one_cache { first.clone() } else { open() };
        let log = Log::default();
        thread::scope(|scope| {
            for (cache, keys) in [(&first, ["a", "z"]), (&second, ["z", "a"])] {
                let log = &log;
                scope.spawn(move || {
                    let region = cache.region("patient").unwrap();
                    let values = region.get_or_create_multi(keys, |missing| {
                        assert_eq!(missing, &keys[..1], "the other one is not its to create");
                        fine(log.create(missing))
                    });
                    assert_eq!(values.unwrap(), keys.map(|key| format!("value of {key}")));
                });
            }
        });
        let log = log.0.into_inner().unwrap();
        assert_eq!((log["a"], log["z"]), (1, 1), "one cache: {one_cache}");
    }
}

#[test]
fn a_batch_creates_what_is_free_before_it_waits() {
    let world = World::with(patient);
    let region = world.region("patient");
    let (created, is_created) = mpsc::channel();
    thread::scope(|scope| {
        let (leading, leads) = mpsc::channel();
        let region = &region;
        scope.spawn(move || {
            region.get_or_create("b", || {
                leading.send(()).unwrap();
                // Not before the other batch has created the rest: it holds nothing while it waits.
                is_created.recv().unwrap();
                until("wait", || region.stats().coalesced_waits() == 1);
                assert_eq!(region.get_multi(["a", "c"]), [Some(1_i32), Some(1)]);
                fine(2_i32)
            })
        });
        leads.recv().unwrap();
        let values = region.get_or_create_multi(["a", "b", "c"], |missing| {
            assert_eq!(missing, ["a", "c"]);
            created.send(()).unwrap();
            fine(vec![1_i32; 2])
        });
        assert_eq!(values.unwrap(), [1, 2, 1]);
    });
}

#[test]
fn many_batches_that_overlap_create_each_key_once() {
    const KEYS: usize = 24;
    for name in ["patient", "hot"] {
        let world = World::with(patient);
        let others = [0, 1].map(|_| patient(regions(&world.directory.path().join("cache"))).build().unwrap());
        // Memory is not shared.
        let caches = if name == "hot" {
            vec![world.cache.clone()]
        } else {
            others.to_vec()
        };
        let (log, start) = (Log::default(), Barrier::new(8));
        thread::scope(|scope| {
            for thread in 0..8 {
                let (log, start, cache) = (&log, &start, &caches[thread % caches.len()]);
                scope.spawn(move || {
                    // Every batch begins elsewhere; every second one goes the other way.
                    let mut keys: Vec<String> = (0..KEYS)
                        .map(|key| format!("{:02}", (key + 3 * thread) % KEYS))
                        .collect();
                    keys.truncate(KEYS * 2 / 3);
                    if thread % 2 == 1 {
                        keys.reverse();
                    }
                    start.wait();
                    let region = cache.region(name).unwrap();
                    for part in [&keys[..5], &keys[..]] {
                        let values = region
                            .get_or_create_multi(part, |missing| fine(log.create(missing)))
                            .unwrap();
                        assert!(
                            values
                                .iter()
                                .zip(part)
                                .all(|(value, key)| *value == format!("value of {key}"))
                        );
                    }
                });
            }
        });
        let log = log.0.into_inner().unwrap();
        assert_eq!(log.len(), KEYS, "{name}");
        assert!(log.values().all(|count| *count == 1), "{name}: {log:?}");
    }
}
