//! The metrics of a member of a cluster.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Label, Recorder, Unit};

use super::meter::{Meter, Owner};
use crate::telemetry::cluster_figures::ClusterFigures;

const GAUGES: [(&str, &str); 4] = [
    (
        "diesel_cache_cluster_serving",
        "1 if loads are answered from the cache, 0 if not",
    ),
    (
        "diesel_cache_cluster_members",
        "Members of the cluster, 0 if this process is not one",
    ),
    (
        "diesel_cache_cluster_fences",
        "Writes of all members that are under way, or in doubt",
    ),
    (
        "diesel_cache_cluster_owed",
        "Slots of writes and invalidations that the server does not know yet",
    ),
];

const COUNTERS: [(&str, &str); 6] = [
    (
        "diesel_cache_cluster_epochs_total",
        "Epochs that this process has joined",
    ),
    (
        "diesel_cache_cluster_losses_total",
        "Losses of the contact with the server",
    ),
    (
        "diesel_cache_cluster_events_total",
        "Events of all members that this process has applied",
    ),
    (
        "diesel_cache_cluster_writes_total",
        "Writes that have waited for other members",
    ),
    (
        "diesel_cache_cluster_unfenced_total",
        "Writes and invalidations that went on although the server could not be reached",
    ),
    (
        "diesel_cache_cluster_expired_total",
        "Writes that had to wait for the end of another member's lease",
    ),
];

const WAIT: &str = "diesel_cache_cluster_wait_duration_seconds";

/// The meters of one member.
pub(crate) struct ClusterMeters {
    gauges: [Meter<Gauge>; GAUGES.len()],
    counters: [Counted; COUNTERS.len()],
    wait: Meter<Histogram>,
    owner: Owner,
}

/// A counter, and the value that it has reached so far.
struct Counted {
    meter: Meter<Counter>,
    last: AtomicU64,
}

impl ClusterMeters {
    pub(crate) fn new(cluster: &str) -> Self {
        let labels = || vec![Label::new("cluster", cluster.to_owned())];
        Self {
            gauges: GAUGES.map(|(name, _)| Meter::new(name, labels())),
            counters: COUNTERS.map(|(name, _)| Counted {
                meter: Meter::new(name, labels()),
                last: AtomicU64::new(0),
            }),
            wait: Meter::new(WAIT, labels()),
            owner: Owner::new(describe),
        }
    }

    /// Records how long a write or an invalidation has waited.
    pub(crate) fn waited(&self, took: Duration) {
        self.wait.with(&self.owner, |histogram| histogram.record(took));
    }

    pub(crate) fn observe(&self, figures: &ClusterFigures) {
        for (gauge, value) in self.gauges.iter().zip(figures.now) {
            gauge.with(&self.owner, |gauge| gauge.set(value as f64));
        }
        for (counted, total) in self.counters.iter().zip(figures.totals) {
            let new = total.saturating_sub(counted.last.swap(total, SeqCst));
            if new > 0 {
                counted.meter.with(&self.owner, |counter| counter.increment(new));
            }
        }
    }
}

fn describe(recorder: &dyn Recorder) {
    for (name, text) in GAUGES {
        recorder.describe_gauge(name.into(), Some(Unit::Count), text.into());
    }
    for (name, text) in COUNTERS {
        recorder.describe_counter(name.into(), Some(Unit::Count), text.into());
    }
    let text = "Time that writes and invalidations have waited for other members";
    recorder.describe_histogram(WAIT.into(), Some(Unit::Seconds), text.into());
}

impl fmt::Debug for ClusterMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClusterMeters")
    }
}
