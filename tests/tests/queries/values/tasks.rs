//! Values in tasks: what the asynchronous calls return, which events they report, and what they wait for.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use diesel_cache::{BypassReason, Error, Region};
use diesel_cache_tests::ManualClock;
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_blocking};

use super::world::{KEEPING, World, fine, patient};

const MINUTE: Duration = Duration::from_secs(60);

/// Every call, in both forms: the results, and what is told.
#[tokio::test]
async fn both_forms_return_and_tell_the_same() {
    for name in KEEPING {
        let (here, there) = (World::new(), World::new());
        let (blocking, region) = (here.region(name), there.region(name));
        let mut said = Vec::new();
        let mut same = |what: &str, left: String, right: String| {
            assert_eq!(left, right, "{name}: {what}");
            assert_eq!(here.events.words(), there.events.words(), "{name}: {what}");
            said.push(left);
        };
        macro_rules! both {
            ($what:literal, $left:expr, $right:expr) => {
                same($what, format!("{:?}", $left), format!("{:?}", $right.await))
            };
        }
        both!("get", blocking.get::<i32>("a"), region.get_async::<i32>("a"));
        both!("create", blocking.get_or_create("a", || fine(1_i32)).unwrap(), async {
            region.get_or_create_async("a", async || fine(1_i32)).await.unwrap()
        });
        both!("get", blocking.get::<i32>("a"), region.get_async::<i32>("a"));
        both!("another type", blocking.get::<u8>("a"), region.get_async::<u8>("a"));
        both!("set", blocking.set("b", &2_i32), region.set_async("b", &2_i32));
        both!(
            "create several",
            blocking.get_or_create_multi(["c", "b", "a", "d", "c"], |missing| fine(vec![
                missing.len() as i32;
                missing.len()
            ])),
            region.get_or_create_multi_async(["c", "b", "a", "d", "c"], async |missing: &[&str]| fine(vec![
                missing.len()
                    as i32;
                missing
                    .len()
            ]))
        );
        both!(
            "get several",
            blocking.get_multi::<i32>(["d", "x", "a"]),
            region.get_multi_async::<i32>(["d", "x", "a"])
        );
        both!(
            "refresh",
            blocking.refresh().get_or_create("a", || fine(5_i32)).unwrap(),
            async {
                region
                    .refresh()
                    .get_or_create_async("a", async || fine(5_i32))
                    .await
                    .unwrap()
            }
        );
        both!(
            "refresh several",
            blocking
                .refresh()
                .get_or_create_multi(["a", "b"], |_| fine(vec![6_i32; 2])),
            region
                .refresh()
                .get_or_create_multi_async(["a", "b"], async |_: &[&str]| fine(vec![6_i32; 2]))
        );
        both!(
            "another number",
            blocking
                .get_or_create_multi(["y", "z"], |_| fine(vec![1_i32]))
                .unwrap_err()
                .to_string(),
            async {
                let outcome = region.get_or_create_multi_async(["y", "z"], async |_: &[&str]| fine(vec![1_i32]));
                outcome.await.unwrap_err().to_string()
            }
        );
        both!(
            "error",
            blocking.get_or_create("y", || Err::<i32, _>(Error::Install)).is_err(),
            async {
                let failing = region.get_or_create_async("y", async || Err::<i32, _>(Error::Install));
                failing.await.is_err()
            }
        );
        both!(
            "lookup",
            blocking
                .lookup::<i32>("a")
                .map(|held| (held.is_fresh(), *held.value().unwrap())),
            async {
                let held = region.lookup_async::<i32>("a").await;
                held.map(|held| (held.is_fresh(), *held.value().unwrap()))
            }
        );
        both!("delete", blocking.delete("a"), region.delete_async("a"));
        both!(
            "delete several",
            blocking.delete_multi(["a", "b"]),
            region.delete_multi_async(["a", "b"])
        );
        both!("prepare", blocking.prepare("p").set(&7_i32), async {
            region.prepare_async("p", async |place| place.set(&7_i32).await).await
        });
        both!(
            "set several",
            blocking.set_multi([("s", &8_i32), ("t", &9)]),
            region.set_multi_async([("s", &8_i32), ("t", &9)])
        );
        both!(
            "get several",
            blocking.get_multi::<i32>(["p", "s", "t"]),
            region.get_multi_async::<i32>(["p", "s", "t"])
        );
        let (left, right) = (blocking.stats(), region.stats());
        assert_eq!(
            (left.hits(), left.misses(), left.stores(), left.invalidations()),
            (right.hits(), right.misses(), right.stores(), right.invalidations()),
            "{name}"
        );
        assert_eq!(said.last().unwrap(), "[Some(7), Some(8), Some(9)]");
    }
}

#[tokio::test]
async fn where_nothing_is_kept_creators_always_run() {
    let world = World::new();
    for name in ["off", "local"] {
        let region = world.region(name);
        for number in 0..2_i32 {
            let one = region.get_or_create_async("key", async || fine(number)).await;
            assert_eq!(one.unwrap(), number, "{name}");
            let all = region.get_or_create_multi_async(["key"], async |_: &[&str]| fine(vec![number]));
            assert_eq!(all.await.unwrap(), [number], "{name}");
            region.set_async("key", &number).await;
            assert_eq!(region.get_async::<i32>("key").await, None, "{name}");
        }
    }
}

#[tokio::test]
async fn caching_can_be_off_for_a_future() {
    let world = World::new();
    let region = world.region("default");
    region.set_async("key", &1_i32).await;
    // The calls are made outside; what counts is where they are polled.
    let one = region.get_or_create_async("key", async || fine(2_i32));
    let all = region.get_or_create_multi_async(["key"], async |_: &[&str]| fine(vec![3_i32]));
    let get = region.get_async::<i32>("key");
    assert_eq!(world.cache.disabled_async(one).await.unwrap(), 2);
    assert_eq!(world.cache.disabled_async(all).await.unwrap(), [3]);
    assert_eq!(world.cache.disabled_async(get).await, None);
    assert_eq!(region.stats().bypasses_by(BypassReason::Disabled), 3);
    assert_eq!(region.get_async("key").await, Some(1_i32));
}

#[tokio::test]
async fn a_future_that_owns_its_parts_is_a_task_and_one_that_is_not_send_runs_where_it_is() {
    let world = World::new();
    for name in KEEPING {
        let region = world.region(name);
        let one = tokio::spawn(region.get_or_create_async("a".to_owned(), async || fine(1_i32)));
        assert_eq!(one.await.unwrap().unwrap(), 1);
        let mut calls = 0;
        let all = tokio::spawn(region.get_or_create_multi_async(["b", "a"], async move |missing| {
            calls += 1;
            fine(vec![calls + 1; missing.len()])
        }));
        assert_eq!(all.await.unwrap().unwrap(), [2, 1]);
        let returned = |missing: &[&str]| {
            let count = missing.len();
            async move { fine(vec![3_i32; count]) }
        };
        let all = tokio::spawn(region.get_or_create_multi_async(["c"], returned));
        assert_eq!(all.await.unwrap().unwrap(), [3]);
        let got = tokio::spawn(region.get_multi_async::<i32>(["a", "b", "c"]));
        assert_eq!(got.await.unwrap(), [1, 2, 3].map(Some));
        let local = LocalSet::new();
        let count = Rc::new(Cell::new(0));
        let ours = Rc::clone(&count);
        let value = local.run_until(region.get_or_create_async("rc", async move || {
            tokio::task::yield_now().await;
            ours.set(1);
            fine(4_i32)
        }));
        assert_eq!((value.await.unwrap(), count.get()), (4, 1));
    }
}

/// Asserts that a creator is refused the key that it creates itself.
fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>, asked: &str) {
    match outcome {
        Err(Error::AsksForItself { key }) => assert_eq!(key, asked),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_creator_that_asks_for_itself_is_told_so() {
    let world = World::with(patient);
    for name in ["patient", "default", "files", "hot"] {
        let region = &world.region(name);
        let itself = async || {
            // On whichever thread it goes on.
            tokio::task::yield_now().await;
            region.get_or_create_async("a", async || fine(1_i32)).await
        };
        let among = async || {
            let all =
                region.get_or_create_multi_async(["b", "a"], async |missing: &[&str]| fine(vec![1_i32; missing.len()]));
            all.await
        };
        refused(region.get_or_create_async("a", itself).await, "a");
        let afresh = async || region.refresh().get_or_create_async("a", async || fine(1_i32)).await;
        refused(region.get_or_create_async("a", afresh).await, "a");
        refused(
            region
                .get_or_create_async("a", async || among().await.map(|all| all[0]))
                .await,
            "a",
        );
        let deeper = async || {
            region
                .get_or_create_async("b", async || region.get_or_create_async("c", itself).await)
                .await
        };
        refused(region.get_or_create_async("a", deeper).await, "a");
        let from_batch = async |_: &[&str]| itself().await.map(|one| vec![one; 2]);
        refused(region.get_or_create_multi_async(["c", "a"], from_batch).await, "a");
        refused(
            region
                .get_or_create_multi_async(["c", "a"], async |_: &[&str]| among().await)
                .await,
            "a",
        );
        let beside = async || {
            let (one, other) = tokio::join!(region.get_or_create_async("b", async || fine(1_i32)), itself());
            assert_eq!(one?, 1);
            other
        };
        refused(region.get_or_create_async("a", beside).await, "a");
        region.delete_async("b").await;
        // And from one world in the other.
        let blocking = async || region.get_or_create("a", || fine(1_i32));
        refused(region.get_or_create_async("a", blocking).await, "a");
        assert_eq!(
            region.get_multi_async::<i32>(["a", "b", "c"]).await,
            [None; 3],
            "{name}"
        );
        let handled = region.get_or_create_async("a", async || fine(itself().await.unwrap_or(5)));
        assert_eq!(handled.await.unwrap(), 5, "{name}");
        assert_eq!(
            region.get_or_create_async("b", itself).await.unwrap(),
            5,
            "{name}: it is not its own key"
        );
    }
}

#[tokio::test]
async fn a_creator_may_ask_for_other_keys_in_both_ways() {
    let world = World::new();
    for name in KEEPING {
        let region = &world.region(name);
        let value = region.get_or_create_async("a", async || {
            let below = region.get_or_create_async("b", async || {
                let both = region.get_or_create_multi_async(["c", "d"], async |missing: &[&str]| {
                    assert_eq!(missing, ["c", "d"]);
                    let theirs = region.clone();
                    let blocking = spawn_blocking(move || theirs.get_or_create("e", || fine(2_i32)));
                    fine(vec![1, blocking.await.unwrap()?])
                });
                fine(both.await?.iter().sum::<i32>())
            });
            fine(below.await? + 1)
        });
        assert_eq!(value.await.unwrap(), 4, "{name}");
        assert_eq!(
            region.get_multi(["a", "b", "c", "d", "e"]),
            [4, 3, 1, 2, 2].map(Some),
            "{name}"
        );
    }
}

#[tokio::test]
async fn stale_values_serve_while_one_creates_and_in_the_place_of_an_error() {
    let clock = ManualClock::new();
    let lenient = Region::disk("lenient").time_to_live(MINUTE);
    let lenient = lenient.stale_while_revalidate(MINUTE).stale_if_error(10 * MINUTE);
    let world = World::with(|builder| builder.clock(clock.clone()).region(lenient));
    let region = &world.region("lenient");
    region.set_multi_async([("a", &1_i32), ("b", &2)]).await;
    clock.advance(MINUTE + MINUTE / 2);
    let (begun, may_begin) = oneshot::channel();
    let (go_on, gate) = oneshot::channel::<()>();
    let leader = tokio::spawn(region.get_or_create_async("a", async move || {
        begun.send(()).unwrap();
        gate.await.unwrap();
        fine(3_i32)
    }));
    may_begin.await.unwrap();
    let one = region.get_or_create_async("a", async || fine(9_i32)).await.unwrap();
    let all = region.get_or_create_multi_async(["a"], async |_: &[&str]| fine(vec![9_i32]));
    assert_eq!((one, all.await.unwrap()), (1, vec![1]));
    assert_eq!(region.get_async("a").await, Some(1_i32));
    go_on.send(()).unwrap();
    assert_eq!(leader.await.unwrap().unwrap(), 3);
    assert_eq!(region.get_async("a").await, Some(3_i32));
    clock.advance(3 * MINUTE);
    let failing = async || Err::<i32, _>(Error::Install);
    assert_eq!(region.get_or_create_async("a", failing).await.unwrap(), 3);
    let both = region.get_or_create_multi_async(["a", "b"], async |_: &[&str]| Err::<Vec<i32>, _>(Error::Install));
    assert_eq!(both.await.unwrap(), [3, 2]);
    let missing = region.get_or_create_multi_async(["a", "c"], async |_: &[&str]| Err::<Vec<i32>, _>(Error::Install));
    assert!(missing.await.is_err());
    clock.advance(10 * MINUTE);
    assert!(region.get_or_create_async("a", failing).await.is_err());
}

/// Each layer that kept it twice would double it, and so would every creator inside a creator: stacks are small.
#[test]
fn the_future_of_a_creator_is_kept_once() {
    let world = World::new();
    let region = &world.region("hot");
    let filling = async || {
        let bytes = [1_u8; 10_000];
        tokio::task::yield_now().await;
        fine(bytes.iter().map(|byte| i32::from(*byte)).sum::<i32>())
    };
    let around = async || region.get_or_create_async("a", filling).await;
    let around = region.get_or_create_async("c", async || region.get_or_create_async("b", around).await);
    assert!(size_of_val(&around) < 20_000, "{}", size_of_val(&around));
    let all = async |_: &[&str]| Ok::<_, Error>(vec![filling().await?]);
    let all = region.get_or_create_multi_async(["a"], all);
    assert!(size_of_val(&all) < 20_000, "{}", size_of_val(&all));
}
