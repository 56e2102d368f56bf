//! Hits by several threads at once.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel_cache_bench::{Ask, Person};

use crate::bench::{Bench, regions};
use crate::figures::Group;
use crate::harness::Turns;
use crate::peers::Peers;
use crate::pin;
use diesel_cache_bench::Random;

const ROWS: i32 = 11;
/// The number of keys. The n-th key is loaded 1/n times as often as the first.
const KEYS: i32 = 10_000;
/// The number of keys that a thread chooses in advance. It then loads them over and over.
const CHOICES: usize = 1 << 14;

pub(crate) fn run(bench: &mut Bench) {
    for threads in [1, 2, 8] {
        group(bench, threads);
    }
}

fn group(bench: &mut Bench, threads: usize) {
    let name = format!("threads/{threads}");
    if !bench.arguments.wants(&name) {
        return;
    }
    let directory = bench.directory();
    let cache = regions(&directory).build().unwrap();
    let peers = Peers::<Person>::new(KEYS as usize);
    let mut plain = bench.sqlite.connect();
    cache.attach(&mut plain);
    for variant in 0..KEYS {
        Person::load_shared(&mut plain, "hot", variant, ROWS);
        peers.insert(&mut plain, variant, ROWS);
    }
    assert!(<Person as Ask<SqliteConnection>>::is_cached(
        &mut plain,
        "hot",
        KEYS - 1,
        ROWS
    ));

    let workers = |_| {
        (0..threads)
            .map(|thread| {
                let mut conn = bench.sqlite.connect();
                cache.attach(&mut conn);
                Worker {
                    conn,
                    choices: zipf(thread as u64 + 1),
                }
            })
            .collect()
    };
    let [mut a, mut b, mut c, mut d, mut e]: [Vec<Worker>; 5] = std::array::from_fn(workers);
    let peers = &peers;
    let s = if threads == 1 { "" } else { "s" };
    let mut turns = Turns::new(
        Group::new(name, format!("{threads} thread{s}, 11 rows of 2 columns")).note(
            "Time from the first to the last operation of all threads, divided by all operations; 10,000 keys, \
             the n-th 1/n times as often as the first; not pinned.",
        ),
    );
    turns.timed("load_shared", |times| {
        work(&mut a, times, |worker, variant| {
            Person::load_shared(&mut worker.conn, "hot", variant, ROWS);
        })
    });
    turns.timed("load", |times| {
        work(&mut b, times, |worker, variant| {
            Person::load(&mut worker.conn, "hot", variant, ROWS);
        })
    });
    turns.timed("moka by text, shared", |times| {
        work(&mut c, times, |_, variant| {
            std::hint::black_box(peers.moka(variant, ROWS));
        })
    });
    turns.timed("moka by binds, shared", |times| {
        work(&mut d, times, |_, variant| {
            std::hint::black_box(peers.moka_by_binds.get(&(variant, ROWS)));
        })
    });
    turns.timed("quick_cache by binds, decoded", |times| {
        work(&mut e, times, |_, variant| {
            std::hint::black_box(peers.quick_bytes(variant, ROWS));
        })
    });
    let batch = if bench.arguments.quick { 1 } else { 5 };
    let group = turns.run(bench.pace.batch(Duration::from_millis(batch)));
    bench.add(group);
}

struct Worker {
    conn: SqliteConnection,
    choices: Vec<i32>,
}

/// Lets all workers run the operation `times` times, at the same time. Returns the elapsed time divided by the number
/// of workers.
fn work(workers: &mut [Worker], times: u64, operation: impl Fn(&mut Worker, i32) + Sync) -> Duration {
    let count = workers.len();
    let barrier = Barrier::new(count);
    let spans: Vec<(Instant, Instant)> = std::thread::scope(|scope| {
        let spawned: Vec<_> = workers
            .iter_mut()
            .map(|worker| {
                let (barrier, operation) = (&barrier, &operation);
                scope.spawn(move || {
                    pin::this_thread(pin::cpus());
                    barrier.wait();
                    let begin = Instant::now();
                    for turn in 0..times {
                        let variant = worker.choices[turn as usize % CHOICES];
                        operation(worker, variant);
                    }
                    (begin, Instant::now())
                })
            })
            .collect();
        spawned.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let first = spans.iter().map(|(begin, _)| *begin).min();
    let last = spans.iter().map(|(_, end)| *end).max();
    last.zip(first).map_or(Duration::ZERO, |(last, first)| last - first) / count as u32
}

/// Chooses keys by Zipf's law. The choices are the same in every run.
fn zipf(seed: u64) -> Vec<i32> {
    let mut sums: Vec<f64> = Vec::with_capacity(KEYS as usize);
    for n in 1..=KEYS {
        sums.push(sums.last().copied().unwrap_or(0.0) + 1.0 / f64::from(n));
    }
    let total = sums[sums.len() - 1];
    let mut random = Random(seed);
    (0..CHOICES)
        .map(|_| {
            let point = random.next_u32() as f64 / u32::MAX as f64 * total;
            sums.partition_point(|&sum| sum < point).min(sums.len() - 1) as i32
        })
        .collect()
}
