//! How much a region's files take, over all processes: counted where every store and removal can see it. Which files
//! there may be is [kept there](super::filter), too.
//!
//! A file counts as the blocks of 4 KiB that it takes, as on most file systems. The count is a sum of differences, each
//! added after its file was changed: a process killed in between leaves it wrong by that, until the next recount.

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
/// How often something was stored: only ever differs.
const STORES_AT: usize = 3;
/// Not zero: the filter knows all files that were there before it.
const FILTERS_AT: usize = 4;
/// How many there are.
const COUNTS: usize = 5;

const BLOCK: u64 = 4096;

/// The blocks that a file of so many bytes takes, in bytes.
pub(super) fn blocks(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK).saturating_mul(BLOCK)
}

/// The count of one region.
#[derive(Debug)]
pub(super) struct Usage {
    words: Words,
    /// The file of the count, and which one it is: also the clock of the file system.
    file: Option<(File, Identity)>,
}

#[derive(Debug)]
enum Words {
    Shared(SharedWords),
    /// There is no such file to be had: this process counts for itself.
    Own([AtomicU64; COUNTS]),
}

impl Usage {
    /// Opens the count, or makes one; the second value says that nothing has been counted yet.
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

    /// An entry was stored.
    pub(super) fn stored(&self) {
        self.word(STORES_AT).fetch_add(1, SeqCst);
    }

    /// How often any process has stored an entry; `None` if others do not count here.
    pub(super) fn stores(&self) -> Option<u64> {
        match &self.words {
            Words::Shared(words) => Some(words.counts()[STORES_AT].load(SeqCst)),
            Words::Own(_) => None,
        }
    }

    /// Returns which buckets there may be, for a caller that makes one or lists what is there; `None` if processes do
    /// not share that.
    pub(super) fn filter(&self) -> Option<Filter<'_>> {
        match &self.words {
            Words::Shared(words) => Some(words.filter()),
            Words::Own(_) => None,
        }
    }

    /// Like [`filter`](Self::filter), for a caller that looks for a bucket: `None` as well while earlier buckets are
    /// not all known.
    pub(super) fn complete_filter(&self) -> Option<Filter<'_>> {
        self.filter().filter(|_| self.word(FILTERS_AT).load(SeqCst) != 0)
    }

    /// Records that the filter knows all files, since each of them was looked at.
    pub(super) fn filter_is_complete(&self) {
        self.word(FILTERS_AT).store(1, SeqCst);
    }

    #[cfg(test)]
    pub(super) fn filter_is_incomplete(&self) {
        self.word(FILTERS_AT).store(0, SeqCst);
    }

    /// Returns `true` if this is the file that others would open.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        let there = || Some(identity(&path.metadata().ok()?));
        self.file.as_ref().is_some_and(|(_, own)| there() == Some(*own))
    }

    pub(super) fn is_shared(&self) -> bool {
        self.file.is_some()
    }

    /// Content was written.
    pub(super) fn add_content(&self, bytes: u64) {
        self.add(0, signed(blocks(bytes)));
    }

    /// A bucket has grown or shrunk from one size to another; it was made if it had none.
    pub(super) fn add_bucket(&self, before: u64, after: u64) {
        self.add(i64::from(before == 0), 0);
        self.resized(before, after);
    }

    /// A file has grown or shrunk from one size to another.
    pub(super) fn resized(&self, before: u64, after: u64) {
        self.add(0, signed(blocks(after)) - signed(blocks(before)));
    }

    /// Entries and their files are gone.
    pub(super) fn removed(&self, entries: u64, bytes: u64) {
        self.add(-signed(entries), -signed(bytes));
    }

    /// What a recount begins with: the words as they are, below nothing too.
    pub(super) fn snapshot(&self) -> (i64, i64) {
        let word = |at| self.word(at).load(SeqCst).cast_signed();
        (word(ENTRIES_AT), word(BYTES_AT))
    }

    /// Replaces what the count was when a recount began by what that found; what came in between stays.
    pub(super) fn correct(&self, (entries, bytes): (i64, i64), found: (u64, u64)) {
        self.add(
            signed(found.0).wrapping_sub(entries),
            signed(found.1).wrapping_sub(bytes),
        );
    }

    /// Milliseconds since 1970 by the file system's own clock, which need not be this machine's.
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

/// Returns when the file system last changed a file, in milliseconds since 1970. No process can set that time.
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
    // In full: a hole in a mapped file is a SIGBUS when the disk is full.
    file.write_all(&vec![0; usize::try_from(missing).unwrap_or(BYTES)])?;
    Ok(file)
}

fn positive(word: &AtomicU64) -> u64 {
    u64::try_from(word.load(SeqCst).cast_signed()).unwrap_or_default()
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
