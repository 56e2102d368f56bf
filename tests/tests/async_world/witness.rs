//! Records which threads open, read and write files.

use std::collections::HashMap;
use std::sync::{Mutex, Once};
use std::thread::{self, ThreadId};

use diesel_cache::fault::{self, Point};
use diesel_cache_tests::{TierAccess, hook_shared_tiers};

static WATCHED: Mutex<Option<HashMap<ThreadId, Vec<FileAccess>>>> = Mutex::new(None);

/// An access to files, which blocks a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileAccess {
    /// A file of the generations is opened.
    Open,
    /// An entry is read or written.
    Tier(TierAccess),
}

/// Begins to watch the accesses of this process. Caches that were built before are watched only in part, so a test
/// calls this before it builds its own.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        fault::set_hook(|point| {
            if point == Point::BeforeOpen {
                see(FileAccess::Open);
            }
        });
        hook_shared_tiers(|access| {
            see(FileAccess::Tier(access));
            Ok(())
        });
    });
}

/// Records the accesses of one thread.
pub struct Witness(ThreadId);

impl Witness {
    pub fn here() -> Self {
        let id = thread::current().id();
        WATCHED.lock().unwrap().get_or_insert_default().insert(id, Vec::new());
        Self(id)
    }

    /// Returns what was recorded since the last call.
    pub fn take(&self) -> Vec<FileAccess> {
        let mut watched = WATCHED.lock().unwrap();
        std::mem::take(watched.as_mut().unwrap().get_mut(&self.0).unwrap())
    }
}

fn see(access: FileAccess) {
    let mut watched = WATCHED.lock().unwrap();
    if let Some(seen) = watched.as_mut().and_then(|it| it.get_mut(&thread::current().id())) {
        seen.push(access);
    }
}
