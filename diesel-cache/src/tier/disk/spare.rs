//! Spare files and directories: those of evicted entries, kept for new ones.
//!
//! Creating a file is slow if many were removed just before: ext4 skips every inode that was freed in the last seconds.
//! At the bound, each store creates as many files as it removes, so a few old files are put aside and written again. A
//! reader that still has such a file open sees another key's line, or bytes of another hash: a miss. Leaves that have
//! become empty are put aside and reused in the same way, because removing a directory is the most expensive of all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::names::TEMPORARY;
use super::private::{in_private_dir, remove_any};
use super::random::Random;

/// How many files, and how many leaves, are put aside: as many as one eviction frees.
const KEPT: usize = 16;
/// The size to which a file is cut, in bytes.
const BLOCK: u64 = 4096;

/// The files and leaves that this process has put aside. They are among the temporary files.
#[derive(Debug, Default)]
pub(super) struct Spares {
    files: Mutex<Vec<PathBuf>>,
    leaves: Mutex<Vec<PathBuf>>,
}

impl Spares {
    /// Removes a file from its place, and keeps it if there is room. Returns `false` if there was none.
    pub(super) fn keep(&self, directory: &Path, path: &Path, random: &Random) -> io::Result<bool> {
        if self.files().len() < KEPT && fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
            let aside = directory.join(TEMPORARY).join(format!("{:016x}", random.next()));
            if in_private_dir(&aside, || match path.exists() {
                // Otherwise the parents of `aside` would be created in vain, again and again.
                true => fs::rename(path, &aside),
                false => Err(io::ErrorKind::InvalidInput.into()),
            })
            .is_ok()
            {
                // If the process is killed, only a block of the file is left.
                let cut = |file: File| match file.metadata()?.len() > BLOCK {
                    true => file.set_len(BLOCK),
                    false => Ok(()),
                };
                match OpenOptions::new().write(true).open(&aside).and_then(cut) {
                    Ok(()) => self.files().push(aside),
                    Err(_) => drop(fs::remove_file(aside)),
                }
                return Ok(true);
            }
        }
        remove_any(path)
    }

    /// Returns a file that was put aside, with these bytes as its content.
    pub(super) fn reuse(&self, bytes: &[u8]) -> Option<(PathBuf, File)> {
        let path = self.files().pop()?;
        let rewrite = || -> io::Result<File> {
            let mut file = OpenOptions::new().write(true).open(&path)?;
            file.write_all(bytes)?;
            file.set_len(bytes.len() as u64)?;
            Ok(file)
        };
        match rewrite() {
            Ok(file) => Some((path, file)),
            Err(_) => {
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files().is_empty()
    }

    /// Removes the leaf of a file from its place if it is empty, and keeps it if there is room.
    pub(super) fn keep_leaf(&self, directory: &Path, path: &Path, random: &Random) {
        let is_empty = |leaf: &Path| fs::read_dir(leaf).is_ok_and(|mut files| files.next().is_none());
        let Some(leaf) = path.parent().filter(|leaf| is_empty(leaf)) else {
            return;
        };
        if self.leaves().len() >= KEPT {
            let _ = fs::remove_dir(leaf);
            return;
        }
        let aside = directory.join(TEMPORARY).join(format!("{:016x}", random.next()));
        if fs::rename(leaf, &aside).is_ok() {
            if is_empty(&aside) {
                self.leaves().push(aside);
            } else if fs::rename(&aside, leaf).is_err() {
                // Another process has stored into the leaf in the meantime, and the leaf was created again: an entry is
                // lost.
                let _ = fs::remove_dir_all(aside);
            }
        }
    }

    /// Runs work that needs the directory of `path`. If it is missing, a leaf that was put aside may take its place.
    pub(super) fn in_leaf<T>(&self, path: &Path, mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        match work() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => return result,
        }
        if let Some(leaf) = path.parent()
            && let Some(spare) = { self.leaves().pop() }
            && in_private_dir(leaf, || fs::rename(&spare, leaf)).is_err()
        {
            // Another process has created the directory by now, and has stored into it.
            let _ = fs::remove_dir(spare);
        }
        in_private_dir(path, work)
    }

    fn files(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leaves(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.leaves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Spares {
    fn drop(&mut self) {
        for path in self.files().drain(..) {
            let _ = fs::remove_file(path);
        }
        for path in self.leaves().drain(..) {
            let _ = fs::remove_dir(path);
        }
    }
}
