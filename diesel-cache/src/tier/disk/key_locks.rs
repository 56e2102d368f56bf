//! Locks between processes, one for each key. They extend single flight to all processes.
//!
//! All keys share one file. The lock of a key is a lock on one byte of that file, at an offset taken from the key. The
//! file stays empty, and the operating system releases the locks of dead processes. The locks belong to the open file,
//! not to the process, so two caches of one process exclude each other as well. Two threads of one cache do not; the
//! flights in the process keep them apart.
//!
//! On systems other than Linux and Android, and on file systems without such locks, an attempt returns
//! [`LockAttempt::Unavailable`]. Every process then leads for itself, and does nothing that only one process may do,
//! because no other process would respect its lock.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::private::{Identity, identity, open_private_file};
use crate::key::CacheKey;
use crate::tier::shared::LockAttempt;

/// The locks of one disk region.
#[derive(Debug)]
pub(super) struct KeyLocks {
    path: PathBuf,
    file: Mutex<(Arc<File>, Identity)>,
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(super) struct HeldLock {
    file: Arc<File>,
    offset: i64,
}

impl KeyLocks {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: Mutex::new(open(path)?),
        })
    }

    /// Returns the file that other processes lock. Opens it again if the directory was deleted or replaced.
    fn file(&self) -> Arc<File> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.path.metadata().is_ok_and(|there| identity(&there) == file.1)
            && let Ok(new) = open(&self.path)
        {
            *file = new;
        }
        Arc::clone(&file.0)
    }

    /// Takes the lock of a key if it is free.
    pub(super) fn attempt(&self, key: &CacheKey) -> LockAttempt {
        let (file, offset) = (self.file(), offset(key));
        match range::lock(&file, offset) {
            Some(true) => LockAttempt::Locked(Box::new(HeldLock { file, offset })),
            Some(false) => LockAttempt::Busy,
            None => LockAttempt::Unavailable,
        }
    }

    /// Takes the lock of a key, on systems that have such locks.
    #[cfg(test)]
    fn try_lock(&self, key: &CacheKey) -> Option<crate::tier::KeyLock> {
        match self.attempt(key) {
            LockAttempt::Locked(lock) => Some(lock),
            LockAttempt::Busy | LockAttempt::Unavailable => None,
        }
    }

    /// Makes locking the file fail from now on, as on a file system without locks.
    #[cfg(test)]
    fn disable(&self) {
        let read_only = File::open(&self.path).unwrap();
        self.file.lock().unwrap().0 = Arc::new(read_only);
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        range::unlock(&self.file, self.offset);
    }
}

fn open(path: &Path) -> io::Result<(Arc<File>, Identity)> {
    let file = open_private_file(path)?;
    let identity = identity(&file.metadata()?);
    Ok((Arc::new(file), identity))
}

/// Returns the offset of a key. Two keys share one with a probability of 2^-62.
fn offset(key: &CacheKey) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&key.as_bytes()[..8]);
    // The last byte of a file cannot be locked on its own everywhere.
    (i64::from_le_bytes(bytes) & i64::MAX) >> 1
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod range {
    use std::fs::File;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    /// Returns `true` if this call has locked the byte, and `false` if another lock holds it; `None` if it cannot be
    /// locked.
    pub(super) fn lock(file: &File, offset: i64) -> Option<bool> {
        match set(file, offset, libc::F_WRLCK) {
            Ok(()) => Some(true),
            Err(Errno::EAGAIN | Errno::EACCES) => Some(false),
            Err(_) => None,
        }
    }

    pub(super) fn unlock(file: &File, offset: i64) {
        // This fails only if the file is closed, and then there is no lock.
        let _ = set(file, offset, libc::F_UNLCK);
    }

    fn set(file: &File, offset: i64, kind: libc::c_int) -> Result<(), Errno> {
        let kind = libc::c_short::try_from(kind).unwrap_or_default();
        let whence = libc::c_short::try_from(libc::SEEK_SET).unwrap_or_default();
        let range = libc::flock {
            l_type: kind,
            l_whence: whence,
            l_start: offset,
            l_len: 1,
            l_pid: 0,
        };
        fcntl(file, FcntlArg::F_OFD_SETLK(&range)).map(drop)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod range {
    use std::fs::File;

    pub(super) fn lock(_: &File, _: i64) -> Option<bool> {
        None
    }

    pub(super) fn unlock(_: &File, _: i64) {}
}

#[cfg(test)]
#[cfg(any(target_os = "linux", target_os = "android"))]
mod tests {
    use super::*;

    #[test]
    fn a_lock_excludes_another_cache_from_its_key_alone() {
        let directory = std::env::temp_dir().join(format!("key-locks-{}", std::process::id()));
        let (one, other) = (KeyLocks::open(&directory).unwrap(), KeyLocks::open(&directory).unwrap());
        let (a, b) = (CacheKey::from_bytes([1; 32]), CacheKey::from_bytes([2; 32]));
        let held = one.try_lock(&a).unwrap();
        assert!(other.try_lock(&a).is_none());
        assert!(other.try_lock(&b).is_some());
        drop(held);
        assert!(other.try_lock(&a).is_some());
        std::fs::remove_file(directory).unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_locked_has_no_locks() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("region");
        let locks = KeyLocks::open(&path).unwrap();
        let key = CacheKey::from_bytes([1; 32]);
        assert!(matches!(locks.attempt(&key), LockAttempt::Locked(_)));
        locks.disable();
        assert!(matches!(locks.attempt(&key), LockAttempt::Unavailable));
    }

    #[test]
    fn locks_exclude_each_other_after_the_directory_was_replaced() {
        let directory = tempfile::TempDir::new().unwrap();
        let (path, key) = (directory.path().join("flights/region"), CacheKey::from_bytes([1; 32]));
        let early = KeyLocks::open(&path).unwrap();
        drop(early.try_lock(&key).unwrap());
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
        let late = KeyLocks::open(&path).unwrap();
        let held = early.try_lock(&key).unwrap();
        assert!(late.try_lock(&key).is_none());
        // A lock is released in the file in which it was taken.
        std::fs::rename(&path, directory.path().join("old")).unwrap();
        let elsewhere = early.try_lock(&key).unwrap();
        drop(held);
        assert!(
            late.try_lock(&key).is_none(),
            "the lock in the current file is still held"
        );
        drop(elsewhere);
        assert!(late.try_lock(&key).is_some());
    }
}
