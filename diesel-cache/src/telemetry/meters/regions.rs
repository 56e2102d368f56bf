//! The metrics of a region.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Label, Recorder, Unit};

use super::meter::{Handle, Meter, Owner};
use crate::event::Tier;
use crate::telemetry::counter::Count;

const DURATION: &str = "diesel_cache_query_duration_seconds";
const ENTRIES: &str = "diesel_cache_entries";
const BYTES: &str = "diesel_cache_bytes";

/// The meters of one region.
pub(crate) struct Meters {
    region: Arc<str>,
    counters: [OnceLock<Meter<Counter>>; Count::NUMBER],
    duration: Meter<Histogram>,
    memory: [Meter<Gauge>; 2],
    disk: [Meter<Gauge>; 2],
    redis: [Meter<Gauge>; 2],
    owner: Owner,
}

impl Meters {
    /// Whether the gauges of what a region holds are disabled.
    pub(crate) const IDLE: bool = false;

    pub(crate) fn new(region: &Arc<str>) -> Self {
        let held = |tier: Tier| [ENTRIES, BYTES].map(|name| meter(region, name, Some(("tier", tier.as_str()))));
        Self {
            region: Arc::clone(region),
            counters: [const { OnceLock::new() }; Count::NUMBER],
            duration: meter(region, DURATION, None),
            memory: held(Tier::Memory),
            disk: held(Tier::Disk),
            redis: held(Tier::Redis),
            owner: Owner::new(describe),
        }
    }

    #[inline]
    pub(crate) fn count(&self, count: Count, number: u64) {
        let meter = match self.counters[count.place()].get() {
            Some(meter) => meter,
            None => match name(count) {
                Some((name, label)) => self.counters[count.place()].get_or_init(|| meter(&self.region, name, label)),
                None => return,
            },
        };
        meter.with(&self.owner, |counter| counter.increment(number));
    }

    pub(crate) fn queried(&self, took: Duration) {
        self.duration.with(&self.owner, |histogram| histogram.record(took));
    }

    pub(crate) fn holds(&self, tier: Tier, entries: u64, bytes: u64) {
        let [one, other] = match tier {
            Tier::Memory => &self.memory,
            Tier::Disk => &self.disk,
            Tier::Redis => &self.redis,
            Tier::Session => return,
        };
        for (gauge, value) in [(one, entries), (other, bytes)] {
            gauge.with(&self.owner, |gauge| gauge.set(value as f64));
        }
    }
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meters")
    }
}

fn meter<H: Handle>(region: &Arc<str>, name: &'static str, label: Option<(&'static str, &'static str)>) -> Meter<H> {
    let mut labels = vec![Label::new("region", Arc::clone(region))];
    labels.extend(label.map(|(key, value)| Label::from_static_parts(key, value)));
    Meter::new(name, labels)
}

/// Returns the name of a count's metric, and its label beside the region's. The time that hits have saved has no
/// metric, because counters hold whole numbers.
fn name(count: Count) -> Option<(&'static str, Option<(&'static str, &'static str)>)> {
    Some(match count {
        Count::Hit(tier) => ("diesel_cache_hits_total", Some(("tier", tier.as_str()))),
        Count::StaleHit => ("diesel_cache_stale_hits_total", None),
        Count::Miss(reason) => ("diesel_cache_misses_total", Some(("reason", reason.as_str()))),
        Count::Invalidated(cause) => ("diesel_cache_invalidated_misses_total", Some(("cause", cause.as_str()))),
        Count::Bypass(reason) => ("diesel_cache_bypasses_total", Some(("reason", reason.as_str()))),
        Count::Refusal(reason) => ("diesel_cache_refusals_total", Some(("reason", reason.as_str()))),
        Count::Wait => ("diesel_cache_coalesced_waits_total", None),
        Count::Store => ("diesel_cache_stores_total", None),
        Count::ReadFailure => ("diesel_cache_read_failures_total", None),
        Count::WriteFailure => ("diesel_cache_store_failures_total", None),
        Count::Invalidation => ("diesel_cache_invalidations_total", None),
        Count::Eviction => ("diesel_cache_evictions_total", None),
        Count::QueryTime | Count::SavedTime => return None,
    })
}

fn describe(recorder: &dyn Recorder) {
    for (name, text) in [
        (
            "diesel_cache_hits_total",
            "Loads that the cache answered, stale ones included",
        ),
        ("diesel_cache_stale_hits_total", "Hits on stale entries"),
        ("diesel_cache_misses_total", "Loads that found nothing usable"),
        (
            "diesel_cache_invalidated_misses_total",
            "Misses whose entry was invalidated",
        ),
        ("diesel_cache_bypasses_total", "Loads that did not use the cache"),
        (
            "diesel_cache_refusals_total",
            "Results that were returned and not stored",
        ),
        (
            "diesel_cache_coalesced_waits_total",
            "Loads that waited for the rows of another",
        ),
        ("diesel_cache_stores_total", "Results that were stored"),
        (
            "diesel_cache_read_failures_total",
            "Entries that could not be read from files or from Redis",
        ),
        (
            "diesel_cache_store_failures_total",
            "Results that could not be stored, and entries that could not be removed",
        ),
        (
            "diesel_cache_invalidations_total",
            "Invalidations by hand, of the region and of its queries",
        ),
        (
            "diesel_cache_evictions_total",
            "Entries that were evicted to make room for others",
        ),
    ] {
        recorder.describe_counter(name.into(), Some(Unit::Count), text.into());
    }
    let text = "Time that callers spent querying the database";
    recorder.describe_histogram(DURATION.into(), Some(Unit::Seconds), text.into());
    recorder.describe_gauge(ENTRIES.into(), Some(Unit::Count), "Entries held".into());
    recorder.describe_gauge(BYTES.into(), Some(Unit::Bytes), "Bytes held".into());
}
