//! Writer ids: each gives the right to set one fence bit, and has a record in the file.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::file::Attached;
use super::identity::FileId;
use super::layout::{CLAIMABLE, GHOST, OVERFLOW, record};
use super::lock::Locked;
use super::map::Map;
use super::recovery::{self, Outcome};
use super::writer_lock;
use crate::generation::hash;

/// A claimed id. The operating system releases its lock when the process ends, in whatever way.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) id: usize,
    lock: Option<Locked>,
}

impl Writer {
    /// Claims an id for this process alone, or shares the overflow id if all are taken. If not even a lock file can be
    /// opened, the process fences in the ghost's name, which holds for the grace from now on.
    pub(super) fn claim(attached: &Attached, now: u64) -> Self {
        let Some(directory) = attached.directory() else {
            return Self { id: 0, lock: None };
        };
        Self::claim_own(attached, directory, now)
            .and_then(|own| own.map_or_else(|| Self::share_overflow(&attached.map, directory), Ok))
            .unwrap_or(Self { id: GHOST, lock: None })
    }

    fn claim_own(attached: &Attached, directory: &Path, now: u64) -> io::Result<Option<Self>> {
        for id in 0..CLAIMABLE {
            let Some(lock) = Locked::exclusively(writer_lock::open(directory, id)?)? else {
                continue;
            };
            let file = FileId::of(&lock.metadata()?);
            let record = attached.map.record(id);
            if record[record::IN_USE].load(SeqCst) != 0
                && (!writer_lock::is_on_record(record, file)
                    || recovery::recover_locked(&attached.map, id, now) != Outcome::Recovered)
            {
                continue; // a writer in doubt keeps its id
            }
            enlist(record, file);
            return Ok(Some(Self { id, lock: Some(lock) }));
        }
        Ok(None)
    }

    fn share_overflow(map: &Map, directory: &Path) -> io::Result<Self> {
        let lock = Locked::patiently(writer_lock::open(directory, OVERFLOW)?, File::try_lock_shared)?;
        let record = map.record(OVERFLOW);
        let file = FileId::of(&lock.metadata()?);
        // Nothing is cleared here. Other processes may be doing the same, and may have agreed on a grace since this
        // process looked. The process that took the record out of use has cleared it.
        if record[record::IN_USE].load(SeqCst) == 0 {
            writer_lock::set_on_record(record, file);
            record[record::IN_USE].store(1, SeqCst);
        } else if !writer_lock::is_on_record(record, file) {
            return Err(io::Error::other("the overflow's lock file has been replaced"));
        }
        record[record::UNNAMED].store(1, SeqCst);
        record[record::DIED].store(0, SeqCst);
        Ok(Self {
            id: OVERFLOW,
            lock: Some(lock),
        })
    }

    /// Returns `true` if several processes may hold fences under this id. None of them can tell whether it may clear a
    /// bit, so recovery clears it.
    pub(super) fn is_shared(&self) -> bool {
        self.id >= CLAIMABLE
    }

    /// Releases the id. The caller no longer fences anything under it.
    pub(super) fn release(self, attached: &Attached) {
        if !self.is_shared() && self.lock.is_some() {
            attached.map.record(self.id)[record::IN_USE].store(0, SeqCst);
        }
    }
}

/// Fills in a record without doubts. The last store puts it into use.
fn enlist(record: &[AtomicU64], lock: FileId) {
    record[record::CLAIM..].iter().for_each(|word| word.store(0, SeqCst));
    writer_lock::set_on_record(record, lock);
    record[record::CLAIM].store(hash::random(), SeqCst);
    record[record::IN_USE].store(1, SeqCst);
}
