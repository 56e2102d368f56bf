//! The size of a region's files over all processes, counted in memory that they share. The same memory holds the
//! [filter](super::filter).
//!
//! A file counts as the blocks of 4 KiB that it takes on most file systems. The count is a sum of differences, each
//! added after its file was changed. If a process is killed in between, the count is wrong by that difference until the
//! next recount.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{SystemTime, UNIX_EPOCH};

use super::filter::Filter;
use super::private::{Identity, identity, open_in_private_dir};
use super::shared::{BYTES, SharedWords};

/// `DCU` and the version of this file: bytes are counted in blocks of [`BLOCK`].
const MAGIC: u64 = u64::from_le_bytes(*b"DCU\x02\0\0\0\0");
const MAGIC_AT: usize = 0;
const ENTRIES_AT: usize = 1;
const BYTES_AT: usize = 2;
/// How often something was stored. Only a difference between two values means something.
const STORES_AT: usize = 3;
/// Not zero once the filter has all files that existed before it.
const FILTERS_AT: usize = 4;
/// The number of these words.
const COUNTS: usize = 5;

const BLOCK: u64 = 4096;

/// Returns the bytes of the blocks that a file of this size takes.
pub(super) fn blocks(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK).saturating_mul(BLOCK)
}

/// The count of one region.
#[derive(Debug)]
pub(super) struct DiskUsage {
    words: Words,
    /// The file of the count, and its identity. The file also serves as the clock of the file system.
    file: Option<(File, Identity)>,
}

#[derive(Debug)]
enum Words {
    Shared(SharedWords),
    /// The file cannot be used, so this process has a count of its own.
    Own([AtomicU64; COUNTS]),
}

impl DiskUsage {
    /// Opens the count, or creates it. The second value is `true` if nothing has been counted yet.
    pub(super) fn open(path: &Path) -> (Self, bool) {
        let open = || {
            let file = open_file(path)?;
            let (words, own) = (SharedWords::map(&file)?, identity(&file.metadata()?));
            io::Result::Ok((words, file, own))
        };
        let usage = match open() {
            Ok((words, file, own)) => Self {
                words: Words::Shared(words),
                file: Some((file, own)),
            },
            Err(_) => Self {
                words: Words::Own(Default::default()),
                file: None,
            },
        };
        let is_new = usage.word(MAGIC_AT).swap(MAGIC, SeqCst) != MAGIC;
        if is_new {
            usage.word(ENTRIES_AT).store(0, SeqCst);
            usage.word(BYTES_AT).store(0, SeqCst);
            usage.word(FILTERS_AT).store(0, SeqCst);
        }
        (usage, is_new)
    }

    pub(super) fn entries(&self) -> u64 {
        positive(self.word(ENTRIES_AT))
    }

    pub(super) fn bytes(&self) -> u64 {
        positive(self.word(BYTES_AT))
    }

    fn add(&self, entries: i64, bytes: i64) {
        // In two's complement, adding a negative number is adding its bits.
        if entries != 0 {
            self.word(ENTRIES_AT).fetch_add(entries.cast_unsigned(), SeqCst);
        }
        if bytes != 0 {
            self.word(BYTES_AT).fetch_add(bytes.cast_unsigned(), SeqCst);
        }
    }

    /// Counts an entry that was stored.
    pub(super) fn stored(&self) {
        self.word(STORES_AT).fetch_add(1, SeqCst);
    }

    /// Returns how often any process has stored an entry; `None` if other processes do not count here.
    pub(super) fn stores(&self) -> Option<u64> {
        match &self.words {
            Words::Shared(words) => Some(words.counts()[STORES_AT].load(SeqCst)),
            Words::Own(_) => None,
        }
    }

    /// Returns the filter, for callers that create a bucket or read a leaf; `None` if other processes do not add their
    /// buckets here.
    pub(super) fn filter(&self) -> Option<Filter<'_>> {
        match &self.words {
            Words::Shared(words) => Some(words.filter()),
            Words::Own(_) => None,
        }
    }

    /// Returns the filter, for callers that look for a bucket; `None` also while the filter may lack files that existed
    /// before it.
    pub(super) fn complete_filter(&self) -> Option<Filter<'_>> {
        self.filter().filter(|_| self.word(FILTERS_AT).load(SeqCst) != 0)
    }

    /// Marks the filter as complete, because all leaves have been read.
    pub(super) fn filter_is_complete(&self) {
        self.word(FILTERS_AT).store(1, SeqCst);
    }

    #[cfg(test)]
    pub(super) fn filter_is_incomplete(&self) {
        self.word(FILTERS_AT).store(0, SeqCst);
    }

    /// Returns `true` if the count is in the file that other processes would open.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        let there = || Some(identity(&path.metadata().ok()?));
        self.file.as_ref().is_some_and(|(_, own)| there() == Some(*own))
    }

    pub(super) fn is_shared(&self) -> bool {
        self.file.is_some()
    }

    /// Counts content that was written.
    pub(super) fn add_content(&self, bytes: u64) {
        self.add(0, signed(blocks(bytes)));
    }

    /// Counts a bucket that has changed its size. A size of zero before means that it was created.
    pub(super) fn add_bucket(&self, before: u64, after: u64) {
        self.add(i64::from(before == 0), 0);
        self.resized(before, after);
    }

    /// Counts a file that has changed its size.
    pub(super) fn resized(&self, before: u64, after: u64) {
        self.add(0, signed(blocks(after)) - signed(blocks(before)));
    }

    /// Counts entries and files that were removed.
    pub(super) fn removed(&self, entries: u64, bytes: u64) {
        self.add(-signed(entries), -signed(bytes));
    }

    /// Returns the numbers of entries and bytes as they are counted at the beginning of a recount. Both may be
    /// negative.
    pub(super) fn snapshot(&self) -> (i64, i64) {
        let word = |at| self.word(at).load(SeqCst).cast_signed();
        (word(ENTRIES_AT), word(BYTES_AT))
    }

    /// Replaces the count from the beginning of a recount by what the recount has found. Changes that were counted in
    /// between are kept.
    pub(super) fn correct(&self, (entries, bytes): (i64, i64), found: (u64, u64)) {
        self.add(
            signed(found.0).wrapping_sub(entries),
            signed(found.1).wrapping_sub(bytes),
        );
    }

    /// Returns milliseconds since 1970 by the file system's own clock, which need not be this machine's.
    pub(super) fn file_time(&self) -> u64 {
        let touch = |file: &File| {
            file.set_modified(SystemTime::now()).ok()?;
            Some(changed(&file.metadata().ok()?))
        };
        self.file.as_ref().and_then(|(file, _)| touch(file)).unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
    }

    fn word(&self, at: usize) -> &AtomicU64 {
        match &self.words {
            Words::Shared(words) => &words.counts()[at],
            Words::Own(words) => &words[at],
        }
    }
}

/// Returns when the file system last changed a file, in milliseconds since 1970. No program can set this time.
pub(super) fn changed(metadata: &std::fs::Metadata) -> u64 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let millis = metadata
            .ctime()
            .saturating_mul(1000)
            .saturating_add(metadata.ctime_nsec() / 1_000_000);
        u64::try_from(millis).unwrap_or_default()
    }
    #[cfg(not(unix))]
    super::mark::UseMark::of(metadata).at.0
}

fn open_file(path: &Path) -> io::Result<File> {
    let mut file = open_in_private_dir(path, OpenOptions::new().create(true).read(true).append(true))?;
    let missing = (BYTES as u64).saturating_sub(file.metadata()?.len());
    // Written in full, because a hole in a mapped file is a SIGBUS when the disk is full.
    file.write_all(&vec![0; usize::try_from(missing).unwrap_or(BYTES)])?;
    Ok(file)
}

fn positive(word: &AtomicU64) -> u64 {
    u64::try_from(word.load(SeqCst).cast_signed()).unwrap_or_default()
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
