//! Measures what it costs to share invalidations between machines;
//! `cargo bench -p diesel-cache-bench --bench machines -- --help`.
//!
//! Each member of the cluster is a process. This process is the member that writes and reads.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot set up has failed"
)]

mod arguments;
mod faults;
mod figures;
mod member;
mod plot;
mod report;
mod steady;

use arguments::{Arguments, Role};

fn main() {
    match Arguments::parse(std::env::args().skip(1)) {
        Ok(Role::Member { url, name }) => member::run(&url, &name),
        Ok(Role::Writer(arguments)) => {
            let figures = figures::Figures {
                load_average: diesel_cache_bench::load_average(),
                steady: steady::all(&arguments),
                faults: faults::all(),
            };
            report::write(&arguments, &figures);
        }
        Err(usage) => {
            eprint!("{usage}");
            std::process::exit(2);
        }
    }
}
