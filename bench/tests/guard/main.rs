//! Detects regressions without a clock: hot paths may neither allocate much more than was recorded, nor execute many
//! more instructions.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod allocator;
mod paths;
mod record;

use std::process::Command;

use allocator::{Count, during};
use paths::{PATHS, World};
use record::{Figures, check};

/// How often a path runs before it is counted, so that maps have grown and statements are prepared.
const WARM: usize = 50;
/// The number of counts, the least of which is compared, because a map grows now and then.
const RUNS: usize = 50;

#[test]
fn allocations() {
    let mut world = World::new();
    let mut figures = Figures::new();
    for (name, path) in PATHS {
        (0..WARM).for_each(|_| path(&mut world));
        let counts = (0..RUNS).map(|_| during(|| path(&mut world)));
        let Count { allocations, bytes } = counts.min().unwrap();
        figures.insert(format!("{name}: allocations"), allocations);
        figures.insert(format!("{name}: bytes"), bytes);
    }
    // The INSERTs have invalidated the entries, and no path has loaded them since. So the INSERTs did invalidate.
    assert!(!world.is_hit("hot") && !world.is_hit("files"));
    check(
        "allocations",
        "cargo test -p diesel-cache-bench --test guard allocations",
        &figures,
    );
}

/// Environment variables of a process that valgrind runs: which path it runs, and how often.
const PATH: &str = "DIESEL_CACHE_GUARD_PATH";
const TIMES: &str = "DIESEL_CACHE_GUARD_TIMES";
const FEW: u64 = 100;
const MANY: u64 = 600;

#[test]
#[ignore = "needs valgrind, and the optimised build: cargo test --profile bench -p diesel-cache-bench --test guard -- --ignored"]
fn instructions() {
    if cfg!(debug_assertions) {
        panic!("what is recorded are the instructions of the optimised build: add `--profile bench`");
    }
    let mut figures = Figures::new();
    for (name, _) in PATHS {
        // Everything else that the process does is the same for both, and cancels out.
        let difference = executed(name, MANY) - executed(name, FEW);
        figures.insert(name.to_owned(), difference / (MANY - FEW));
    }
    let command = "cargo test --profile bench -p diesel-cache-bench --test guard -- --ignored";
    check("instructions", command, &figures);
}

/// Returns the number of instructions of a process that runs a path this often.
fn executed(path: &str, times: u64) -> u64 {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("callgrind");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", &format!("--callgrind-out-file={}", file.display())])
        .arg(std::env::current_exe().unwrap())
        .args(["walk_a_path", "--exact", "--ignored", "--test-threads=1"])
        .env(PATH, path)
        .env(TIMES, times.to_string())
        .output()
        .expect("valgrind is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let profile = std::fs::read_to_string(file).unwrap();
    let total = profile
        .lines()
        .find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
    total.unwrap().trim().parse().unwrap()
}

#[test]
#[ignore = "is what `instructions` runs"]
fn walk_a_path() {
    let Ok(name) = std::env::var(PATH) else { return };
    let times: u64 = std::env::var(TIMES).unwrap().parse().unwrap();
    let (_, path) = PATHS.into_iter().find(|(known, _)| *known == name).unwrap();
    let mut world = World::new();
    (0..times).for_each(|_| path(&mut world));
}
