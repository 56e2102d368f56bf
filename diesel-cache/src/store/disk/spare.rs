//! Files of evicted entries, kept for the next ones.
//!
//! A new file takes the file system long when many were removed just before: ext4 passes over every inode that was freed in
//! the last seconds. At the bound, where each store makes files and removes as many, the old ones are therefore put aside
//! and written anew, some at a time. Whoever still has one open sees another key's line, or bytes of another hash: a miss.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::names::TEMPORARY;
use super::private::{in_private_dir, remove_any};
use super::random::Random;

/// How many files are put aside: as many as one eviction frees.
const KEPT: usize = 16;

/// The files that this process has put aside. They lie among the temporary ones.
#[derive(Debug, Default)]
pub(super) struct Spares(Mutex<Vec<PathBuf>>);

impl Spares {
    /// Removes a file from its place, to be used again; `false` if there was none.
    pub(super) fn keep(&self, directory: &Path, path: &Path, random: &Random) -> io::Result<bool> {
        if self.paths().len() < KEPT && fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
            let aside = directory.join(TEMPORARY).join(format!("{:016x}", random.next()));
            if in_private_dir(&aside, || match path.exists() {
                // Else the parents of `aside` would be made in vain, again and again.
                true => fs::rename(path, &aside),
                false => Err(io::ErrorKind::InvalidInput.into()),
            })
            .is_ok()
            {
                self.paths().push(aside);
                return Ok(true);
            }
        }
        remove_any(path)
    }

    /// A file that was put aside, with these bytes in it and no others.
    pub(super) fn reuse(&self, bytes: &[u8]) -> Option<(PathBuf, File)> {
        let path = self.paths().pop()?;
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
        self.paths().is_empty()
    }

    fn paths(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Spares {
    fn drop(&mut self) {
        for path in self.paths().drain(..) {
            let _ = fs::remove_file(path);
        }
    }
}
