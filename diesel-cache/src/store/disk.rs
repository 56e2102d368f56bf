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

use crate::clock::Millis;
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
            self.remove_content(&old);
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
            self.remove_content(&content);
        }
        Ok(existed)
    }

    /// When the entry of a key was last used.
    pub(crate) fn used_at(&self, key: &CacheKey) -> Option<Millis> {
        let modified = fs::metadata(self.bucket(&key.to_string())).ok()?.modified().ok()?;
        Some(Millis::now(&move || modified))
    }

    /// Notes that the entry of a key is used.
    pub(crate) fn touch(&self, key: &CacheKey, now: Millis) {
        if let Ok(file) = File::open(self.bucket(&key.to_string())) {
            let _ = file.set_times(fs::FileTimes::new().set_modified(now.system_time()));
        }
    }

    /// Removes every entry.
    ///
    /// # Errors
    ///
    /// When the files cannot be removed.
    pub(crate) fn clear(&self) -> io::Result<()> {
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            // cacache's own clearing stops at the first thing that is no directory.
            let removed = if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())
            } else {
                fs::remove_file(entry.path())
            };
            match removed {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
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
            let hash = self.write_content(bytes)?;
            self.restrict_content(&hash)?;
            options.integrity(hash)
        };
        index::insert(&self.directory, name, options).map_err(into_io)
    }

    fn write_content(&self, bytes: &[u8]) -> io::Result<Integrity> {
        let write = || cacache::write_hash_sync(&self.directory, bytes).map_err(into_io);
        match write() {
            // Another writer may have removed the directory while it was empty.
            Err(error) if error.kind() == ErrorKind::NotFound => write(),
            result => result,
        }
    }

    /// Deletes content and the directories that it leaves empty: each time a key is overwritten, it has another hash.
    fn remove_content(&self, hash: &Integrity) {
        // Left behind by a failure, it is an orphan, not an error.
        let _ = cacache::remove_hash_sync(&self.directory, hash);
        for directory in self.content_directories(hash).iter().rev().take(2) {
            if fs::remove_dir(directory).is_err() {
                break;
            }
        }
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
        for directory in self.content_directories(hash) {
            restrict(&directory)?;
        }
        restrict(&self.directory.join("tmp"))
    }

    /// The directories above content, from the outside in.
    fn content_directories(&self, hash: &Integrity) -> Vec<PathBuf> {
        let Some(digest) = sha256_of(hash) else {
            return Vec::new();
        };
        let hex = hex(&digest);
        let parts = ["content-v2", "sha256", &hex[..2], &hex[2..4]];
        let grow = |path: &mut PathBuf, part| {
            path.push(part);
            Some(path.clone())
        };
        parts.iter().scan(self.directory.clone(), grow).collect()
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
    // It would mean the current directory, which nobody who leaves a variable empty wants to fill.
    if directory.as_os_str().is_empty() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the path is empty"));
    }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, DiskStore) {
        let directory = tempfile::TempDir::new().unwrap();
        let store = DiskStore::open(directory.path().join("region")).unwrap();
        (directory, store)
    }

    fn files(directory: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => found.extend(files(&path)),
                false => found.push(path),
            }
        }
        found
    }

    #[test]
    fn buckets_are_where_cacache_writes_them() {
        let (_directory, store) = store();
        for number in 0..50 {
            let name = CacheKey::from_bytes([number; 32]).to_string();
            index::insert(
                &store.directory,
                &name,
                WriteOpts::new().integrity(Integrity::from(b"")),
            )
            .unwrap();
            let bucket = store.bucket(&name);
            assert_eq!(files(&store.directory), std::slice::from_ref(&bucket));
            fs::remove_file(bucket).unwrap();
        }
    }

    #[test]
    fn content_is_where_cacache_writes_it() {
        let (_directory, store) = store();
        for number in 0..50_u8 {
            let hash = store.write_content(&[number; 2000]).unwrap();
            let directories = store.content_directories(&hash);
            let [file] = files(&store.directory.join("content-v2")).try_into().unwrap();
            assert_eq!(file.parent(), directories.last().map(PathBuf::as_path));
            store.remove_content(&hash);
            assert!(!directories[2].exists(), "and nothing is left of it");
        }
    }

    #[test]
    fn what_is_put_is_got_on_both_sides_of_the_inline_limit() {
        let (_directory, store) = store();
        let key = CacheKey::from_bytes([1; 32]);
        for size in [0, 1, INLINE - 1, INLINE, INLINE + 1, 100_000] {
            let bytes = vec![size as u8; size];
            store.put(&key, &bytes).unwrap();
            assert_eq!(store.get(&key).unwrap(), Some(bytes));
            let expected = if size <= INLINE { 1 } else { 2 };
            assert_eq!(files(&store.directory).len(), expected, "{size} bytes");
        }
        assert!(store.remove(&key).unwrap());
        assert!(!store.remove(&key).unwrap());
        assert_eq!(store.get(&key).unwrap(), None);
        assert!(files(&store.directory).is_empty());
    }

    #[test]
    fn clearing_removes_whatever_is_there() {
        let (_directory, store) = store();
        store.put(&CacheKey::from_bytes([1; 32]), &[0; 5000]).unwrap();
        fs::write(store.directory.join(".DS_Store"), "").unwrap();
        store.clear().unwrap();
        assert_eq!(fs::read_dir(&store.directory).unwrap().count(), 0);
        fs::remove_dir(&store.directory).unwrap();
        store.clear().unwrap();
    }
}
