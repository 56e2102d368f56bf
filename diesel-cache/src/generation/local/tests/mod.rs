//! Tests of the generations, by what can go wrong.

mod begun;
mod claim;
mod directory;
mod doubt;
mod epoch;
mod history;
mod on_task;
mod process;
mod replacement;
mod shared;
mod threads;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::generation::clock::BootClock;
use crate::generation::{Begun, DOUBT_GRACE, DatabaseSession};

/// A temporary directory of one test.
struct TempDirectory(PathBuf);

impl TempDirectory {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "diesel-cache-generations-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, SeqCst)
        );
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("generations")
    }
}

impl Drop for TempDirectory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A clock that tests move by hand. It starts so long after the boot that no doubt of the boot is left.
#[derive(Clone)]
struct Hands(Arc<AtomicU64>);

impl Hands {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_000_000_000)))
    }

    fn forward(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as u64, SeqCst);
    }

    /// Moves the clock past every interval.
    fn look(&self) {
        self.forward(Duration::from_millis(watch::INTERVAL));
    }

    fn options(&self) -> GenerationOptions {
        GenerationOptions {
            clock: BootClock::Manual(Arc::clone(&self.0)),
            ..GenerationOptions::default()
        }
    }
}

fn open(path: &Path, hands: &Hands) -> Local {
    Local::open(path, hands.options()).unwrap()
}

impl Fence {
    fn doubt(self) {
        drop(self);
    }
}

impl Local {
    fn is_valid(&self, stamp: &Stamp) -> bool {
        self.read().is_valid(stamp)
    }
}

fn person() -> Slot {
    Slot::table("", "person")
}

fn address() -> Slot {
    Slot::table("", "address")
}

const SERVER: DoubtPolicy = DoubtPolicy::Grace {
    grace: DOUBT_GRACE,
    session: None,
};

const fn session(id: u64) -> DoubtPolicy {
    DoubtPolicy::Grace {
        grace: DOUBT_GRACE,
        session: Some(DatabaseSession { server: 77, id }),
    }
}
