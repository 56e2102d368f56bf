//! A cache without a database, and creators that are counted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel_cache::{Cache, CacheBuilder, Error, Region};
use diesel_cache_tests::{Events, regions};
use tempfile::TempDir;

/// Regions that keep values.
pub(crate) const KEEPING: [&str; 3] = ["default", "files", "hot"];

/// A cache in a directory of its own, and what it tells.
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

    /// Another cache on the directory, as another process has it.
    pub(crate) fn other(&self) -> Cache {
        regions(&self.directory.path().join("cache")).build().unwrap()
    }
}

/// A region that waits for others as long as it takes.
pub(crate) fn patient(builder: CacheBuilder) -> CacheBuilder {
    builder.region(Region::disk("patient").lock_timeout(Duration::from_secs(60)))
}

/// What a creator without faults returns.
pub(crate) fn fine<T>(value: T) -> Result<T, Error> {
    Ok(value)
}

/// Counts, and waits for counts.
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

/// Waits until that is so; well before a patient region loses its patience.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}: never");
        std::thread::yield_now();
    }
}

/// The same, giving way to other tasks.
pub(crate) async fn so(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    waited.unwrap_or_else(|_| panic!("{what}: never"));
}
