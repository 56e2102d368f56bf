//! A task that runs whenever the other tasks yield.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Counts how often it is polled, and the longest time between two polls.
#[derive(Default)]
pub struct Ticker {
    ticks: AtomicU64,
    gap: Mutex<Duration>,
    stop: AtomicBool,
}

impl Ticker {
    pub fn start() -> Arc<Self> {
        let ticker = Arc::new(Self::default());
        let it = Arc::clone(&ticker);
        tokio::spawn(async move {
            let mut last = Instant::now();
            while !it.stop.load(Relaxed) {
                tokio::task::yield_now().await;
                it.ticks.fetch_add(1, Relaxed);
                let mut gap = it.gap.lock().unwrap();
                *gap = last.elapsed().max(*gap);
                last = Instant::now();
            }
        });
        ticker
    }

    pub fn ticks(&self) -> u64 {
        self.ticks.load(Relaxed)
    }

    pub fn stop(&self) {
        self.stop.store(true, Relaxed);
    }

    pub fn gap(&self) -> Duration {
        *self.gap.lock().unwrap()
    }
}
