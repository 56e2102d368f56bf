//! Measures all variants under all loads.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use tempfile::TempDir;

use crate::arguments::Arguments;
use crate::clients::{self, Load};
use crate::database;
use crate::keys::Zipf;
use crate::outcome::Outcome;
use crate::spawn::Service;
use crate::variant::Variant;
use crate::versions::Versions;

/// The numbers of writes among 100 requests.
pub(crate) const WRITES: [i32; 4] = [0, 1, 5, 20];

/// The outcomes of all measurements.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    /// The outcomes by number of writes and by variant, in the order of [`WRITES`] and [`Variant::ALL`].
    pub(crate) outcomes: Vec<Vec<Outcome>>,
    pub(crate) seconds: u64,
    pub(crate) load_average: Option<String>,
}

/// Measures every variant under every load.
///
/// # Panics
///
/// If a variant that must never return an outdated row returns one.
pub(crate) fn all(arguments: &Arguments) -> Table {
    let (started, load_average) = (Instant::now(), diesel_cache_bench::load_average());
    let database = database::create();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (zipf, versions) = (Arc::new(Zipf::new()), Arc::new(Versions::new()));
    let mut rounds: Vec<Vec<Vec<Outcome>>> = WRITES.map(|_| Variant::ALL.map(|_| Vec::new()).to_vec()).to_vec();
    for round in 0..arguments.rounds {
        for (place, writes) in WRITES.into_iter().enumerate() {
            for turn in 0..Variant::ALL.len() {
                // The order differs between rounds, because a machine may change its speed.
                let at = (turn + round * 2) % Variant::ALL.len();
                let variant = Variant::ALL[at];
                let directory = TempDir::new().unwrap();
                let service = Service::start(variant, database.url(), directory.path());
                let load = Load {
                    service: service.address,
                    zipf: Arc::clone(&zipf),
                    versions: Arc::clone(&versions),
                    writes,
                };
                let outcome = runtime.block_on(measure(arguments, &load, &service, round as u64));
                assert!(
                    outcome.stale == 0.0 || !variant.is_never_stale(),
                    "{}: {} outdated responses",
                    variant.name(),
                    outcome.stale
                );
                println!(
                    "{writes:>3} % writes, {:<34} {:>8.0} requests/s, p50 {:>6.0} µs, p99 {:>7.0} µs, reads' p99 {:>7.0} µs, \
                     hits {:.3}, {} of {} outdated",
                    variant.name(),
                    outcome.requests_per_second,
                    outcome.p50,
                    outcome.p99,
                    outcome.reads_p99,
                    outcome.hit_ratio,
                    outcome.stale,
                    outcome.reads
                );
                rounds[place][at].push(outcome);
            }
        }
    }
    let medians = |variants: Vec<Vec<Outcome>>| variants.iter().map(|rounds| Outcome::median(rounds)).collect();
    Table {
        outcomes: rounds.into_iter().map(medians).collect(),
        seconds: started.elapsed().as_secs(),
        load_average,
    }
}

async fn measure(arguments: &Arguments, load: &Load, service: &Service, round: u64) -> Outcome {
    let seed = 2 * round;
    let (warming, _) = clients::run(load, arguments.warm_up, seed).await;
    let before = service.lookups();
    let (mut seen, took) = clients::run(load, arguments.measured, seed + 1).await;
    seen.stale += warming.stale;
    Outcome::new(seen, took, service.lookups().hit_ratio_since(before))
}
