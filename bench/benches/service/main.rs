//! Measures a web service under load: with this cache, without a cache, and with a cache made by hand;
//! `cargo bench -p diesel-cache-bench --bench service -- --help`.
//!
//! Each service is a process of its own. The clients are in this process, and check every response. A row is outdated
//! if it is older than a write of it that the service had answered before the read began.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot set up has failed"
)]

mod arguments;
mod clients;
mod database;
mod handmade;
mod keys;
mod measure;
mod model;
mod outcome;
mod plot;
mod report;
mod server;
mod spawn;
mod variant;
mod versions;

use arguments::{Arguments, Role};

fn main() {
    match Arguments::parse(std::env::args().skip(1)) {
        Ok(Role::Service {
            variant,
            url,
            directory,
        }) => server::run(variant, &url, &directory),
        Ok(Role::Clients(arguments)) => {
            let table = measure::all(&arguments);
            report::write(&arguments, &table);
        }
        Err(usage) => {
            eprint!("{usage}");
            std::process::exit(2);
        }
    }
}
