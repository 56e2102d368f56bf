//! Many threads at one key, each with a store of its own, like processes.

use std::sync::Barrier;
use std::thread;

use super::*;

const SIZES: [usize; 4] = [100, 1500, 5000, 9000];

#[test]
fn races_return_only_stored_entries_and_leave_nothing_behind() {
    let mut scene = Scene::new(None);
    let (threads, keys, barrier) = (6, 3, Barrier::new(6));
    thread::scope(|scope| {
        for thread in 0..threads {
            let (store, barrier) = (scene.other(), &barrier);
            scope.spawn(move || {
                barrier.wait();
                for number in 0..1500_u64 {
                    let key = key(number % keys);
                    let size = SIZES[(number + thread) as usize % SIZES.len()];
                    store
                        .put(&key, &entry(&key, thread << 32 | number, size), now(), &useful)
                        .unwrap();
                    // `None` if the entry is removed, an error if it is half replaced.
                    if let Ok(Some(bytes)) = store.get(&key) {
                        assert!(version(&key, &bytes).is_some(), "an entry that nobody has put");
                    }
                    match (thread, number % 50) {
                        (0, 0) => drop(store.sweep(&useful).unwrap()),
                        (1, 0) => drop(store.verify().unwrap()),
                        (2, 0) => drop(store.remove(&key).unwrap()),
                        (3, 0) => store.touch(&key, now()),
                        _ => {}
                    }
                }
            });
        }
    });
    scene.store.grace = 0;
    scene.store.sweep(&useful).unwrap();
    scene.assert_counted();
    let count = |part: &str| files(&scene.store.directory.join(part)).len();
    assert!(count("index-v5") <= keys as usize);
    assert!(count("content-v2") <= keys as usize, "no orphans are left");
    assert_eq!(count("tmp"), 0);
}

/// No sweep is needed: each writer removes what it has replaced, including what was stored while it wrote.
#[test]
fn two_writers_of_one_key_leave_one_content() {
    let scene = Scene::new(None);
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        for thread in 0..2_u64 {
            let (store, barrier) = (scene.other(), &barrier);
            scope.spawn(move || {
                for number in 0..300_u64 {
                    barrier.wait();
                    store
                        .put(&key(1), &entry(&key(1), thread << 32 | number, 9000), now(), &useful)
                        .unwrap();
                }
            });
        }
    });
    // Two writers that rewrite a bucket at once may each miss a content. This is rare, and the next sweep removes the
    // content.
    let contents = files(&scene.store.directory.join("content-v2")).len();
    assert!(contents <= 1 + 300 / 10, "{contents}");
}

/// Stores into leaves that other threads empty and remove at the same moment.
#[test]
fn a_leaf_that_is_removed_as_empty_is_no_error() {
    let scene = Scene::new(None);
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            barrier.wait();
            for number in 0..2000 {
                scene
                    .store
                    .put(&key(1), &entry(&key(1), number, 9000), now(), &useful)
                    .unwrap();
                scene.store.remove(&key(1)).unwrap();
            }
        });
        scope.spawn(|| {
            let other = scene.other();
            barrier.wait();
            for _ in 0..2000 {
                other.sweep(&useful).unwrap();
            }
        });
    });
}
