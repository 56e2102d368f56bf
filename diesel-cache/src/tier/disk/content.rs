//! Content: entries that are too large for the index, in files named by their hash.
//!
//! Two keys never share content, because an entry's bytes hold its key. So content can be deleted with its key.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::names::{Digest, TEMPORARY, content_path};
use super::private::{open_in_private_dir, remove_any};
use super::random::Random;
use super::spare::Spares;

/// Writes content as cacache does: first all of it into a temporary file, which then gets its name.
///
/// # Errors
///
/// If the content cannot be written. Then no part of it is left behind.
pub(super) fn write(directory: &Path, bytes: &[u8], spares: &Spares, random: &Random) -> io::Result<Digest> {
    let digest = Digest::from(Sha256::digest(bytes));
    let path = content_path(directory, &digest);
    let (temporary, written) = match spares.reuse(bytes) {
        Some((path, _)) => (path, Ok(())),
        None => {
            let (path, mut file) = temporary(directory, random)?;
            (path, file.write_all(bytes))
        }
    };
    let written = written.and_then(|()| place(&temporary, &path, spares));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written.map(|()| digest)
}

fn place(temporary: &Path, path: &Path, spares: &Spares) -> io::Result<()> {
    let rename = || spares.in_leaf(path, || fs::rename(temporary, path));
    match rename() {
        // A directory is in the way.
        Err(_) if path.is_dir() => remove_any(path).and_then(|_| rename()),
        result => result,
    }
}

/// Creates a temporary file.
fn temporary(directory: &Path, random: &Random) -> io::Result<(PathBuf, File)> {
    loop {
        let path = directory.join(TEMPORARY).join(format!("{:016x}", random.next()));
        match open_in_private_dir(&path, OpenOptions::new().write(true).create_new(true)) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            file => return Ok((path, file?)),
        }
    }
}

/// Returns the bytes of content; `None` if they have been removed.
///
/// # Errors
///
/// If the file cannot be read, or its bytes do not match the hash.
pub(super) fn read(directory: &Path, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
    let bytes = match fs::read(content_path(directory, digest)) {
        // Replaced or swept since the index was read.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        bytes => bytes?,
    };
    if Digest::from(Sha256::digest(&bytes)) != *digest {
        return Err(io::Error::new(ErrorKind::InvalidData, "the content is damaged"));
    }
    Ok(Some(bytes))
}

/// Returns the first bytes of a file, up to `limit`. They are not verified.
pub(super) fn head(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Removes the two directories above a file, if they are empty.
pub(super) fn remove_empty_parents(path: &Path) {
    for directory in path.ancestors().skip(1).take(2) {
        if fs::remove_dir(directory).is_err() {
            break;
        }
    }
}
