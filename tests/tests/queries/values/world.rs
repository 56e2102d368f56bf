//! A cache without a database, and counters for creators.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel_cache::{Cache, CacheBuilder, Error, Region};
use diesel_cache_tests::{Events, regions};
use tempfile::TempDir;

/// The regions that keep values.
pub(crate) const KEEPING: [&str; 3] = ["default", "files", "hot"];

/// A cache in a directory of its own, and its events.
pub(crate) struct World {
    pub(crate) cache: Cache,
    pub(crate) events: Events,
    pub(crate) directory: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(change: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Self {
        let directory = TempDir::new().unwrap();
        let events = Events::new();
        let builder = regions(&directory.path().join("cache")).listener(events.listener());
        let cache = change(builder).build().unwrap();
        Self {
            cache,
            events,
            directory,
        }
    }

    pub(crate) fn region(&self, name: &str) -> Region {
        self.cache.region(name).unwrap()
    }

    /// Returns another cache on the same directory, as another process would have it.
    pub(crate) fn other(&self) -> Cache {
        regions(&self.directory.path().join("cache")).build().unwrap()
    }
}

/// Adds a region that waits for other callers for a minute.
pub(crate) fn patient(builder: CacheBuilder) -> CacheBuilder {
    builder.region(Region::disk("patient").lock_timeout(Duration::from_secs(60)))
}

/// Returns the result of a creator that succeeds.
pub(crate) fn fine<T>(value: T) -> Result<T, Error> {
    Ok(value)
}

/// Counts calls.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicUsize);

impl Counter {
    pub(crate) fn add(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Waits until `is_so` returns `true`. Panics well before a [`patient`] region stops waiting.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}: never");
        std::thread::yield_now();
    }
}

/// Does the same as [`until`] without blocking the thread.
pub(crate) async fn so(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    waited.unwrap_or_else(|_| panic!("{what}: never"));
}
