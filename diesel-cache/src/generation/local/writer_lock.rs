//! The lock files of writers, and their identities in the writers' records.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::identity::FileId;
use super::layout::record;
use super::private;
use crate::fault::{self, Point};

/// The subdirectory of the lock files.
pub(super) const DIRECTORY: &str = "writers";

/// Opens the lock file of a writer id, or creates it.
pub(super) fn open(directory: &Path, id: usize) -> io::Result<File> {
    fault::at(Point::BeforeOpen);
    private::options().create(true).open(path(directory, id))
}

/// Opens the lock file of a writer id. Never creates one: see [`is_on_record`].
pub(super) fn open_existing(directory: &Path, id: usize) -> io::Result<File> {
    fault::at(Point::BeforeOpen);
    fs::OpenOptions::new().read(true).write(true).open(path(directory, id))
}

/// Records which lock file the writer has locked.
pub(super) fn set_on_record(record: &[AtomicU64], lock: FileId) {
    record[record::LOCK].store(lock.0[0], SeqCst);
    record[record::LOCK + 1].store(lock.0[1], SeqCst);
}

/// Returns `true` if this lock file is the one that the writer has locked. The lock on any other file of that name says
/// nothing about whether the writer is alive.
pub(super) fn is_on_record(record: &[AtomicU64], file: FileId) -> bool {
    [record::LOCK, record::LOCK + 1].map(|word| record[word].load(SeqCst)) == file.0
}

fn path(directory: &Path, id: usize) -> PathBuf {
    directory.join(DIRECTORY).join(id.to_string())
}
