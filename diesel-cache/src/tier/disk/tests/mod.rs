//! Tests of the disk store, by what it promises.

mod absent;
mod bounds;
mod costs;
mod format;
mod kill;
mod policy;
mod races;
mod storing;
mod sweeping;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use super::names;
use super::store::{DiskOptions, DiskStore, name};
use crate::clock::Millis;
use crate::key::CacheKey;

/// A store in a temporary directory.
struct Scene {
    root: TempDir,
    store: DiskStore,
}

impl Scene {
    fn new(max_capacity: Option<u64>) -> Self {
        let root = TempDir::new().unwrap();
        let store = open(root.path(), max_capacity);
        Self { root, store }
    }

    /// Opens the same files, as another process would.
    fn other(&self) -> DiskStore {
        open(self.root.path(), self.store.max_capacity)
    }

    fn files(&self) -> Vec<PathBuf> {
        files(&self.store.directory)
    }

    fn bucket(&self, key: &CacheKey) -> PathBuf {
        self.store.bucket_of(key).1
    }

    /// Asserts that the count agrees with the files.
    fn assert_counted(&self) {
        let buckets = files(&self.store.directory.join("index-v5")).len() as u64;
        let bytes = room(&self.store.directory).1;
        assert_eq!(self.store.held(), (buckets, bytes), "entries, bytes");
    }
}

fn open(root: &Path, max_capacity: Option<u64>) -> DiskStore {
    let options = DiskOptions {
        max_capacity,
        usage_file: root.join("usage/region"),
    };
    DiskStore::open(root.join("region"), options).unwrap()
}

/// Returns every file below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        // Another process may be removing files.
        let Ok(entry) = entry else { continue };
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&entry.path())),
            Ok(_) => found.push(entry.path()),
            Err(_) => {}
        }
    }
    found
}

/// Returns the number of files, and their size in bytes: in blocks of 4 KiB, and exactly.
fn room(directory: &Path) -> (u64, u64, u64) {
    let files = files(directory);
    let sizes = files
        .iter()
        .filter_map(|path| Some(fs::symlink_metadata(path).ok()?.len()));
    sizes.fold((0, 0, 0), |(count, blocks, bytes), size| {
        (count + 1, blocks + size.div_ceil(4096) * 4096, bytes + size)
    })
}

fn key(number: u64) -> CacheKey {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    CacheKey::from_bytes(bytes)
}

/// Returns the bytes of an entry, with as much of its format as a store reads. Those of two `version`s differ.
fn entry(key: &CacheKey, version: u64, size: usize) -> Vec<u8> {
    let mut bytes = b"DCE\x01".to_vec();
    bytes.extend_from_slice(key.as_bytes());
    bytes.extend_from_slice(&version.to_le_bytes());
    let mut state = version;
    while bytes.len() < size {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size.max(44));
    bytes
}

/// Returns the version of an entry, if it is whole and belongs to that key.
fn version(of: &CacheKey, bytes: &[u8]) -> Option<u64> {
    let version = u64::from_le_bytes(bytes.get(36..44)?.try_into().ok()?);
    (bytes == entry(of, version, bytes.len())).then_some(version)
}

/// Returns a command that runs one test of this binary in another process.
fn peer(test: &str, settings: &[(&str, String)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let path = module_path!().split_once("::").unwrap().1;
    command.args([
        &format!("{path}::{test}"),
        "--exact",
        "--nocapture",
        "--include-ignored",
    ]);
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    command
}

/// Nothing is useless.
fn useful(_: &[u8], _: Millis) -> bool {
    false
}

fn now() -> Millis {
    let since: Duration = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Millis(since.as_millis() as u64)
}
