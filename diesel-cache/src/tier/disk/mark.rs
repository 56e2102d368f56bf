//! Marks of use. The modification time of a bucket says when its entry was last used, and whether it has been used
//! since it was stored.
//!
//! One time says both, so that one `stat` suffices and no file is read. A use is marked by setting the time to a full
//! millisecond plus [`USED`] nanoseconds. A write sets the time to that of the system's clock, which looks like such a
//! mark by chance once in a million times. The access time is not suitable, because the mount options decide whether
//! the system changes it. Where a file system keeps coarser times, every entry looks unused, and the oldest is evicted
//! first.

use std::fs::{File, FileTimes, Metadata};
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::clock::Millis;

/// Nanoseconds after the full millisecond; a multiple of 100, which NTFS can store.
const USED: u32 = 424_200;

/// The content of a bucket's modification time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UseMark {
    pub(super) at: Millis,
    pub(super) used: bool,
}

impl UseMark {
    pub(super) fn stored(at: Millis) -> Self {
        Self { at, used: false }
    }

    pub(super) fn used(at: Millis) -> Self {
        Self { at, used: true }
    }

    pub(super) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            at: Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
            used: since.subsec_nanos() % 1_000_000 == USED,
        }
    }

    pub(super) fn set(self, file: &File) -> io::Result<()> {
        let tag = Duration::from_nanos(if self.used { USED.into() } else { 0 });
        let time = self.at.system_time();
        file.set_times(FileTimes::new().set_modified(time.checked_add(tag).unwrap_or(time)))
    }

    /// Returns `true` if the system's clock, which has just marked a write, shows the same time to the second.
    pub(super) fn is_now(self) -> bool {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        wall.abs_diff(Duration::from_millis(self.at.0)) < Duration::from_secs(1)
    }
}
