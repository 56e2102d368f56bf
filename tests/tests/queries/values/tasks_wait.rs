//! Tasks that wait for creators: of each other, of threads, and of other processes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use diesel_cache::{Error, RefusalReason, Region};
use diesel_cache_tests::regions;
use tokio::sync::{Notify, oneshot};
use tokio::task::spawn_blocking;

use super::world::{Counter, World, fine, patient, so, until};

/// Counts creators. The first one fails while all others wait for it. Each of these then creates the value itself, at
/// the same time as the others.
struct PileUp {
    region: Region,
    creations: Counter,
    together: Counter,
}

const WAITERS: usize = 7;

impl PileUp {
    async fn create(&self) -> Result<i32, Error> {
        if self.creations.add() == 1 {
            so("waiters", || self.region.stats().coalesced_waits() == WAITERS as u64).await;
            return Err(Error::Install);
        }
        // If they created one after the other, this count would never be reached.
        self.together.add();
        so("together", || self.together.get() == WAITERS).await;
        Err(Error::Install)
    }
}

#[tokio::test]
async fn when_a_leader_fails_each_waiter_has_a_turn_and_none_waits_for_the_others() {
    for batch in [false, true] {
        let world = World::with(patient);
        let region = world.region("patient");
        let pile = Arc::new(PileUp {
            region,
            creations: Counter::default(),
            together: Counter::default(),
        });
        let all: Vec<_> = (0..=WAITERS)
            .map(|_| {
                let pile = Arc::clone(&pile);
                tokio::spawn(async move {
                    let region = pile.region.clone();
                    match batch {
                        false => region.get_or_create_async("key", async || pile.create().await).await,
                        true => {
                            let create = async move |_: &[&str]| Ok(vec![pile.create().await?]);
                            region
                                .get_or_create_multi_async(["key"], create)
                                .await
                                .map(|all| all[0])
                        }
                    }
                })
            })
            .collect();
        for one in all {
            assert!(matches!(one.await.unwrap(), Err(Error::Install)));
        }
        assert_eq!(pile.creations.get(), 1 + WAITERS, "batch: {batch}");
    }
}

#[tokio::test]
async fn a_creator_that_panics_hands_over() {
    let world = World::with(patient);
    let region = world.region("patient");
    for batch in [false, true] {
        let key = format!("key {batch}");
        let waits = region.stats().coalesced_waits();
        let (begun, may_begin) = oneshot::channel();
        let (leading, name) = (region.clone(), key.clone());
        let leader = tokio::spawn(async move {
            let watched = leading.clone();
            let mut begun = Some(begun);
            let mut create = async move || -> Result<i32, Error> {
                begun.take().unwrap().send(()).unwrap();
                so("a waiter", || watched.stats().coalesced_waits() > waits).await;
                panic!("in the middle");
            };
            match batch {
                false => leading.get_or_create_async(name, create).await,
                true => {
                    let create = async move |_: &[&str]| create().await.map(|value| vec![value]);
                    leading
                        .get_or_create_multi_async([name], create)
                        .await
                        .map(|all| all[0])
                }
            }
        });
        may_begin.await.unwrap();
        let value = region.get_or_create_async(&key, async || fine(2_i32)).await;
        assert_eq!(value.unwrap(), 2);
        assert!(leader.await.unwrap_err().is_panic());
        assert_eq!(region.get_async(&key).await, Some(2_i32));
    }
}

/// A creator is at work while it is polled, and at no other time: others on its thread are not taken for it.
#[tokio::test(flavor = "current_thread")]
async fn who_asks_beside_a_creator_waits_for_it() {
    let world = World::with(patient);
    let region = world.region("patient");
    for batch in [false, true] {
        let key = if batch { "batch" } else { "one" };
        let waits = region.stats().coalesced_waits();
        let watched = region.clone();
        let create = async move || {
            so("a waiter", || watched.stats().coalesced_waits() == waits + 2).await;
            fine(1_i32)
        };
        let misses = region.stats().misses();
        let leader = tokio::spawn(region.get_or_create_async(key, create));
        so("begun", || region.stats().misses() > misses).await;
        let again = async || fine(2_i32);
        let others = match batch {
            false => {
                let (one, two) = tokio::join!(
                    region.get_or_create_async(key, again),
                    region.get_or_create_async(key, again)
                );
                [one.unwrap(), two.unwrap()]
            }
            true => {
                let again = async |_: &[&str]| fine(vec![2_i32]);
                let all = || region.get_or_create_multi_async([key], again);
                let (one, two) = tokio::join!(all(), all());
                [one.unwrap()[0], two.unwrap()[0]]
            }
        };
        assert_eq!((others, leader.await.unwrap().unwrap()), ([1, 1], 1));
    }
}

#[tokio::test]
async fn a_wait_is_bounded() {
    let directory = tempfile::TempDir::new().unwrap();
    let brief = |name| Region::disk(name).lock_timeout(Duration::from_millis(20));
    let open = || regions(directory.path()).region(brief("brief")).build().unwrap();
    let (cache, other) = (open(), open());
    let region = cache.region("brief").unwrap();
    let value = region.get_or_create_async("key", async || {
        // As long as this one runs: in this process, and as in another.
        for cache in [&cache, &other] {
            let region = cache.region("brief").unwrap();
            let late = tokio::spawn(async move {
                let one = region.get_or_create_async("key", async || fine(2_i32)).await.unwrap();
                region.delete_async("key").await;
                let all = region.get_or_create_multi_async(["key"], async |_: &[&str]| fine(vec![3_i32]));
                let all = all.await.unwrap();
                region.delete_async("key").await;
                (one, all)
            });
            assert_eq!(late.await.unwrap(), (2, vec![3]));
        }
        fine(1_i32)
    });
    assert_eq!(value.await.unwrap(), 1);
    assert_eq!(region.get::<i32>("key"), None, "it was deleted meanwhile");
}

/// What the leader made before a write is not for those who ask after it.
#[tokio::test]
async fn a_waiter_s_value_is_no_older_than_its_request() {
    for batch in [false, true] {
        let world = World::with(patient);
        let values = world.region("patient").depends_on(["person"]);
        let (begun, may_begin) = oneshot::channel();
        let go_on = Arc::new(Notify::new());
        let (leading, gate) = (values.clone(), Arc::clone(&go_on));
        let leader = tokio::spawn(leading.get_or_create_async("key", async move || {
            begun.send(()).unwrap();
            gate.notified().await;
            fine(1_i32)
        }));
        may_begin.await.unwrap();
        world.cache.invalidate_tables(["person"]);
        let (waiting, region) = (values.clone(), world.region("patient"));
        let waiter = tokio::spawn(async move {
            match batch {
                false => waiting.get_or_create_async("key", async || fine(2_i32)).await,
                true => {
                    let all = waiting.get_or_create_multi_async(["key"], async |_: &[&str]| fine(vec![2_i32]));
                    all.await.map(|all| all[0])
                }
            }
        });
        so("wait", || region.stats().coalesced_waits() == 1).await;
        go_on.notify_one();
        assert_eq!(leader.await.unwrap().unwrap(), 1, "its own");
        assert_eq!(waiter.await.unwrap().unwrap(), 2, "batch: {batch}");
        assert_eq!(values.get_async("key").await, Some(2_i32), "batch: {batch}");
        assert_eq!(region.stats().refusals_by(RefusalReason::Invalidated), 1);
    }
}

#[tokio::test]
async fn a_batch_creates_what_is_free_before_it_waits() {
    let world = World::with(patient);
    let region = world.region("patient");
    let (leading, leads) = oneshot::channel();
    let (created, is_created) = oneshot::channel();
    let watched = region.clone();
    let leader = tokio::spawn(region.get_or_create_async("b", async move || {
        leading.send(()).unwrap();
        // Not before the other batch has created the rest: it holds nothing while it waits.
        is_created.await.unwrap();
        so("wait", || watched.stats().coalesced_waits() == 1).await;
        assert_eq!(watched.get_multi_async(["a", "c"]).await, [Some(1_i32), Some(1)]);
        fine(2_i32)
    }));
    leads.await.unwrap();
    let mut created = Some(created);
    let values = region.get_or_create_multi_async(["a", "b", "c"], async |missing: &[&str]| {
        assert_eq!(missing, ["a", "c"]);
        created.take().unwrap().send(()).unwrap();
        fine(vec![1_i32; 2])
    });
    assert_eq!(values.await.unwrap(), [1, 2, 1]);
    assert_eq!(leader.await.unwrap().unwrap(), 2);
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

/// Of threads and of tasks, in one cache and in two on a directory.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn batches_that_overlap_create_each_key_once() {
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
        let log = Arc::new(Log::default());
        let mut all = Vec::new();
        for caller in 0..12 {
            let (log, cache) = (Arc::clone(&log), caches[caller % caches.len()].clone());
            // Every batch begins elsewhere; every second one goes the other way.
            let mut keys: Vec<String> = (0..KEYS)
                .map(|key| format!("{:02}", (key + 3 * caller) % KEYS))
                .collect();
            keys.truncate(KEYS * 2 / 3);
            if caller / 2 % 2 == 1 {
                keys.reverse();
            }
            let region = cache.region(name).unwrap();
            if caller % 3 == 0 {
                all.push(spawn_blocking(move || {
                    let create = |missing: &[&str]| fine(log.create(missing));
                    let values = region.get_or_create_multi(&keys, create).unwrap();
                    (keys, values)
                }));
            } else {
                all.push(tokio::spawn(async move {
                    let create = async move |missing: &[&str]| {
                        tokio::task::yield_now().await;
                        fine(log.create(missing))
                    };
                    let values = region.get_or_create_multi_async(&keys, create).await.unwrap();
                    (keys, values)
                }));
            }
        }
        for one in all {
            let (keys, values) = one.await.unwrap();
            assert!(
                values
                    .iter()
                    .zip(&keys)
                    .all(|(value, key)| *value == format!("value of {key}"))
            );
        }
        let log = log.0.lock().unwrap();
        assert_eq!(log.len(), KEYS, "{name}");
        assert!(log.values().all(|count| *count == 1), "{name}: {log:?}");
    }
}

/// A thread waits for the creator of a task, and a task for that of a thread.
#[tokio::test]
async fn threads_and_tasks_wait_for_each_other() {
    let world = World::with(patient);
    let region = world.region("patient");
    let watched = region.clone();
    let task = tokio::spawn(region.get_or_create_async("task", async move || {
        so("a waiter", || watched.stats().coalesced_waits() == 1).await;
        fine(1_i32)
    }));
    let asked = region.clone();
    so("begun", || region.stats().misses() == 1).await;
    let waiter = thread::spawn(move || asked.get_or_create("task", || fine(2_i32)).unwrap());
    assert_eq!(task.await.unwrap().unwrap(), 1);
    assert_eq!(waiter.join().unwrap(), 1);

    let leading = region.clone();
    let leader = thread::spawn(move || {
        leading.get_or_create("thread", || {
            until("a waiter", || leading.stats().coalesced_waits() == 2);
            fine(1_i32)
        })
    });
    so("begun", || region.stats().misses() == 3).await;
    let value = region.get_or_create_async("thread", async || fine(2_i32)).await;
    assert_eq!(value.unwrap(), 1);
    assert_eq!(leader.join().unwrap().unwrap(), 1);
}
