//! The bound: the size of the files while far more is stored than fits.

use std::process::Stdio;
use std::thread;
use std::time::Instant;

use super::*;

/// Returns a size for a key: as many are between 200 B and 400 B as between 10 KB and 20 KB.
fn size(number: u64, largest: f64) -> usize {
    let share = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 / (1_u64 << 24) as f64;
    (150.0 * (largest / 150.0).powf(share)) as usize
}

/// Stores entries of `keys` keys in random order, and reads some of them.
fn churn(store: &DiskStore, seed: u64, stores: u64, keys: u64, largest: f64, mut also: impl FnMut(u64)) {
    let mut state = seed;
    for number in 0..stores {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let which = (state >> 33) % keys;
        let key = key(which);
        if number % 4 == 0 {
            if let Ok(Some(bytes)) = store.get(&key) {
                assert!(version(&key, &bytes).is_some(), "an entry that was never put");
                store.touch(&key, now());
            }
        } else {
            store
                .put(&key, &entry(&key, number, size(which, largest)), now(), &useful)
                .unwrap();
        }
        also(number);
    }
}

#[test]
fn files_stay_below_the_bound_with_several_writers() {
    let bound = 6 << 20;
    let (scene, keys, largest) = (Scene::new(Some(bound)), 2000, 16_384.0);
    thread::scope(|scope| {
        for seed in 0..2 {
            let (scene, store) = (&scene, scene.other());
            scope.spawn(move || {
                churn(&store, seed, 6_000, keys, largest, |number| {
                    if number % 500 == 499 {
                        let (_, blocks, _) = room(scene.root.path());
                        assert!(blocks <= bound + bound / 4, "{blocks} bytes at {number}");
                    }
                });
            });
        }
    });
    let (entries, bytes) = scene.store.held();
    assert!(bytes > bound / 2, "the space is used: {bytes}");
    let (count, ..) = room(&scene.store.directory);
    assert!(count <= 2 * entries + 32, "{count} files, {entries} entries");
}

#[test]
fn a_count_that_is_far_too_high_does_not_empty_the_store_forever() {
    let scene = Scene::new(Some(1 << 20));
    // As if the files had been deleted by hand.
    scene.store.usage().correct((0, 0), (1000, 1 << 30));
    for number in 0..20 {
        scene
            .store
            .put(&key(number), &entry(&key(number), 1, 300), now(), &useful)
            .unwrap();
    }
    assert!(scene.store.held().0 >= 18, "{:?}", scene.store.held());
    scene.assert_counted();
}

#[test]
fn used_entries_survive_a_scan() {
    let scene = Scene::new(Some(200 * 4096));
    let put = |number| {
        let bytes = entry(&key(number), 1, 300);
        scene
            .store
            .put(&key(number), &bytes, Millis(1_000_000 + number), &useful)
            .unwrap();
    };
    (0..100).for_each(put);
    (0..100).for_each(|number| scene.store.touch(&key(number), Millis(1_001_000)));
    (1000..3000).for_each(put);
    let left = (0..100)
        .filter(|number| scene.store.get(&key(*number)).unwrap().is_some())
        .count();
    assert!(left >= 95, "{left} of 100 are left");
}

/// The entry point of a process of the soak. Not a test by itself.
#[test]
fn soaked() {
    let Ok(directory) = std::env::var("SOAK_DIRECTORY") else {
        return;
    };
    let number = |name| std::env::var(name).unwrap().parse::<u64>().unwrap();
    let store = open(directory.as_ref(), Some(number("SOAK_BOUND")));
    churn(
        &store,
        number("SOAK_SEED"),
        number("SOAK_STORES"),
        2000,
        300_000.0,
        |_| {},
    );
}

/// A million stores over 2,000 keys by three processes; one of them is killed half-way. `SOAK` sets another number.
#[test]
#[ignore = "takes minutes; prints a table"]
fn soak() {
    let stores: u64 = std::env::var("SOAK").map_or(1_000_000, |stores| stores.parse().unwrap());
    let bound = 64 << 20;
    let scene = Scene::new(Some(bound));
    // Three of four steps are stores.
    let each = stores / 3 * 4 / 3;
    let read = |what: &str| {
        let mut times: Vec<_> = (0..20_000)
            .map(|number| {
                let start = Instant::now();
                drop(scene.store.get(&key(number % 2000)));
                start.elapsed().as_nanos()
            })
            .collect();
        times.sort_unstable();
        println!("{what}: {:.1} µs a read, in the median", times[10_000] as f64 / 1e3);
    };
    churn(&scene.store, 99, 4000, 2000, 300_000.0, |_| {});
    read("before");
    let start = Instant::now();
    let spawn = |seed: u64, stores: u64| {
        let settings = [
            ("SOAK_DIRECTORY", scene.root.path().display().to_string()),
            ("SOAK_BOUND", bound.to_string()),
            ("SOAK_SEED", seed.to_string()),
            ("SOAK_STORES", stores.to_string()),
        ];
        peer("bounds::soaked", &settings).stdout(Stdio::null()).spawn().unwrap()
    };
    let mut children = [spawn(1, each), spawn(2, each), spawn(3, each)];
    let (mut most, mut walks, mut killed) = ((0, 0, 0), 0, 0);
    while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        let (count, blocks, bytes) = room(&scene.store.directory);
        most = (most.0.max(count), most.1.max(blocks), most.2.max(bytes));
        walks += 1;
        assert!(blocks <= bound + bound / 4, "{blocks}");
        if killed < 20 && walks % 20 == 0 {
            // Another process does the stores that the killed one may have left undone.
            children[2].kill().unwrap();
            children[2].wait().unwrap();
            killed += 1;
            children[2] = spawn(3 + killed, each / 2);
        }
        thread::sleep(Duration::from_millis(50));
    }
    println!(
        "{:?} for {stores} stores and more, {walks} walks, {killed} processes killed",
        start.elapsed()
    );
    println!(
        "most: {} files, {} bytes in blocks, {} bytes; bound {bound}",
        most.0, most.1, most.2
    );
    let (count, blocks, bytes) = room(&scene.store.directory);
    println!(
        "at the end: {count} files, {blocks} in blocks, {bytes} bytes; count {:?}",
        scene.store.held()
    );
    read("after");
    println!("{:?}", scene.store.sweep(&useful).unwrap());
    let (count, blocks, _) = room(&scene.store.directory);
    println!(
        "swept: {count} files, {blocks} in blocks; count {:?}",
        scene.store.held()
    );
}
