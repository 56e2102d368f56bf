//! Entries in files, through cacache.
//!
//! A region's directory is a cacache store. Each key has an index bucket of its own; an entry of up to
//! [`INLINE`] bytes lies in the bucket itself, as base64 in the index line's metadata (one file to open); a larger one
//! is content, named by its hash. cacache verifies SHA-256 on both. Content is never shared by two keys, because an
//! entry's bytes hold its key: so it can be deleted with its key.
//!
//! cacache only ever appends to a bucket, and reads all of it: here a bucket is replaced, not grown, so that the
//! thousandth write of a key leaves reads as fast as the first. A reader that comes between the removal and the new
//! line sees a miss.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cacache::index;
use cacache::{Integrity, Metadata, Value, WriteOpts};
use sha1::{Digest as _, Sha1};

use crate::key::CacheKey;

/// Entries up to this size live in the index; above, base64 and JSON cost more than a second file.
const INLINE: usize = 1024;

#[derive(Debug)]
pub(crate) struct DiskStore {
    directory: PathBuf,
}

impl DiskStore {
    /// Opens or creates a store.
    ///
    /// # Errors
    ///
    /// When the directory cannot be created, or something else is in its place.
    pub(crate) fn open(directory: PathBuf) -> io::Result<Self> {
        create_private_dir(&directory)?;
        Ok(Self { directory })
    }

    /// The entry's bytes; `None` when there are none that can be trusted.
    ///
    /// # Errors
    ///
    /// When the files exist and cannot be read.
    pub(crate) fn get(&self, key: &CacheKey) -> io::Result<Option<Vec<u8>>> {
        match index::find(&self.directory, &key.to_string()).map_err(into_io)? {
            None => Ok(None),
            Some(Metadata {
                metadata: Value::String(inline),
                ..
            }) => Ok(BASE64.decode(inline).ok()),
            Some(found) => match content_hash(&found) {
                None => Ok(None),
                Some(hash) => match cacache::read_hash_sync(&self.directory, hash) {
                    Ok(bytes) => Ok(Some(bytes)),
                    // Replaced or swept since the index was read.
                    Err(cacache::Error::IoError(error, _)) if error.kind() == ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(into_io(error)),
                },
            },
        }
    }

    /// Replaces the entry of a key.
    ///
    /// # Errors
    ///
    /// When the files cannot be written; an earlier entry may be gone then.
    pub(crate) fn put(&self, key: &CacheKey, bytes: &[u8]) -> io::Result<()> {
        let name = key.to_string();
        let bucket = self.bucket(&name);
        let replaced = match File::open(&bucket) {
            Ok(_) => self.remove_bucket(&name, &bucket)?,
            Err(_) => None,
        };
        let stored = self.insert(&name, &bucket, bytes);
        // The old content goes last: a reader that holds the old index line may still be on its way to it.
        if let Some(old) = replaced.filter(|old| !stored.as_ref().is_ok_and(|new| new == old)) {
            // Left behind by a failure, it is an orphan, not an error.
            let _ = cacache::remove_hash_sync(&self.directory, &old);
        }
        stored.map(drop)
    }

    /// Removes the entry of a key, with its content; was there one?
    ///
    /// # Errors
    ///
    /// When the files cannot be removed.
    pub(crate) fn remove(&self, key: &CacheKey) -> io::Result<bool> {
        let name = key.to_string();
        let bucket = self.bucket(&name);
        let existed = bucket.exists();
        if let Some(content) = self.remove_bucket(&name, &bucket)? {
            let _ = cacache::remove_hash_sync(&self.directory, &content);
        }
        Ok(existed)
    }

    /// Removes every entry.
    ///
    /// # Errors
    ///
    /// When the files cannot be removed.
    pub(crate) fn clear(&self) -> io::Result<()> {
        match cacache::clear_sync(&self.directory).map_err(into_io) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Writes the entry and its index line; the integrity that the line names.
    fn insert(&self, name: &str, bucket: &Path, bytes: &[u8]) -> io::Result<Integrity> {
        drop(open_private_file(bucket)?);
        let options = WriteOpts::new().size(bytes.len());
        let options = if bytes.len() <= INLINE {
            // cacache reads a line without an integrity as a removal; the hash of nothing stands for "inline".
            options
                .integrity(Integrity::from(b""))
                .metadata(Value::String(BASE64.encode(bytes)))
        } else {
            let hash = cacache::write_hash_sync(&self.directory, bytes).map_err(into_io)?;
            self.restrict_content(&hash)?;
            options.integrity(hash)
        };
        index::insert(&self.directory, name, options).map_err(into_io)
    }

    /// Unlinks a bucket; the hash of the content that its entry had.
    fn remove_bucket(&self, name: &str, bucket: &Path) -> io::Result<Option<Integrity>> {
        let found = index::find(&self.directory, name).ok().flatten();
        match fs::remove_file(bucket) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(found
                .filter(|found| !found.metadata.is_string())
                .and_then(|found| content_hash(&found).cloned())),
        }
    }

    /// Where cacache keeps the index lines of a key.
    fn bucket(&self, name: &str) -> PathBuf {
        let hash = hex(&Sha1::digest(name));
        self.directory
            .join("index-v5")
            .join(&hash[..2])
            .join(&hash[2..4])
            .join(&hash[4..])
    }

    /// cacache makes content files private, but not the directories above them.
    fn restrict_content(&self, hash: &Integrity) -> io::Result<()> {
        let Some(digest) = sha256_of(hash) else { return Ok(()) };
        let hex = hex(&digest);
        let mut directory = self.directory.join("content-v2");
        restrict(&directory)?;
        for part in ["sha256", &hex[..2], &hex[2..4]] {
            directory.push(part);
            restrict(&directory)?;
        }
        restrict(&self.directory.join("tmp"))
    }
}

/// The hash under which an index entry's content lies, if it is one that cacache can be asked for: it panics on others.
fn content_hash(found: &Metadata) -> Option<&Integrity> {
    sha256_of(&found.integrity).map(|_| &found.integrity)
}

fn sha256_of(hash: &Integrity) -> Option<Vec<u8>> {
    let text = hash.to_string();
    BASE64
        .decode(text.strip_prefix("sha256-")?)
        .ok()
        .filter(|digest| digest.len() == 32)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn into_io(error: cacache::Error) -> io::Error {
    match error {
        cacache::Error::IoError(error, what) => io::Error::new(error.kind(), format!("{what}: {error}")),
        error => io::Error::new(ErrorKind::InvalidData, error.to_string()),
    }
}

/// Creates a directory and its parents, readable by their owner alone.
pub(crate) fn create_private_dir(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Opens a file, or creates it and the directories above it, readable by their owner alone.
pub(super) fn open_private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), create_private_dir)?;
            options.open(path)
        }
        result => result,
    }
}

#[cfg(unix)]
fn restrict(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    match fs::set_permissions(directory, fs::Permissions::from_mode(0o700)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> io::Result<()> {
    Ok(())
}
