//! A region stays under its bound in the long run: several processes store, some of them are killed, and another one
//! sweeps. `SOAK_STORES`, `SOAK_KEYS` and `SOAK_CAPACITY` (bytes) replace the small numbers here: `SOAK_STORES=1000000
//! SOAK_KEYS=2000 SOAK_CAPACITY=67108864 cargo test --release -p diesel-cache-tests --test files soak -- --nocapture`.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Instant;

use diesel_cache::{Cache, Region};
use diesel_cache_tests::{Peer, is_peer, serve};

/// The number of writers at one time.
const PROCESSES: u64 = 3;
/// The number of stores between two checks of the files, in each process.
const BATCH: u64 = 250;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |number| number.parse().unwrap())
}

fn region(directory: &str) -> Region {
    let capacity = number("SOAK_CAPACITY", 8 << 20);
    let soak = Region::disk("soak").max_capacity(capacity).memory_capacity(0);
    let cache = Cache::builder().directory(directory).region(soak).build().unwrap();
    cache.region("soak").unwrap()
}

/// Returns a number that looks random, and is the same in every run.
fn scatter(number: u64) -> u64 {
    let mut word = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word ^ (word >> 27)
}

/// Returns a text of a few bytes up to 128 KiB, usually a small one. It names its key and its store.
fn value(key: u64, store: u64) -> (u64, Vec<u8>) {
    let size = 1_u64 << (4 + scatter(store) % 14);
    (key, vec![store as u8; (size + scatter(key) % size) as usize])
}

/// The entry point of a writer. Not a test by itself.
#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let region = region(&std::env::var("DIRECTORY").unwrap());
    let keys = number("SOAK_KEYS", 400);
    serve(|task| {
        if task == "sweep" {
            return region.sweep().unwrap().to_string();
        }
        let first: u64 = task.parse().unwrap();
        for store in first..first + BATCH {
            let key = scatter(store) % keys;
            region.set(format!("key {key}"), &value(key, store));
            let other = scatter(store ^ 0xffff) % keys;
            if let Some((found, bytes)) = region.get::<(u64, Vec<u8>)>(format!("key {other}")) {
                assert_eq!(found, other);
                assert!(bytes.iter().all(|byte| *byte == bytes[0]));
            }
        }
        String::new()
    });
}

/// Returns the number of files below a directory, their length, and the space that they take on the disk.
fn measure(directory: &Path) -> (u64, u64, u64) {
    let mut total = (0, 0, 0);
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let (files, length, taken) = match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => measure(&entry.path()),
            Ok(metadata) => (1, metadata.len(), metadata.blocks() * 512),
            Err(_) => (0, 0, 0), // gone by now
        };
        total = (total.0 + files, total.1 + length, total.2 + taken);
    }
    total
}

/// Measures the cost of a hit in nanoseconds, which is only printed.
fn cost(region: &Region, keys: u64) -> u128 {
    let started = Instant::now();
    let hits = (0..keys)
        .filter(|key| region.get::<(u64, Vec<u8>)>(format!("key {key}")).is_some())
        .count();
    started.elapsed().as_nanos() / (hits.max(1) as u128)
}

#[test]
fn files_stay_below_the_bound_whoever_stores_and_dies() {
    let (stores, keys) = (number("SOAK_STORES", 12_000), number("SOAK_KEYS", 400));
    let capacity = number("SOAK_CAPACITY", 8 << 20);
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().display().to_string();
    let spawn = || Peer::spawn(module_path!(), &[("DIRECTORY", &path)]);
    let mut writers: Vec<Peer> = (0..PROCESSES).map(|_| spawn()).collect();
    let here = region(&path);
    let (mut most, mut done, mut round, mut at_first) = ((0, 0, 0), 0, 0, 0);
    while done < stores {
        std::thread::scope(|scope| {
            for (number, writer) in (0..).zip(&mut writers) {
                scope.spawn(move || {
                    writer.ask(&(done + number * BATCH).to_string());
                });
            }
            let (files, length, taken) = measure(&directory.path().join("soak"));
            most = (most.0.max(files), most.1.max(length), most.2.max(taken));
        });
        done += PROCESSES * BATCH;
        round += 1;
        if round % 4 == 0 {
            // In the middle of its work, or between two pieces of it.
            let mut killed = std::mem::replace(&mut writers[round % 3], spawn());
            killed.start(
                if round % 8 == 0 {
                    "sweep".to_owned()
                } else {
                    done.to_string()
                }
                .as_str(),
            );
            killed.kill();
        }
        if round == 4 {
            at_first = cost(&here, keys);
        }
        let (files, length, taken) = measure(&directory.path().join("soak"));
        let bound = capacity + capacity / 4;
        assert!(
            length <= bound && taken <= bound,
            "{length} bytes, {taken} on the disk, after {done} stores"
        );
        // An index file and a content at most, and what the dead have left behind.
        assert!(files <= 2 * keys + 64 * round as u64, "{files} files");
    }
    let swept = here.sweep().unwrap();
    println!(
        "most: {most:?} (files, bytes, bytes on the disk) of {capacity}; {swept}; a hit: {at_first} ns, then {} ns",
        cost(&here, keys)
    );
    assert!(swept.entries <= keys && swept.entries > 0);
    assert!(swept.bytes <= capacity, "{swept}");
    assert_eq!(here.verify().unwrap().removed, 0);
    let (stats, found) = (
        here.stats(),
        (0..keys).filter(|key| here.get::<(u64, Vec<u8>)>(format!("key {key}")).is_some()),
    );
    assert_eq!(
        found.count() as u64,
        swept.entries,
        "every entry that is counted can be had"
    );
    assert_eq!(stats.entries(), swept.entries);
}
