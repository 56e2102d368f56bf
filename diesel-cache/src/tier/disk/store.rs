//! The files of a region: opening, reading, storing and removing.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arc_swap::{ArcSwap, Guard};

use super::line::Payload;
use super::mark::UseMark;
use super::pool::Pool;
use super::private::create_private_dir;
use super::random::Random;
use super::spare::Spares;
use super::usage::{DiskUsage, blocks};
use super::{bucket, content, line, names, private};
use crate::clock::Millis;
use crate::key::CacheKey;
use crate::tier::shared::{Evicted, IsUseless};

/// Entries up to this size are kept in the index. Their line takes at most two blocks of the disk, and never more than
/// a line and a content file.
pub(super) const INLINE: usize = 5888;

/// The number of stores after which a process sweeps one leaf.
pub(super) const EVERY: u64 = 16;
/// The age in milliseconds below which files may still be unfinished.
pub(super) const GRACE: u64 = 10 * 60 * 1000;

/// Options of a store.
#[derive(Debug)]
pub(crate) struct DiskOptions {
    /// The largest size of its files, in bytes, counted as blocks of 4 KiB.
    pub(crate) max_capacity: Option<u64>,
    /// The file in which all processes count the size of the files.
    pub(crate) usage_file: PathBuf,
}

#[derive(Debug)]
pub(crate) struct DiskStore {
    pub(super) directory: PathBuf,
    pub(super) max_capacity: Option<u64>,
    pub(super) usage_file: PathBuf,
    pub(super) usage: ArcSwap<DiskUsage>,
    pub(super) pool: Mutex<Pool<PathBuf>>,
    pub(super) puts: AtomicU64,
    pub(super) random: Random,
    pub(super) spares: Spares,
    /// Files younger than this, in milliseconds, may still be unfinished.
    pub(super) grace: u64,
}

impl DiskStore {
    /// Opens or creates a store. Counts its files if that has not been done yet.
    ///
    /// # Errors
    ///
    /// If the directory cannot be created, or something else is in its place.
    pub(crate) fn open(directory: PathBuf, options: DiskOptions) -> io::Result<Self> {
        create_private_dir(&directory)?;
        let (usage, uncounted) = DiskUsage::open(&options.usage_file);
        let store = Self {
            directory,
            max_capacity: options.max_capacity,
            usage_file: options.usage_file,
            usage: ArcSwap::from_pointee(usage),
            pool: Mutex::new(Pool::new()),
            puts: AtomicU64::new(0),
            random: Random::new(),
            spares: Spares::default(),
            grace: GRACE,
        };
        store.look_around(uncounted);
        Ok(store)
    }

    /// Counts the files if that has not been done yet, and fills the filter with the existing buckets.
    fn look_around(&self, uncounted: bool) {
        if uncounted {
            self.recount();
        } else if self.usage().complete_filter().is_none() {
            self.learn();
        }
    }

    /// Returns the bytes of an entry; `None` if there are none that can be trusted.
    ///
    /// # Errors
    ///
    /// If the files exist and cannot be read.
    pub(crate) fn get(&self, key: &CacheKey) -> io::Result<Option<Vec<u8>>> {
        let name = name(key);
        let hash = names::bucket_hash(&name);
        if self.is_absent(&hash) {
            return Ok(None);
        }
        let Some(lines) = bucket::read(&names::bucket_path_of(&self.directory, &hash))? else {
            return Ok(None);
        };
        match bucket::held(&self.directory, &name, &lines)? {
            None => Ok(None),
            Some(Payload::Inline(bytes)) => Ok(bytes),
            Some(Payload::Content(digest, _)) => content::read(&self.directory, &digest),
        }
    }

    /// Returns when the entry of a key was last used or stored; `None` if there is none. Costs one system call.
    pub(crate) fn used_at(&self, key: &CacheKey) -> Option<Millis> {
        let (_, path) = self.bucket_of(key);
        Some(UseMark::of(&fs::metadata(path).ok()?).at)
    }

    /// Marks the entry of a key as used, so that others are evicted before it.
    pub(crate) fn touch(&self, key: &CacheKey, now: Millis) {
        let (_, path) = self.bucket_of(key);
        // An entry without its mark is evicted a little earlier than it should be.
        let _ = File::open(path).and_then(|file| UseMark::used(now).set(&file));
    }

    /// Stores or replaces the entry of a key, and makes room.
    ///
    /// # Errors
    ///
    /// If the files cannot be written. An earlier entry may be gone then.
    pub(crate) fn put(
        &self,
        key: &CacheKey,
        bytes: &[u8],
        now: Millis,
        is_useless: IsUseless<'_>,
    ) -> io::Result<Evicted> {
        let name = name(key);
        let hash = names::bucket_hash(&name);
        let path = names::bucket_path_of(&self.directory, &hash);
        let usage = self.usage_of_all();
        let size = bytes.len() as u64;
        let content = match bytes.len() <= INLINE {
            true => None,
            false => Some(content::write(&self.directory, bytes, &self.spares, &self.random)?),
        };
        let line = match &content {
            None => line::inline(&name, now.0, bytes),
            Some(digest) => {
                usage.add_content(size);
                line::content(&name, now.0, digest, bytes.len())
            }
        };
        if let Some(filter) = usage.filter() {
            filter.add(&hash);
        }
        let appended = match bucket::append(&path, &name, &line, now, &self.spares) {
            Err(error) => {
                content.iter().for_each(|digest| self.remove_content(digest, size));
                return Err(error);
            }
            Ok(appended) => appended,
        };
        usage.add_bucket(appended.before, appended.after);
        usage.stored();
        // The old content is removed last, because a reader that has read the old index line may still be about to open
        // it.
        for (old, size) in appended.replaced {
            if Some(old) == content {
                // The same bytes are the same file, which was counted twice.
                usage.removed(0, blocks(size));
            } else {
                self.remove_content(&old, size);
            }
        }
        if self.puts.fetch_add(1, Ordering::Relaxed) % EVERY == EVERY - 1 {
            self.step(is_useless);
        }
        Ok(self.make_room())
    }

    /// Returns how often any process has stored something here; `None` if that is unknown. While the number is
    /// unchanged, no entry has been added.
    ///
    /// Processes that continue to use deleted files have a count of their own, and do not see what the others store.
    pub(crate) fn stores(&self) -> Option<u64> {
        self.usage().stores()
    }

    /// Removes the entry of a key with its content. Returns `true` if there was one.
    ///
    /// # Errors
    ///
    /// If the files cannot be removed.
    pub(crate) fn remove(&self, key: &CacheKey) -> io::Result<bool> {
        // The filter is not consulted: a removal must not depend on a bit.
        let (_, path) = self.bucket_of(key);
        Ok(self.discard(&path)?.is_some())
    }

    /// Removes every entry.
    ///
    /// # Errors
    ///
    /// If the files cannot be removed.
    pub(crate) fn clear(&self) -> io::Result<()> {
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            let mut removed = private::remove_any(&path);
            for _ in 0..8 {
                match &removed {
                    // Another caller has stored in the meantime.
                    Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => removed = private::remove_any(&path),
                    _ => break,
                }
            }
            removed?;
        }
        let usage = self.usage();
        usage.correct(usage.snapshot(), (0, 0));
        if let Some(filter) = usage.filter() {
            filter.clear();
        }
        Ok(())
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns the number of entries, and the bytes that their files take in blocks, over all processes.
    pub(crate) fn held(&self) -> (u64, u64) {
        let usage = self.usage();
        (usage.entries(), usage.bytes())
    }

    pub(super) fn usage(&self) -> Guard<Arc<DiskUsage>> {
        self.usage.load()
    }

    /// Returns the count that the other processes use. If its file was deleted or replaced, opens the new one.
    pub(super) fn usage_of_all(&self) -> Guard<Arc<DiskUsage>> {
        if !self.usage().is_at(&self.usage_file) {
            let (usage, uncounted) = DiskUsage::open(&self.usage_file);
            if usage.is_shared() {
                self.usage.store(Arc::new(usage));
                self.look_around(uncounted);
            }
        }
        self.usage()
    }

    /// Returns `true` if the filter shows that there is no such bucket.
    pub(super) fn is_absent(&self, hash: &names::BucketHash) -> bool {
        let usage = self.usage();
        usage.complete_filter().is_some_and(|filter| !filter.may_have(hash))
    }

    /// Returns the name of a key, and its bucket.
    pub(super) fn bucket_of(&self, key: &CacheKey) -> (String, PathBuf) {
        let name = name(key);
        let path = names::bucket_path(&self.directory, &name);
        (name, path)
    }
}

/// Returns the name of a key in cacache.
pub(super) fn name(key: &CacheKey) -> String {
    let mut name = String::with_capacity(64);
    names::push_hex(&mut name, key.as_bytes());
    name
}
