//! What a recorder of `metrics` receives.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Setup, Sqlite, everyone};
use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit, with_local_recorder,
};

#[derive(Clone, Default)]
pub(super) struct Book(Arc<Mutex<Pages>>);

#[derive(Default)]
struct Pages {
    counters: BTreeMap<String, Arc<AtomicU64>>,
    gauges: BTreeMap<String, Arc<AtomicU64>>,
    histograms: BTreeMap<String, Arc<Values>>,
    described: BTreeMap<String, Option<Unit>>,
}

#[derive(Default)]
struct Values(Mutex<Vec<f64>>);

impl HistogramFn for Values {
    fn record(&self, value: f64) {
        self.0.lock().unwrap().push(value);
    }
}

/// Returns a metric as an exporter prints it, without this test's region.
fn line(key: &Key) -> String {
    let labels: Vec<_> = key
        .labels()
        .map(|label| format!("{}={}", label.key(), label.value()))
        .collect();
    format!("{}{{{}}}", key.name(), labels.join(","))
}

impl Recorder for Book {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.0.lock().unwrap().described.insert(name.as_str().into(), unit);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.0.lock().unwrap().described.insert(name.as_str().into(), unit);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.0.lock().unwrap().described.insert(name.as_str().into(), unit);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let mut pages = self.0.lock().unwrap();
        Counter::from_arc(Arc::clone(pages.counters.entry(line(key)).or_default()))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        let mut pages = self.0.lock().unwrap();
        Gauge::from_arc(Arc::clone(pages.gauges.entry(line(key)).or_default()))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let mut pages = self.0.lock().unwrap();
        Histogram::from_arc(Arc::clone(pages.histograms.entry(line(key)).or_default()))
    }
}

impl Book {
    pub(super) fn counters(&self) -> Vec<String> {
        let pages = self.0.lock().unwrap();
        let counted = pages.counters.iter();
        counted
            .map(|(name, count)| format!("{name} {}", count.load(Ordering::SeqCst)))
            .collect()
    }

    fn gauge(&self, name: &str) -> f64 {
        f64::from_bits(self.0.lock().unwrap().gauges[name].load(Ordering::SeqCst))
    }

    pub(super) fn gauges(&self) -> Vec<String> {
        let pages = self.0.lock().unwrap();
        let gauges = pages.gauges.iter();
        gauges
            .map(|(name, value)| format!("{name} {}", f64::from_bits(value.load(Ordering::SeqCst))))
            .collect()
    }

    /// Returns the values that a histogram has recorded.
    pub(super) fn recorded(&self, name: &str) -> Vec<f64> {
        let pages = self.0.lock().unwrap();
        pages.histograms[name].0.lock().unwrap().clone()
    }

    pub(super) fn described(&self) -> BTreeMap<String, Option<Unit>> {
        self.0.lock().unwrap().described.clone()
    }
}

#[test]
fn names_labels_and_counts_are_by_the_book() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    let book = Book::default();
    with_local_recorder(&book, || {
        for _ in 0..3 {
            everyone("hot").load::<Person>(&mut setup.conn).unwrap();
        }
        everyone("off").load::<Person>(&mut setup.conn).unwrap();
        setup.cache.region("hot").unwrap().invalidate();
        everyone("hot").load::<Person>(&mut setup.conn).unwrap();
    });
    assert_eq!(
        book.counters(),
        [
            "diesel_cache_bypasses_total{region=off,reason=null_region} 1",
            "diesel_cache_hits_total{region=hot,tier=memory} 2",
            "diesel_cache_invalidated_misses_total{region=hot,cause=region} 1",
            "diesel_cache_invalidations_total{region=hot} 1",
            "diesel_cache_misses_total{region=hot,reason=absent} 1",
            "diesel_cache_misses_total{region=hot,reason=invalidated} 1",
            "diesel_cache_stores_total{region=hot} 2",
        ]
    );
    assert_eq!(book.gauge("diesel_cache_entries{region=hot,tier=memory}"), 1.0);
    let stats = setup.cache.region("hot").unwrap().stats();
    assert_eq!(
        book.gauge("diesel_cache_bytes{region=hot,tier=memory}"),
        stats.bytes() as f64
    );
    {
        let pages = book.0.lock().unwrap();
        let took = pages.histograms["diesel_cache_query_duration_seconds{region=hot}"]
            .0
            .lock()
            .unwrap();
        assert_eq!(took.len(), 2);
        assert!((0.0..60.0).contains(&took[0]), "{took:?}");
        assert_eq!(pages.described.len(), 15);
        for name in [
            "diesel_cache_hits_total",
            "diesel_cache_query_duration_seconds",
            "diesel_cache_bytes",
        ] {
            assert!(pages.described.contains_key(name), "{name}");
        }
    }
    with_local_recorder(&book, || setup.cache.region("hot").unwrap().clear());
    assert_eq!(book.gauge("diesel_cache_entries{region=hot,tier=memory}"), 0.0);
}

#[test]
fn a_recorder_that_comes_late_is_found() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    for _ in 0..3 {
        everyone("hot").load::<Person>(&mut setup.conn).unwrap();
    }
    let book = Book::default();
    with_local_recorder(&book, || everyone("hot").load::<Person>(&mut setup.conn).unwrap());
    assert_eq!(book.counters(), ["diesel_cache_hits_total{region=hot,tier=memory} 1"]);
    // It is kept, as the global one would be.
    everyone("hot").load::<Person>(&mut setup.conn).unwrap();
    assert_eq!(book.counters(), ["diesel_cache_hits_total{region=hot,tier=memory} 2"]);
}

#[test]
fn evictions_are_counted() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::with(&db, |builder| {
        builder.region(Region::memory("small").max_capacity(2_000))
    });
    let book = Book::default();
    with_local_recorder(&book, || {
        for number in 0..10 {
            let query = everyone("small").key(number.to_string());
            query.load::<Person>(&mut setup.conn).unwrap();
        }
    });
    let stats = setup.cache.region("small").unwrap().stats();
    assert!(stats.evictions() > 5);
    let expected = format!("diesel_cache_evictions_total{{region=small}} {}", stats.evictions());
    assert!(book.counters().contains(&expected), "{:?}", book.counters());
    assert_eq!(
        book.gauge("diesel_cache_entries{region=small,tier=memory}"),
        stats.entries() as f64
    );
}
