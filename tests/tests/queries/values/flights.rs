//! Single flight: of all threads and tasks of all processes, one creates the value of a key.

use std::path::Path;
use std::sync::{Arc, Barrier};
use std::thread;

use diesel_cache_tests::{Peer, is_peer, regions, serve};

use super::world::{Counter, World, fine, patient, until};

const PROCESSES: usize = 8;
const THREADS: usize = 16;

/// Requests the key in all threads of this process at the same time. Returns the number of creations.
fn stampede(directory: &Path, key: &str, batch: bool) -> usize {
    let cache = patient(regions(directory)).build().unwrap();
    let region = cache.region("patient").unwrap();
    let (creations, start) = (Counter::default(), Barrier::new(THREADS));
    let create = || {
        creations.add();
        // Waits until all other threads of this process wait for this creator, unless some of them request batches.
        until("all others wait", || {
            batch || region.stats().coalesced_waits() == THREADS as u64 - 1
        });
        42_i32
    };
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (region, create, start) = (&region, &create, &start);
            scope.spawn(move || {
                start.wait();
                let value = match batch && number % 2 == 0 {
                    true => region.get_or_create_multi([key], |_| fine(vec![create()])).unwrap()[0],
                    false => region.get_or_create(key, || fine(create())).unwrap(),
                };
                assert_eq!(value, 42);
            });
        }
    });
    creations.get()
}

/// Does the same, with every other thread requesting the key in a task. All of them wait for one creator of either
/// kind.
fn stampede_of_both(directory: &Path, key: &str) -> usize {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cache = patient(regions(directory)).build().unwrap();
    let region = cache.region("patient").unwrap();
    let (creations, start) = (Arc::new(Counter::default()), Arc::new(Barrier::new(THREADS)));
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (region, creations, start) = (region.clone(), Arc::clone(&creations), Arc::clone(&start));
            let (runtime, key) = (&runtime, key.to_owned());
            scope.spawn(move || {
                start.wait();
                let watched = region.clone();
                let all_wait = move || watched.stats().coalesced_waits() == THREADS as u64 - 1;
                let value = match number % 2 {
                    0 => region.get_or_create(key, || {
                        creations.add();
                        until("all others wait", all_wait);
                        fine(42_i32)
                    }),
                    _ => {
                        let task = runtime.spawn(region.get_or_create_async(key, async move || {
                            creations.add();
                            while !all_wait() {
                                tokio::task::yield_now().await;
                            }
                            fine(42_i32)
                        }));
                        runtime.block_on(task).unwrap()
                    }
                };
                assert_eq!(value.unwrap(), 42);
            });
        }
    });
    creations.get()
}

/// Not a test of its own: what the other processes run.
#[test]
fn peer() {
    if is_peer() {
        let directory = std::env::var("DIRECTORY").unwrap();
        serve(|key| match key {
            "both" => stampede_of_both(directory.as_ref(), key).to_string(),
            _ => stampede(directory.as_ref(), key, key.starts_with("batch")).to_string(),
        });
    }
}

#[test]
fn processes_threads_and_tasks_create_once() {
    let world = World::new();
    let directory = world.directory.path().display().to_string();
    let mut peers: Vec<Peer> = (0..PROCESSES)
        .map(|_| Peer::spawn(module_path!(), &[("DIRECTORY", &directory)]))
        .collect();
    for key in ["one", "batch", "both"] {
        let counts: Vec<usize> = thread::scope(|scope| {
            let asked: Vec<_> = peers
                .iter_mut()
                .map(|peer| scope.spawn(|| peer.ask(key).parse().unwrap()))
                .collect();
            asked.into_iter().map(|count| count.join().unwrap()).collect()
        });
        assert_eq!(counts.iter().sum::<usize>(), 1, "{key}: {counts:?}");
    }
}
