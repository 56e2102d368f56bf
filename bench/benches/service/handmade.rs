//! The cache that a competent team would make by hand: moka with a short time to live, and one load of a key at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::future::Cache;

use crate::model::Resident;
use crate::spawn::Lookups;

/// Residents by id. Each is kept for a second.
#[derive(Clone, Debug)]
pub(crate) struct Handmade {
    residents: Cache<i32, Arc<Resident>>,
    lookups: Arc<AtomicU64>,
    misses: Arc<AtomicU64>,
}

impl Handmade {
    pub(crate) fn new() -> Self {
        let residents = Cache::builder()
            .max_capacity(100_000)
            .time_to_live(Duration::from_secs(1))
            .build();
        Self {
            residents,
            lookups: Arc::default(),
            misses: Arc::default(),
        }
    }

    pub(crate) async fn get(&self, id: i32, load: impl Future<Output = Resident>) -> Arc<Resident> {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        let load = async {
            self.misses.fetch_add(1, Ordering::Relaxed);
            Arc::new(load.await)
        };
        self.residents.get_with(id, load).await
    }

    pub(crate) async fn remove(&self, id: i32) {
        self.residents.invalidate(&id).await;
    }

    pub(crate) fn lookups(&self) -> Lookups {
        let misses = self.misses.load(Ordering::Relaxed);
        Lookups {
            hits: self.lookups.load(Ordering::Relaxed) - misses,
            misses,
        }
    }
}
