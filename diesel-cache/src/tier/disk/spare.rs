//! Files and directories of evicted entries, kept for the next ones.
//!
//! A new file takes the file system long when many were removed just before: ext4 passes over every inode that was
//! freed in the last seconds. At the bound, where each store makes files and removes as many, the old ones are
//! therefore put aside and written anew, some at a time. A reader that still has one open sees another key's line, or
//! bytes of another hash: a miss. Leaves that have become empty are put aside and moved likewise: removing a directory
//! is what costs most of all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::names::TEMPORARY;
use super::private::{in_private_dir, remove_any};
use super::random::Random;

/// How many files and leaves are put aside: as many as one eviction frees.
const KEPT: usize = 16;
/// What is left of a file, in bytes.
const BLOCK: u64 = 4096;

/// The files that this process has put aside. They lie among the temporary ones.
#[derive(Debug, Default)]
pub(super) struct Spares {
    files: Mutex<Vec<PathBuf>>,
    leaves: Mutex<Vec<PathBuf>>,
}

impl Spares {
    /// Removes a file from its place, to be used again; `false` if there was none.
    pub(super) fn keep(&self, directory: &Path, path: &Path, random: &Random) -> io::Result<bool> {
        if self.files().len() < KEPT && fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
            let aside = directory.join(TEMPORARY).join(format!("{:016x}", random.next()));
            if in_private_dir(&aside, || match path.exists() {
                // Else the parents of `aside` would be made in vain, again and again.
                true => fs::rename(path, &aside),
                false => Err(io::ErrorKind::InvalidInput.into()),
            })
            .is_ok()
            {
                // A killed process leaves no more than a block of it.
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

    /// A file that was put aside, with these bytes in it and no others.
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

    /// Takes the leaf of a file away, if it is empty, to be used again.
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
                // Another process has stored into it in the meantime, and others have made it anew: an entry lost.
                let _ = fs::remove_dir_all(aside);
            }
        }
    }

    /// Does something that needs the directory of `path`, which may be one that was put aside.
    pub(super) fn in_leaf<T>(&self, path: &Path, mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        match work() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => return result,
        }
        if let Some(leaf) = path.parent()
            && let Some(spare) = { self.leaves().pop() }
            && in_private_dir(leaf, || fs::rename(&spare, leaf)).is_err()
        {
            // Another has made it by now, and has stored into it.
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
