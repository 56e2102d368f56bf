//! Writer ids: who may set which fence bit, and what the file says about them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::file::{self, Attached};
use super::identity::{self, FileId};
use super::layout::{CLAIMABLE, GHOST, OVERFLOW, record};
use super::lock::Locked;
use super::map::Map;
use super::recovery::{self, Outcome};
use crate::fault::{self, Point};

/// Subdirectory of the lock files.
pub(super) const DIRECTORY: &str = "writers";

/// A claimed id. The lock ends with the process, however it ends.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) id: usize,
    lock: Option<Locked>,
}

/// A database session that runs a writer's statement: which server, and which of its sessions. Opaque here; both numbers are for
/// whoever asks the server whether the session still exists. A session is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) server: u64,
    pub(crate) id: u64,
}

impl Writer {
    /// Claims an id of one's own; shares the overflow id when all are taken; and when not even a lock file can be opened, fences
    /// in the ghost's name, which holds for the grace period from now on.
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
            let Some(lock) = Locked::exclusively(open_lock(directory, id)?)? else {
                continue;
            };
            let file = FileId::of(&lock.metadata()?);
            let record = attached.map.record(id);
            if record[record::IN_USE].load(SeqCst) != 0
                && (!is_lock_of(record, file) || recovery::recover_locked(&attached.map, id, now) != Outcome::Recovered)
            {
                continue; // a writer in doubt keeps its id
            }
            enlist(record, file);
            return Ok(Some(Self { id, lock: Some(lock) }));
        }
        Ok(None)
    }

    fn share_overflow(map: &Map, directory: &Path) -> io::Result<Self> {
        let lock = Locked::patiently(open_lock(directory, OVERFLOW)?, File::try_lock_shared)?;
        let record = map.record(OVERFLOW);
        let file = FileId::of(&lock.metadata()?);
        // Others may be doing the same, and may have agreed on a grace since this process looked: nothing is cleared here, as
        // whoever took the record out of use has done so.
        if record[record::IN_USE].load(SeqCst) == 0 {
            set_lock(record, file);
            record[record::IN_USE].store(1, SeqCst);
        } else if !is_lock_of(record, file) {
            return Err(io::Error::other("the overflow's lock file has been replaced"));
        }
        record[record::UNNAMED].store(1, SeqCst);
        record[record::DIED].store(0, SeqCst);
        Ok(Self {
            id: OVERFLOW,
            lock: Some(lock),
        })
    }

    /// Several processes may hold fences under this id: none of them can tell whether it may clear a bit. Recovery does.
    pub(super) fn is_shared(&self) -> bool {
        self.id >= CLAIMABLE
    }

    /// Nothing is fenced under this id any more.
    pub(super) fn release(self, attached: &Attached) {
        if !self.is_shared() && self.lock.is_some() {
            attached.map.record(self.id)[record::IN_USE].store(0, SeqCst);
        }
    }
}

/// A record without doubts, in use from its last store on.
fn enlist(record: &[AtomicU64], lock: FileId) {
    record[record::CLAIM..].iter().for_each(|word| word.store(0, SeqCst));
    set_lock(record, lock);
    record[record::CLAIM].store(identity::random(), SeqCst);
    record[record::IN_USE].store(1, SeqCst);
}

fn set_lock(record: &[AtomicU64], lock: FileId) {
    record[record::LOCK].store(lock.0[0], SeqCst);
    record[record::LOCK + 1].store(lock.0[1], SeqCst);
}

/// Writes the record of writers whose fate was lost: in doubt for `grace` from `died` on (or longer, if it is longer already).
pub(super) fn summon_ghost(map: &Map, directory: &Path, grace: u64, died: u64) -> io::Result<()> {
    let lock = Locked::patiently(open_lock(directory, GHOST)?, File::try_lock)?; // keeps a recovery out
    let file = FileId::of(&lock.metadata()?);
    // Nothing is cleared: those who cannot lock prolong it at the same time, and whoever took it out of use has cleared it.
    set_lock(map.record(GHOST), file);
    prolong_ghost(map, grace, died);
    Ok(())
}

pub(super) fn prolong_ghost(map: &Map, grace: u64, died: u64) {
    let record = map.record(GHOST);
    record[record::UNNAMED].store(1, SeqCst);
    record[record::GRACE].fetch_max(grace, SeqCst);
    record[record::DIED].fetch_max(died, SeqCst);
    record[record::IN_USE].store(1, SeqCst);
}

/// Was this lock file the one that the writer locked? A new file of that name proves nothing about the writer's death.
pub(super) fn is_lock_of(record: &[AtomicU64], file: FileId) -> bool {
    [record::LOCK, record::LOCK + 1].map(|word| record[word].load(SeqCst)) == file.0
}

pub(super) fn open_lock(directory: &Path, id: usize) -> io::Result<File> {
    fault::at(Point::BeforeOpen);
    file::private().create(true).open(lock_path(directory, id))
}

/// Never makes a file: see [`is_lock_of`].
pub(super) fn open_lock_of(directory: &Path, id: usize) -> io::Result<File> {
    fault::at(Point::BeforeOpen);
    fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(lock_path(directory, id))
}

fn lock_path(directory: &Path, id: usize) -> PathBuf {
    directory.join(DIRECTORY).join(id.to_string())
}
