//! The outcome of a load on a service.

use std::time::Duration;

use serde::Serialize;

/// What the clients saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The latencies of reads and of writes.
    pub(crate) reads: Vec<Duration>,
    pub(crate) writes: Vec<Duration>,
    /// The number of reads that returned a row older than a write that had been answered before the read began.
    pub(crate) stale: u64,
}

impl Seen {
    pub(crate) fn add(&mut self, other: Self) {
        self.reads.extend(other.reads);
        self.writes.extend(other.writes);
        self.stale += other.stale;
    }
}

/// One measurement.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) requests_per_second: f64,
    /// The latencies of all requests, in µs.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// The latencies of reads only, in µs.
    pub(crate) reads_p50: f64,
    pub(crate) reads_p99: f64,
    /// Hits per lookup in the cache, from 0 to 1. NaN without a cache.
    pub(crate) hit_ratio: f64,
    pub(crate) reads: f64,
    pub(crate) stale: f64,
}

impl Outcome {
    pub(crate) fn new(seen: Seen, took: Duration, hit_ratio: f64) -> Self {
        let Seen {
            mut reads,
            writes,
            stale,
        } = seen;
        let mut all: Vec<_> = reads.iter().chain(&writes).copied().collect();
        all.sort_unstable();
        reads.sort_unstable();
        Self {
            requests_per_second: all.len() as f64 / took.as_secs_f64(),
            p50: percentile(&all, 50),
            p99: percentile(&all, 99),
            reads_p50: percentile(&reads, 50),
            reads_p99: percentile(&reads, 99),
            hit_ratio,
            reads: reads.len() as f64,
            stale: stale as f64,
        }
    }

    /// Returns the median of each figure, and the sum of each count.
    pub(crate) fn median(rounds: &[Self]) -> Self {
        let median = |figure: fn(&Self) -> f64| {
            let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            figures[figures.len() / 2]
        };
        let sum = |figure: fn(&Self) -> f64| rounds.iter().map(figure).sum();
        Self {
            requests_per_second: median(|round| round.requests_per_second),
            p50: median(|round| round.p50),
            p99: median(|round| round.p99),
            reads_p50: median(|round| round.reads_p50),
            reads_p99: median(|round| round.reads_p99),
            hit_ratio: median(|round| round.hit_ratio),
            reads: sum(|round| round.reads),
            stale: sum(|round| round.stale),
        }
    }
}

/// Returns a percentile in µs.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let place = sorted.len() * percent / 100;
    sorted
        .get(place)
        .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e6)
}
