//! Entries in files, through cacache.
//!
//! A region's directory is a cacache store, and cacache can read all of it. Each key has an index bucket of its own; an
//! entry of up to [`INLINE`] bytes lies in the bucket itself, as base64 in the index line's metadata (one file to
//! open); a larger one is content, named by its hash. SHA-256 guards both.
//!
//! What many processes do at once needs no lock, because nothing is ever trusted but by its hash: whatever two writers,
//! a sweep, and a kill at any instruction leave behind is an entry that was put, or a miss, or an orphan that a later
//! [sweep] removes. The files are kept below the region's bound by [eviction](evict) at each store.
//!
//! `docs/disk.md` in the repository has the reasons.

mod bucket;
mod content;
mod evict;
mod filter;
mod key_locks;
mod line;
mod mark;
mod names;
mod pool;
mod private;
mod random;
mod removal;
mod shared;
mod spare;
mod sweep;
mod tier;
mod usage;
mod verify;
mod walk;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arc_swap::{ArcSwap, Guard};

use super::{Evicted, HEAD, IsUseless, Verified};
pub(crate) use private::create_private_dir;
pub(crate) use tier::DiskTier;

use crate::clock::Millis;
use crate::key::CacheKey;
use line::Held;
use mark::UseMark;
use pool::Pool;
use random::Random;
use spare::Spares;
use usage::{Usage, blocks};

/// Entries up to this size live in the index: their line takes two blocks of the disk, fewer than with content.
const INLINE: usize = 5888;

/// Every so many stores, a process sweeps one leaf.
const EVERY: u64 = 16;
/// What is younger may still be in the making, in milliseconds.
const GRACE: u64 = 10 * 60 * 1000;

/// How a store is kept.
#[derive(Debug)]
pub(crate) struct DiskOptions {
    /// The most that its files may take, in bytes, as blocks of 4 KiB.
    pub(crate) max_capacity: Option<u64>,
    /// Where all processes count what they take.
    pub(crate) usage_file: PathBuf,
}

#[derive(Debug)]
pub(crate) struct DiskStore {
    directory: PathBuf,
    max_capacity: Option<u64>,
    usage_file: PathBuf,
    usage: ArcSwap<Usage>,
    pool: Mutex<Pool<PathBuf>>,
    puts: AtomicU64,
    random: Random,
    spares: Spares,
    /// What is younger than this, in milliseconds, may still be in the making.
    grace: u64,
}

impl DiskStore {
    /// Opens or creates a store, and counts what is there if that has not been done.
    ///
    /// # Errors
    ///
    /// When the directory cannot be created, or something else is in its place.
    pub(crate) fn open(directory: PathBuf, options: DiskOptions) -> io::Result<Self> {
        create_private_dir(&directory)?;
        let (usage, uncounted) = Usage::open(&options.usage_file);
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

    /// Counts what is there if that has not been done, and learns which buckets there are.
    fn look_around(&self, uncounted: bool) {
        if uncounted {
            self.recount();
        } else if self.usage().complete_filter().is_none() {
            self.learn();
        }
    }

    /// The entry's bytes; `None` when there are none that can be trusted.
    ///
    /// # Errors
    ///
    /// When the files exist and cannot be read.
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
            Some(Held::Inline(bytes)) => Ok(bytes),
            Some(Held::Content(digest, _)) => content::read(&self.directory, &digest),
        }
    }

    /// When the entry of a key was last used or stored; `None` if there is none. One system call.
    pub(crate) fn used_at(&self, key: &CacheKey) -> Option<Millis> {
        let (_, path) = self.bucket_of(key);
        Some(UseMark::of(&fs::metadata(path).ok()?).at)
    }

    /// Marks the entry of a key as used: others go before it.
    pub(crate) fn touch(&self, key: &CacheKey, now: Millis) {
        let (_, path) = self.bucket_of(key);
        // Unmarked, it goes a little earlier than it should.
        let _ = File::open(path).and_then(|file| UseMark::used(now).set(&file));
    }

    /// Replaces the entry of a key, and makes room.
    ///
    /// # Errors
    ///
    /// When the files cannot be written; an earlier entry may be gone then.
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
        // The old content goes last: a reader that holds the old index line may still be on its way to it.
        for (old, size) in appended.replaced {
            if Some(old) == content {
                // The same bytes again are the same file, and were counted twice.
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

    /// How often any process has stored something here: as long as that is the same, nothing has come. `None`: that is
    /// not known.
    ///
    /// Processes that go on with deleted files count for themselves, and do not see what the others store.
    pub(crate) fn stores(&self) -> Option<u64> {
        self.usage().stores()
    }

    /// Removes the entry of a key, with its content; was there one?
    ///
    /// # Errors
    ///
    /// When the files cannot be removed.
    pub(crate) fn remove(&self, key: &CacheKey) -> io::Result<bool> {
        // Looked for in any case: what is to go must not hang on a bit.
        let (_, path) = self.bucket_of(key);
        Ok(self.discard(&path)?.is_some())
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
            let path = entry?.path();
            let mut removed = private::remove_any(&path);
            for _ in 0..8 {
                match &removed {
                    // Something was stored in the meantime.
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

    /// How many entries there are, and the bytes that their files take in blocks, over all processes.
    pub(crate) fn held(&self) -> (u64, u64) {
        let usage = self.usage();
        (usage.entries(), usage.bytes())
    }

    fn usage(&self) -> Guard<Arc<Usage>> {
        self.usage.load()
    }

    /// Returns the count of the other processes, which may have begun a new one after the file was deleted.
    fn usage_of_all(&self) -> Guard<Arc<Usage>> {
        if !self.usage().is_at(&self.usage_file) {
            let (usage, uncounted) = Usage::open(&self.usage_file);
            if usage.is_shared() {
                self.usage.store(Arc::new(usage));
                self.look_around(uncounted);
            }
        }
        self.usage()
    }

    /// Returns `true` if it is known without a look that there is no such bucket.
    fn is_absent(&self, hash: &names::BucketHash) -> bool {
        let usage = self.usage();
        usage.complete_filter().is_some_and(|filter| !filter.may_have(hash))
    }

    /// The name of a key, and its bucket.
    fn bucket_of(&self, key: &CacheKey) -> (String, PathBuf) {
        let name = name(key);
        let path = names::bucket_path(&self.directory, &name);
        (name, path)
    }
}

/// What cacache is told a key is called.
fn name(key: &CacheKey) -> String {
    let mut name = String::with_capacity(64);
    names::push_hex(&mut name, key.as_bytes());
    name
}
