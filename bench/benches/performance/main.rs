//! Measures what diesel-cache costs and saves, compared with its peers; `cargo bench -p diesel-cache-bench -- --help`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot set up has failed"
)]

mod arguments;
mod bench;
mod counts;
mod figures;
mod groups;
mod harness;
mod peers;
mod pin;
mod posts;
mod report;
mod servers;
mod stores;

use std::path::Path;
use std::time::Instant;

use arguments::{Arguments, Role};
use bench::Bench;

fn main() {
    match Arguments::parse(std::env::args().skip(1)) {
        Ok(Role::Parent(arguments)) => parent(arguments),
        Ok(Role::Child(directory)) => groups::fresh::child(&directory),
        Err(usage) => {
            eprint!("{usage}");
            std::process::exit(2);
        }
    }
}

fn parent(arguments: Arguments) {
    let start = Instant::now();
    // Determined here, before this thread is pinned.
    let cpus = pin::cpus();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/diesel-cache-bench");
    std::fs::create_dir_all(&directory).unwrap();
    let directory = directory.canonicalize().unwrap();
    let caches = arguments.directory.clone().unwrap_or_else(|| directory.clone());
    let mut bench = Bench::new(arguments, &caches);
    for group in [
        groups::memory::run,
        groups::tasks::run,
        groups::fresh::run,
        groups::store::run,
        groups::miss::run,
        groups::write::run,
        groups::growth::run,
        groups::overwrite::run,
        groups::rows::run,
        groups::relations::run,
    ] {
        pin::this_thread(&cpus[..cpus.len().min(1)]);
        group(&mut bench);
    }
    pin::this_thread(cpus);
    groups::threads::run(&mut bench);
    groups::rows::while_written(&mut bench);
    groups::precision::run(&mut bench);
    if !bench.arguments.list {
        report::write(&bench, &directory, start.elapsed());
    }
}
