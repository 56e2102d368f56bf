//! Writer ids. Each stands for one fence bit in every slot, and has a record in the file.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::file::MappedFile;
use super::identity::FileId;
use super::layout::{CLAIMABLE, GHOST, OVERFLOW, record};
use super::lock::Locked;
use super::map::Map;
use super::recovery::{self, Recovery};
use super::writer_lock;
use crate::generation::hash;

/// A claimed id. The operating system releases its lock when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct ClaimedWriter {
    pub(super) id: usize,
    lock: Option<Locked>,
}

impl ClaimedWriter {
    /// Claims an id for this process alone, or shares the overflow id if all others are taken. If no lock file can be
    /// opened, returns the ghost's id, whose fences stay for the grace from now on.
    pub(super) fn claim(mapped: &MappedFile, now: u64) -> Self {
        let Some(directory) = mapped.directory() else {
            return Self { id: 0, lock: None };
        };
        Self::claim_own(mapped, directory, now)
            .and_then(|own| own.map_or_else(|| Self::share_overflow(&mapped.map, directory), Ok))
            .unwrap_or(Self { id: GHOST, lock: None })
    }

    fn claim_own(mapped: &MappedFile, directory: &Path, now: u64) -> io::Result<Option<Self>> {
        for id in 0..CLAIMABLE {
            let Some(lock) = Locked::exclusively(writer_lock::open(directory, id)?)? else {
                continue;
            };
            let file = FileId::of(&lock.metadata()?);
            let record = mapped.map.record(id);
            if record[record::IN_USE].load(SeqCst) != 0
                && (!writer_lock::is_on_record(record, file)
                    || recovery::recover_locked(&mapped.map, id, now) != Recovery::Recovered)
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
        // Nothing is cleared here: other processes may be doing the same, and may have recorded a grace meanwhile. The
        // record was cleared when it was last taken out of use.
        if record[record::IN_USE].load(SeqCst) == 0 {
            writer_lock::set_on_record(record, file);
            record[record::IN_USE].store(1, SeqCst);
        } else if !writer_lock::is_on_record(record, file) {
            return Err(io::Error::other("the lock file of the shared writer id was replaced"));
        }
        record[record::UNNAMED].store(1, SeqCst);
        record[record::DIED].store(0, SeqCst);
        Ok(Self {
            id: OVERFLOW,
            lock: Some(lock),
        })
    }

    /// Returns `true` if several processes may hold fences under this id. None of them knows whether another needs a
    /// bit, so only recovery clears the bits.
    pub(super) fn is_shared(&self) -> bool {
        self.id >= CLAIMABLE
    }

    /// Releases the id. The caller must not have any fence under it.
    pub(super) fn release(self, mapped: &MappedFile) {
        if !self.is_shared() && self.lock.is_some() {
            mapped.map.record(self.id)[record::IN_USE].store(0, SeqCst);
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
