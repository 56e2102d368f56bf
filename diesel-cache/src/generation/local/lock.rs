//! Locks on files. The operating system releases them when their process ends.

use std::fs::{self, File, TryLockError};
use std::io;
use std::time::Duration;

/// A locked file, which is unlocked when it is dropped. Closing the file would not always release the lock at once,
/// because a child process that is just being spawned has copies of all open files for a moment, and the lock lasts
/// until the last copy is closed.
#[derive(Debug)]
pub(super) struct Locked(File);

impl Locked {
    pub(super) fn metadata(&self) -> io::Result<fs::Metadata> {
        self.0.metadata()
    }

    pub(super) fn exclusively(file: File) -> io::Result<Option<Self>> {
        Ok(exclusively(&file)?.then_some(Self(file)))
    }

    pub(super) fn patiently(file: File, lock: impl Fn(&File) -> Result<(), TryLockError>) -> io::Result<Self> {
        patiently(|| lock(&file))?;
        Ok(Self(file))
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        let _ = self.0.unlock(); // closing unlocks too, but perhaps a moment later
    }
}

/// Tries to lock for two seconds. The work under these locks takes milliseconds, and a process that is stopped
/// meanwhile must not block the others forever.
pub(super) fn patiently(mut lock: impl FnMut() -> Result<(), TryLockError>) -> io::Result<()> {
    for _ in 0..1_000 {
        match lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

pub(super) fn exclusively(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
