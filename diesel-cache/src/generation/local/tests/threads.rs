//! The invariant under real threads: a load never returns less than what had been returned before it started.

use std::sync::Barrier;

use super::*;

#[test]
fn loads_are_linearizable_under_stress() {
    stress(
        &Local::in_process(GenerationOptions::default()),
        &Local::clone,
        if cfg!(miri) { 20 } else { 20_000 },
    );
}

#[test]
#[cfg_attr(miri, ignore)] // needs files
fn loads_are_linearizable_through_the_file() {
    let directory = TempDirectory::new();
    let first = Local::open(&directory.0, GenerationOptions::default()).unwrap();
    stress(
        &first,
        &|_| Local::open(&directory.0, GenerationOptions::default()).unwrap(),
        20_000,
    );
}

/// Runs writers and loads in threads. `database` is the version of the only table, `entry` a cache of one entry, and
/// `floor` the newest version that a writer or a load has returned.
fn stress(generations: &Local, join: &(dyn Fn(&Local) -> Local + Sync), rounds: usize) {
    let (database, floor) = (AtomicU64::new(0), AtomicU64::new(0));
    let entry = Mutex::new(None::<(u64, Stamp)>);
    let start = Barrier::new(4);
    let (hits, stored) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for writer in 0..2 {
            let (start, database, floor) = (&start, &database, &floor);
            scope.spawn(move || {
                let generations = join(generations);
                start.wait();
                for round in 0..rounds {
                    let fence = generations.fence(&[person()], SERVER);
                    if (round + writer) % 5 == 0 {
                        fence.lift(); // rolled back
                        continue;
                    }
                    let committed = database.fetch_add(1, SeqCst) + 1;
                    fence.lift();
                    floor.fetch_max(committed, SeqCst);
                    if round % 8 == 0 {
                        std::thread::yield_now();
                    }
                }
            });
        }
        for _ in 0..2 {
            let (start, database, floor, entry, hits, stored) = (&start, &database, &floor, &entry, &hits, &stored);
            scope.spawn(move || {
                let generations = join(generations);
                start.wait();
                for _ in 0..rounds {
                    let least = floor.load(SeqCst);
                    let held = entry.lock().unwrap().clone();
                    let value = match held {
                        Some((value, stamp)) if generations.is_valid(&stamp) => {
                            hits.fetch_add(1, SeqCst);
                            value
                        }
                        _ => {
                            let stamp = generations.stamp([person()]);
                            let value = database.load(SeqCst);
                            if let Some(stamp) = stamp.ok().filter(|stamp| generations.is_valid(stamp)) {
                                *entry.lock().unwrap() = Some((value, stamp));
                                stored.fetch_add(1, SeqCst);
                            }
                            value
                        }
                    };
                    assert!(value >= least, "{value} after {least} had been seen");
                    floor.fetch_max(value, SeqCst);
                }
            });
        }
    });
    let (value, stamp) = entry
        .into_inner()
        .unwrap()
        .unwrap_or((0, generations.stamp([]).unwrap()));
    if !stamp.marks.is_empty() && generations.is_valid(&stamp) {
        assert_eq!(value, database.load(SeqCst), "at rest, what is valid is current");
    }
    if !cfg!(miri) {
        assert!(stored.load(SeqCst) > 0, "the cache was used at all");
    }
}
