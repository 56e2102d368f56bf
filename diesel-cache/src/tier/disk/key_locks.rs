//! Locks between processes, one for each key: what makes single flight reach across them.
//!
//! All keys share one file; a key's lock is a lock on one byte of it, at the offset that its hash names. The file stays
//! empty, and the operating system drops the locks of the dead. They belong to the open file, not to the process, so
//! that two caches of one process exclude each other as well; two threads of one cache do not, which is for the flights
//! in the process to see to. Where there are no such locks (off Linux and Android, and on a file system without them)
//! every process flies alone, and knows that it does: it does not rely on a lock that no other process respects.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::private::{Identity, identity, open_private_file};
use crate::key::CacheKey;
use crate::tier::LockAttempt;

/// The locks of one disk region.
#[derive(Debug)]
pub(super) struct KeyLocks {
    path: PathBuf,
    file: Mutex<(Arc<File>, Identity)>,
}

/// A lock that is held; released when it is dropped.
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

    /// Returns the file that other processes lock: the directory may have been deleted or replaced since it was opened.
    fn file(&self) -> Arc<File> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.path.metadata().is_ok_and(|there| identity(&there) == file.1)
            && let Ok(new) = open(&self.path)
        {
            *file = new;
        }
        Arc::clone(&file.0)
    }

    /// Takes the lock of a key, if it can be had at once.
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

    /// From now on the file cannot be locked, as on a file system without locks.
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

/// Two keys share an offset once in 2^63.
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

    /// Returns whether the byte is locked now; `None` if it cannot be locked.
    pub(super) fn lock(file: &File, offset: i64) -> Option<bool> {
        match set(file, offset, libc::F_WRLCK) {
            Ok(()) => Some(true),
            Err(Errno::EAGAIN | Errno::EACCES) => Some(false),
            Err(_) => None,
        }
    }

    pub(super) fn unlock(file: &File, offset: i64) {
        // Fails only if the file is closed, and then there is no lock.
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
    fn a_file_that_cannot_be_locked_is_no_lock() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("region");
        let locks = KeyLocks::open(&path).unwrap();
        let key = CacheKey::from_bytes([1; 32]);
        assert!(matches!(locks.attempt(&key), LockAttempt::Locked(_)));
        locks.disable();
        assert!(matches!(locks.attempt(&key), LockAttempt::Unavailable));
    }

    #[test]
    fn who_opened_them_before_the_directory_was_replaced_excludes_the_others_still() {
        let directory = tempfile::TempDir::new().unwrap();
        let (path, key) = (directory.path().join("flights/region"), CacheKey::from_bytes([1; 32]));
        let early = KeyLocks::open(&path).unwrap();
        drop(early.try_lock(&key).unwrap());
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
        let late = KeyLocks::open(&path).unwrap();
        let held = early.try_lock(&key).unwrap();
        assert!(late.try_lock(&key).is_none());
        // One that is held is let go where it was taken.
        std::fs::rename(&path, directory.path().join("old")).unwrap();
        let elsewhere = early.try_lock(&key).unwrap();
        drop(held);
        assert!(late.try_lock(&key).is_none(), "of the file that is there now");
        drop(elsewhere);
        assert!(late.try_lock(&key).is_some());
    }
}
