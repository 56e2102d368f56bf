//! Values in tasks: the effects of a dropped future, and the work that a runtime's thread does not do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use diesel_cache::prelude::*;
use diesel_cache::{CacheBuilder, Error};
use diesel_cache_tests::{Database, Sqlite};
use tokio::sync::Notify;
use tokio::task::yield_now;

use crate::flights::{cut, until};
use crate::ticker::Ticker;
use crate::witness::{self, Witness};
use crate::world::World;

fn patient(builder: CacheBuilder) -> CacheBuilder {
    builder.region(Region::disk("patient").lock_timeout(Duration::from_secs(3600)))
}

fn fine<T>(value: T) -> Result<T, Error> {
    Ok(value)
}

/// Two caches on one directory exclude each other as two processes do.
struct Worlds {
    _db: Database<Sqlite>,
    world: World,
    others: World,
}

impl Worlds {
    fn new() -> Self {
        let db = Database::<Sqlite>::new();
        let (world, others) = (World::with(&db, patient), World::with(&db, patient));
        Self { _db: db, world, others }
    }

    /// Returns the same region in both caches.
    fn both(&self) -> [Region; 2] {
        [&self.world, &self.others].map(|world| world.cache.region("patient").unwrap())
    }
}

/// Awaits a future. Panics after two minutes, when a dropped future must have left a lock or a leader.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    let in_time = tokio::time::timeout(Duration::from_secs(120), what).await;
    in_time.expect("a lock, or a leader, was left")
}

/// Asserts that nobody is kept waiting after a call was dropped, and that no entry is broken: each value comes from the
/// dropped call, or from a later one.
async fn goes_on(regions: &[Region; 2], polls: usize) {
    let [here, there] = regions;
    for (region, value) in [(there, -1), (here, -2)] {
        let found = soon(region.get_or_create_async("key", async || fine(value))).await;
        let create = async |missing: &[&str]| fine(vec![value; missing.len()]);
        let both = soon(region.get_or_create_multi_async(["key", "other"], create)).await;
        for value in [found.unwrap()].into_iter().chain(both.unwrap()) {
            assert!([1, -1, -2].contains(&value), "{value} after {polls} polls");
        }
    }
    here.delete_multi_async(["key", "other"]).await;
}

macro_rules! cut_anywhere {
    ($($name:ident: |$region:ident| $call:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let worlds = Worlds::new();
            let regions = worlds.both();
            let mut polls = 1;
            loop {
                let $region = &regions[0];
                let done = cut($call, polls).await.is_some();
                goes_on(&regions, polls).await;
                match done {
                    // In rare cases the files are faster than this thread, and the first poll is enough. Then try
                    // again.
                    true if polls == 1 => {}
                    true => break,
                    false => polls += 1,
                }
            }
        }
    )*};
}

async fn slow(value: i32) -> Result<i32, Error> {
    yield_now().await;
    yield_now().await;
    fine(value)
}

// Dropped at each of its await points.
cut_anywhere! {
    a_creation_can_be_dropped_anywhere: |region| region.get_or_create_async("key", async || slow(1).await);
    a_refresh_can_be_dropped_anywhere: |region| region.refresh().get_or_create_async("key", async || slow(1).await);
    a_batch_can_be_dropped_anywhere: |region| region.get_or_create_multi_async(["x", "key", "y"], async |missing: &[&str]| {
        Ok::<_, Error>(vec![slow(1).await?; missing.len()])
    });
    a_nested_creation_can_be_dropped_anywhere: |region| region.get_or_create_async("outer", async || {
        region.get_or_create_async("key", async || slow(1).await).await
    });
    setting_can_be_dropped_anywhere: |region| async {
        yield_now().await;
        region.set_async("key", &1_i32).await;
    };
    a_prepared_value_can_be_dropped_anywhere: |region| region.prepare_async("key", async |place| {
        yield_now().await;
        place.set(&1_i32).await;
    });
}

/// Whoever waits for a creator that is dropped goes on at once: a thread, a task, a batch, and another process.
#[tokio::test(flavor = "multi_thread")]
async fn a_creator_that_is_dropped_hands_over() {
    for batch in [false, true] {
        let worlds = Worlds::new();
        let [here, there] = worlds.both();
        let begun = Arc::new(Notify::new());
        let at_work = Arc::clone(&begun);
        let leading = here.clone();
        let leader = tokio::spawn(async move {
            let create = async move || -> Result<i32, Error> {
                at_work.notify_one();
                std::future::pending().await
            };
            match batch {
                false => leading
                    .get_or_create_async("key", create)
                    .await
                    .map(|value| vec![value]),
                true => {
                    let create = async move |_: &[&str]| create().await.map(|value| vec![value]);
                    leading.get_or_create_multi_async(["key"], create).await
                }
            }
        });
        begun.notified().await;
        let (one, two, three, four) = (here.clone(), here.clone(), here.clone(), there.clone());
        let created = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&created);
        let task = tokio::spawn(one.get_or_create_async("key", async || fine(2_i32)));
        let many = tokio::spawn(two.get_or_create_multi_async(["key"], async |_: &[&str]| fine(vec![2_i32])));
        let blocked = thread::spawn(move || three.get_or_create("key", || fine(2_i32)).unwrap());
        let process = tokio::spawn(four.get_or_create_async("key", async move || {
            count.fetch_add(1, SeqCst);
            fine(2_i32)
        }));
        until("waited for", || {
            here.stats().coalesced_waits() == 3 && there.stats().misses() == 1
        })
        .await;
        assert_eq!(created.load(SeqCst), 0, "it waits as well");
        leader.abort();
        assert!(leader.await.unwrap_err().is_cancelled());
        assert_eq!(soon(task).await.unwrap().unwrap(), 2);
        assert_eq!(soon(many).await.unwrap().unwrap(), [2]);
        assert_eq!(soon(process).await.unwrap().unwrap(), 2);
        assert_eq!(blocked.join().unwrap(), 2);
    }
}

/// A waiter that is dropped leaves the creator it waits for alone, and leaves nothing itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_waiter_that_is_dropped_is_not_missed() {
    let worlds = Worlds::new();
    let [here, there] = worlds.both();
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begins, gate) = (Arc::clone(&begun), Arc::clone(&go_on));
    let leader = tokio::spawn(here.get_or_create_async("key", async move || {
        begins.notify_one();
        gate.notified().await;
        fine(1_i32)
    }));
    // Its miss is counted before it has the lock of the key, which another could take first.
    soon(begun.notified()).await;
    let waiters: Vec<_> = (0..8)
        .map(|number| {
            let region = if number < 4 { here.clone() } else { there.clone() };
            tokio::spawn(async move {
                let never = async || -> Result<i32, Error> { panic!("it is somebody else's") };
                match number % 2 {
                    0 => region.get_or_create_async("key", never).await.map(|value| vec![value]),
                    _ => {
                        let never = async move |_: &[&str]| never().await.map(|value| vec![value]);
                        region.get_or_create_multi_async(["key"], never).await
                    }
                }
            })
        })
        .collect();
    until("waited for", || {
        here.stats().coalesced_waits() == 4 && there.stats().misses() == 4
    })
    .await;
    let mut kept = Vec::new();
    for (number, waiter) in waiters.into_iter().enumerate() {
        match number {
            // Of `there`, one that leads the others while it waits for the lock of `here` may be among those that go.
            1 | 2 | 4 => {
                waiter.abort();
                assert!(waiter.await.unwrap_err().is_cancelled());
            }
            _ => kept.push(waiter),
        }
    }
    go_on.notify_one();
    assert_eq!(soon(leader).await.unwrap().unwrap(), 1);
    for waiter in kept {
        assert_eq!(soon(waiter).await.unwrap().unwrap(), [1]);
    }
    assert_eq!(there.get_async("key").await, Some(1_i32));
}

/// Every call, on a runtime of one thread: that thread reads no file, writes none, and opens none.
#[tokio::test(flavor = "current_thread")]
async fn files_are_left_to_other_threads() {
    witness::install();
    let worlds = Worlds::new();
    let witness = Witness::here();
    for name in ["default", "files"] {
        let [here, there] = [&worlds.world, &worlds.others].map(|world| world.cache.region(name).unwrap());
        for (region, value) in [(&here, 1_i32), (&there, 2)] {
            assert_eq!(region.get_or_create_async("a", async || fine(value)).await.unwrap(), 1);
            let both = region.get_or_create_multi_async(["a", "b", "c"], async |missing: &[&str]| {
                fine(vec![value; missing.len()])
            });
            assert_eq!(both.await.unwrap(), [1; 3]);
            assert_eq!(region.get_async("a").await, Some(1_i32));
            assert_eq!(region.get_multi_async(["a", "x"]).await, [Some(1_i32), None]);
            assert!(region.lookup_async::<i32>("b").await.unwrap().is_fresh());
        }
        there.set_async("a", &3_i32).await;
        there.set_multi_async([("b", &3_i32), ("c", &3)]).await;
        assert_eq!(here.get_multi_async(["a", "b", "c"]).await, [Some(3_i32); 3]);
        assert_eq!(
            here.refresh()
                .get_or_create_async("a", async || fine(4_i32))
                .await
                .unwrap(),
            4
        );
        let both = here
            .refresh()
            .get_or_create_multi_async(["b", "c"], async |_: &[&str]| fine(vec![4_i32; 2]));
        both.await.unwrap();
        here.prepare_async("p", async |place| place.set(&5_i32).await).await;
        assert_eq!(there.get_multi_async(["a", "b", "p"]).await, [4, 4, 5].map(Some));
        assert!(here.delete_async("a").await);
        assert_eq!(there.delete_multi_async(["a", "b"]).await, [false, true]);
        assert_eq!(witness.take(), [], "{name}");
        // So it is not for want of looking.
        here.set("z", &1_i32);
        assert_ne!(witness.take(), []);
    }
}

/// The creator and those who wait for it, in this process and in another, share one thread: if one of them blocked it,
/// nobody would ever go on.
#[tokio::test(flavor = "current_thread")]
async fn waits_for_locks_and_leaders_give_way() {
    let worlds = Worlds::new();
    let [here, there] = worlds.both();
    let (go_on, creations) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let all: Vec<_> = (0..20)
        .map(|number| {
            let region = if number % 2 == 0 { here.clone() } else { there.clone() };
            let (go_on, creations) = (Arc::clone(&go_on), Arc::clone(&creations));
            let create = async move || {
                creations.fetch_add(1, SeqCst);
                go_on.notified().await;
                fine(1_i32)
            };
            tokio::spawn(async move {
                match number % 3 {
                    0 => {
                        region
                            .get_or_create_multi_async(["key"], async move |_: &[&str]| Ok(vec![create().await?]))
                            .await
                    }
                    _ => region.get_or_create_async("key", create).await.map(|value| vec![value]),
                }
            })
        })
        .collect();
    let ticker = Ticker::start();
    until("asked", || here.stats().misses() == 10 && there.stats().misses() == 10).await;
    until("given way", || ticker.ticks() > 1_000).await;
    go_on.notify_one();
    for one in all {
        assert_eq!(soon(one).await.unwrap().unwrap(), [1]);
    }
    ticker.stop();
    assert_eq!(creations.load(SeqCst), 1);
}

/// A hit in memory is done at the first poll; but a loop of them gives way.
#[tokio::test(flavor = "current_thread")]
async fn hits_in_memory_stay_on_the_task() {
    let worlds = Worlds::new();
    let region = worlds.world.cache.region("default").unwrap();
    region.set_multi_async([("a", &1_i32), ("b", &2)]).await;
    assert_eq!(cut(region.get_async("a"), 1).await, Some(Some(1_i32)));
    assert_eq!(
        cut(region.get_multi_async(["a", "b"]), 1).await.unwrap(),
        [1, 2].map(Some)
    );
    let one = cut(region.get_or_create_async("a", async || slow(3).await), 1).await;
    assert_eq!(one.unwrap().unwrap(), 1);
    let both = region.get_or_create_multi_async(["a", "b"], async |_: &[&str]| fine(vec![3_i32; 2]));
    assert_eq!(cut(both, 1).await.unwrap().unwrap(), [1, 2]);
    let ticker = Ticker::start();
    yield_now().await;
    let before = ticker.ticks();
    for _ in 0..10_000 {
        region.get_or_create_async("a", async || slow(3).await).await.unwrap();
    }
    assert!(ticker.ticks() > before + 10, "{}", ticker.ticks());
    ticker.stop();
}
