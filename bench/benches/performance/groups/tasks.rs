//! Memory hits in a task, compared with the same hits on a blocking connection.

use std::time::{Duration, Instant};

use diesel_cache_bench::tasks::{self, AsyncSqlite};
use diesel_cache_bench::{Ask, Person};
use tokio::runtime::Runtime;

use crate::bench::{Bench, regions};
use crate::figures::Group;
use crate::harness::Turns;

const ROWS: i32 = 11;

pub(crate) fn run(bench: &mut Bench) {
    let name = "tasks/person/11";
    if !bench.arguments.wants(name) {
        return;
    }
    let directory = bench.directory();
    let cache = regions(&directory).build().unwrap();
    let mut blocking = [bench.sqlite.connect(), bench.sqlite.connect()];
    let mut awaiting = [(); 2].map(|()| AsyncSqlite::new(bench.sqlite.connect()));
    blocking.iter_mut().for_each(|conn| cache.attach(conn));
    awaiting.iter_mut().for_each(|conn| cache.attach(conn));
    let [a, b] = &mut blocking;
    let [c, d] = &mut awaiting;
    Person::load_shared(a, "hot", 0, ROWS);
    assert!(Person::is_cached(a, "hot", 0, ROWS));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();

    let mut turns = Turns::new(Group::new(name, "Memory hit by a task, 11 rows of 2 columns").note(
        "A task awaits one load after the other: neither spawning it nor entering the runtime is a part of this.",
    ));
    turns.case("load, blocking", || Person::load(a, "hot", 0, ROWS));
    turns.case("load_shared, blocking", || Person::load_shared(b, "hot", 0, ROWS));
    turns.timed("load, task", |times| {
        within(&runtime, times, async || tasks::load(c, "hot", 0, ROWS).await)
    });
    turns.timed("load_shared, task", |times| {
        within(&runtime, times, async || tasks::load_shared(d, "hot", 0, ROWS).await)
    });
    let group = turns.run(bench.pace);
    bench.add(group);
}

/// Returns how long it takes to do the work this many times in one task.
fn within<T>(runtime: &Runtime, times: u64, mut work: impl AsyncFnMut() -> T) -> Duration {
    runtime.block_on(async {
        let start = Instant::now();
        for _ in 0..times {
            std::hint::black_box(work().await);
        }
        start.elapsed()
    })
}
