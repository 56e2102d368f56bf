//! Sweeping: removes, leaf by leaf, files that eviction does not find and readers cannot use.
//!
//! A sweep runs while other processes read and write. A writer puts content in its place before its index line, and
//! creates a bucket before it has a line, so such files are left alone until they are old. A sweep that is killed
//! half-way has lost nothing but what it was about to remove.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

use super::line::{self, Payload};
use super::mark::UseMark;
use super::names::{BUCKET_DIGITS, CONTENT, INDEX, TEMPORARY, content_path, push_hex};
use super::private::remove_any;
use super::store::DiskStore;
use super::usage::{blocks, changed};
use super::{bucket, content, names, walk};
use crate::clock::Millis;
use crate::tier::shared::IsUseless;

/// Temporary files are kept for this many times [`GRACE`](super::store::GRACE).
const TEMPORARY_GRACES: u64 = 6;
/// The position of the key in an entry's bytes.
const KEY: std::ops::Range<usize> = 4..36;

/// The result of a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SweepTally {
    /// Entries that were useless or damaged.
    pub(crate) removed: u64,
    /// Files that belonged to no entry.
    pub(crate) orphans: u64,
    /// Leftovers of writers that died.
    pub(crate) temporary: u64,
    /// Buckets that were cut to their last line.
    pub(crate) compacted: u64,
    /// Entries that were evicted to make room.
    pub(crate) evicted: u64,
    /// Entries that are left.
    pub(crate) entries: u64,
    /// The bytes that the files take, in blocks.
    pub(crate) bytes: u64,
    /// The entries and bytes that were found before anything was removed.
    found: (u64, u64),
}

impl DiskStore {
    /// Sweeps all leaves, recounts, and evicts what is over the bound.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    pub(super) fn sweep(&self, is_useless: IsUseless<'_>) -> io::Result<SweepTally> {
        match fs::read_dir(&self.directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let (mut swept, counted, now) = (SweepTally::default(), self.usage().snapshot(), self.usage().file_time());
        // Content is swept first, so that the content that the index pass removes has been counted.
        for leaf in walk::leaves(&self.directory.join(CONTENT)) {
            self.sweep_content(&leaf, now, &mut swept);
        }
        for leaf in walk::leaves(&self.directory.join(INDEX)) {
            self.sweep_index(&leaf, now, is_useless, &mut swept);
        }
        self.sweep_temporary(now, &mut swept);
        self.usage().correct(counted, swept.found);
        swept.evicted = self.make_room().entries;
        (swept.entries, swept.bytes) = self.held();
        Ok(swept)
    }

    /// Sweeps a random leaf of the index or of content, and occasionally the temporary files.
    pub(super) fn step(&self, is_useless: IsUseless<'_>) {
        let (random, mut swept) = (self.random.next(), SweepTally::default());
        let root = if random % 2 == 0 { INDEX } else { CONTENT };
        // The temporary files come first: if all entries are small, there is no leaf of content, and the sweep ends
        // below.
        if random % 64 == 1 {
            self.sweep_temporary(self.usage().file_time(), &mut swept);
        }
        let root_path = self.directory.join(root);
        let Some(leaf) = walk::leaves_from_anywhere(&root_path, &self.random).next() else {
            return;
        };
        let now = self.usage().file_time();
        match root {
            INDEX => self.sweep_index(&leaf, now, is_useless, &mut swept),
            _ => self.sweep_content(&leaf, now, &mut swept),
        }
    }

    /// Counts the files, and corrects the count. Fills the filter with the existing buckets.
    pub(super) fn recount(&self) {
        let (counted, mut found) = (self.usage().snapshot(), (0, 0));
        let mut count = |files: &[DirEntry], entries| {
            for metadata in files.iter().filter_map(|file| file.metadata().ok()) {
                if metadata.is_file() {
                    found.0 += entries;
                    found.1 += blocks(metadata.len());
                }
            }
        };
        self.learn_from(|files| count(files, 1));
        for leaf in walk::leaves(&self.directory.join(CONTENT)) {
            count(&walk::list(&leaf), 0);
        }
        self.usage().correct(counted, found);
    }

    /// Fills the filter with the existing buckets.
    pub(super) fn learn(&self) {
        self.learn_from(|_| {});
    }

    /// Fills the filter with the existing buckets, and passes the files of each leaf to `see`.
    fn learn_from(&self, mut see: impl FnMut(&[DirEntry])) {
        let usage = self.usage();
        let looked = walk::all_leaves(&self.directory.join(INDEX), |leaf, files| {
            if let Some(leaf) = usage.filter().and_then(|filter| filter.leaf(leaf)) {
                leaf.has(files.iter().map(DirEntry::file_name));
            }
            see(files);
        });
        if looked.is_ok() {
            usage.filter_is_complete();
        }
    }

    fn sweep_index(&self, leaf: &Path, now: u64, is_useless: IsUseless<'_>, swept: &mut SweepTally) {
        let usage = self.usage();
        let known = usage.filter().and_then(|filter| filter.leaf(leaf));
        let Ok(files) = walk::list_all(leaf) else { return };
        if let Some(known) = known {
            known.has_only(files.iter().map(DirEntry::file_name));
        }
        for file in files {
            let path = file.path();
            match bucket::read(&path) {
                Ok(Some(lines)) if file.file_name().len() == BUCKET_DIGITS => {
                    swept.found.0 += 1;
                    swept.found.1 += blocks(lines.size);
                    self.sweep_bucket(&path, &lines, &file, now, is_useless, swept);
                }
                Ok(None) => {}
                // A directory in place of a bucket, or another file that does not belong here.
                _ if self.is_old(&file, now) || path.is_dir() => {
                    swept.removed += u64::from(remove_any(&path).unwrap_or(false));
                }
                _ => {}
            }
        }
        content::remove_empty_parents(&leaf.join("any"));
    }

    fn sweep_bucket(
        &self,
        path: &Path,
        lines: &bucket::Lines,
        file: &DirEntry,
        now: u64,
        is_useless: IsUseless<'_>,
        swept: &mut SweepTally,
    ) {
        let Some((name, held)) = bucket::entry(&self.directory, path, lines) else {
            // An empty bucket may be waiting for its first line. Any other is read once more, because a line may have
            // been in the middle of being written.
            if self.is_old(file, now) || (lines.size > 0 && self.is_broken(path)) {
                swept.removed += u64::from(self.discard(path).is_ok_and(|freed| freed.is_some()));
            }
            return;
        };
        let has_no_use = match self.head(&held) {
            Some(head) => file
                .metadata()
                .is_ok_and(|found| is_useless(&head, UseMark::of(&found).at)),
            // The content is gone, or the entry was replaced meanwhile.
            None => self.is_broken(path),
        };
        if has_no_use {
            swept.removed += u64::from(self.discard(path).is_ok_and(|freed| freed.is_some()));
        } else if lines.size > bucket::FULL as u64 {
            swept.compacted += u64::from(self.compact(path, &name, &held, lines.size));
        }
    }

    /// Returns `true` if a second look finds no entry in a bucket.
    fn is_broken(&self, path: &Path) -> bool {
        std::thread::yield_now();
        let Ok(Some(lines)) = bucket::read(path) else {
            return false;
        };
        let entry = bucket::entry(&self.directory, path, &lines);
        lines.size > 0 && entry.and_then(|(_, held)| self.head(&held)).is_none()
    }

    /// Cuts a bucket to its last line.
    fn compact(&self, path: &Path, name: &str, held: &Payload, size: u64) -> bool {
        let Ok(mark) = fs::metadata(path).map(|metadata| UseMark::of(&metadata)) else {
            return false;
        };
        let Millis(time) = mark.at;
        let line = match held {
            Payload::Inline(Some(bytes)) => line::inline(name, time, bytes),
            Payload::Inline(None) => return false,
            Payload::Content(digest, size) => {
                line::content(name, time, digest, usize::try_from(*size).unwrap_or_default())
            }
        };
        let is_shorter = (line.len() as u64) < size;
        if !is_shorter || bucket::begin_anew(path, &line).is_err() {
            return false;
        }
        self.usage().resized(size, line.len() as u64);
        let _ = fs::File::open(path).and_then(|file| mark.set(&file));
        true
    }

    fn sweep_content(&self, leaf: &Path, now: u64, swept: &mut SweepTally) {
        for file in walk::list(leaf) {
            let Ok(metadata) = file.metadata() else { continue };
            let size = if metadata.is_file() { blocks(metadata.len()) } else { 0 };
            swept.found.1 += size;
            let path = file.path();
            if self.is_old(&file, now) && self.is_orphan(&path) && remove_any(&path).unwrap_or(false) {
                self.usage().removed(0, size);
                swept.orphans += 1;
            }
        }
        content::remove_empty_parents(&leaf.join("any"));
    }

    /// Returns `true` if this file is the content of no entry.
    fn is_orphan(&self, path: &Path) -> bool {
        let Ok(head) = content::head(path, KEY.end as u64) else {
            // A directory belongs to no entry. Another file that cannot be read may.
            return path.is_dir();
        };
        let Some(key) = head.get(KEY) else { return true };
        let mut name = String::with_capacity(64);
        push_hex(&mut name, key);
        let held = bucket::read(&names::bucket_path(&self.directory, &name)).and_then(|lines| match lines {
            Some(lines) => bucket::held(&self.directory, &name, &lines),
            None => Ok(None),
        });
        match held {
            Ok(Some(Payload::Content(digest, _))) => content_path(&self.directory, &digest) != path,
            Ok(_) => true,
            // The bucket cannot be read, so the file may be in use.
            Err(_) => false,
        }
    }

    fn sweep_temporary(&self, now: u64, swept: &mut SweepTally) {
        let grace = self.grace.saturating_mul(TEMPORARY_GRACES);
        for file in walk::list(&self.directory.join(TEMPORARY)) {
            if age(&file, now).is_some_and(|age| age >= grace) {
                swept.temporary += u64::from(remove_any(&file.path()).unwrap_or(false));
            }
        }
    }

    fn is_old(&self, file: &DirEntry, now: u64) -> bool {
        age(file, now).is_some_and(|age| age >= self.grace)
    }
}

/// Returns how long ago a file was changed, in milliseconds; `None` if the file is gone, or was changed in the future.
fn age(file: &DirEntry, now: u64) -> Option<u64> {
    now.checked_sub(changed(&file.metadata().ok()?))
}
