//! Directories and files that only their owner can read.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

/// How often a directory is created again if another process removes it as empty before the file is in it.
const ATTEMPTS: usize = 16;

/// Creates a directory and its parents, readable only by their owner.
pub(crate) fn create_private_dir(directory: &Path) -> io::Result<()> {
    // An empty path would mean the current directory. It usually comes from a variable that is not set.
    if directory.as_os_str().is_empty() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the path is empty"));
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Opens a file, or creates it and the directories above it, readable only by their owner.
pub(super) fn open_private_file(path: &Path) -> io::Result<File> {
    open_in_private_dir(path, OpenOptions::new().create(true).append(true))
}

/// Opens a file with these options. If this creates the file or the directories above it, they are private.
pub(super) fn open_in_private_dir(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    in_private_dir(path, || options.open(path))
}

/// Runs work that needs the directory of `path`. Creates that directory if it is missing, and tries again.
pub(super) fn in_private_dir<T>(path: &Path, mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..ATTEMPTS {
        match work() {
            Err(error) if error.kind() == ErrorKind::NotFound => match path.parent().map_or(Ok(()), create_private_dir)
            {
                // A parent, or the directory itself, was there a moment ago, and has been removed as empty.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists) => {}
                made => made?,
            },
            result => return result,
        }
    }
    work()
}

/// Removes a file, or a directory in its place. Returns `false` if there was nothing.
pub(super) fn remove_any(path: &Path) -> io::Result<bool> {
    let gone = |result: io::Result<()>| match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    };
    match gone(fs::remove_file(path)) {
        // Unlinking a directory is EISDIR on Linux, EPERM elsewhere.
        Err(error) => match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => gone(fs::remove_dir_all(path)),
            _ => Err(error),
        },
        result => result,
    }
}

/// Identifies a file. While a file is open, no other has the same identity.
pub(super) type Identity = (u64, u64);

#[cfg(unix)]
pub(super) fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
pub(super) fn identity(_: &Metadata) -> Identity {
    (0, 0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    use super::*;

    #[test]
    fn directories_that_others_keep_removing_are_created_again() {
        let root = tempfile::TempDir::new().unwrap();
        let leaf = root.path().join("branch/leaf");
        let over = AtomicBool::new(false);
        let failed = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Relaxed) {
                    let _ = fs::remove_dir(&leaf).and_then(|()| fs::remove_dir(root.path().join("branch")));
                }
            });
            let leaf = &leaf;
            let makers = ["one", "two", "three"].map(|name| {
                scope.spawn(move || {
                    let path = leaf.join(name);
                    let make = |_: &u32| match in_private_dir(&path, || fs::write(&path, [])) {
                        Ok(()) => fs::remove_file(&path).is_err(),
                        // Removed at each of the attempts, which is not the subject of this test.
                        Err(error) => error.kind() != ErrorKind::NotFound,
                    };
                    (0..10_000).filter(make).count()
                })
            });
            let failed: usize = makers.map(|maker| maker.join().unwrap()).iter().sum();
            over.store(true, Relaxed);
            failed
        });
        assert_eq!(failed, 0);
    }
}
