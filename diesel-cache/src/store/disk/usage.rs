//! How much a region's files take, over all processes: counted where every store and removal can see it.
//!
//! A file counts as the blocks of 4 KiB that it takes, as on most file systems. The count is a sum of differences, each
//! added after its file was changed: a process killed in between leaves it wrong by that, until the next recount.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{SystemTime, UNIX_EPOCH};

use super::private::open_in_private_dir;
use super::shared::{BYTES, SharedWords, WORDS};

/// `DCU` and the version of this file: bytes are counted in blocks of [`BLOCK`].
const MAGIC: u64 = u64::from_le_bytes(*b"DCU\x01\0\0\0\0");
const MAGIC_AT: usize = 0;
const ENTRIES_AT: usize = 1;
const BYTES_AT: usize = 2;
/// How often something was stored: only ever differs.
const STORES_AT: usize = 3;

const BLOCK: u64 = 4096;

/// The blocks that a file of so many bytes takes, in bytes.
pub(super) fn blocks(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK).saturating_mul(BLOCK)
}

/// The count of one region.
#[derive(Debug)]
pub(super) struct Usage {
    words: Words,
    /// The file of the count: also the clock of the file system.
    file: Option<File>,
}

#[derive(Debug)]
enum Words {
    Shared(SharedWords),
    /// There is no such file to be had: this process counts for itself.
    Own([AtomicU64; WORDS]),
}

impl Usage {
    /// Opens the count, or makes one; the second value says that nothing has been counted yet.
    pub(super) fn open(path: &Path) -> (Self, bool) {
        let shared = open_file(path).and_then(|file| Ok((SharedWords::map(&file)?, file)));
        let usage = match shared {
            Ok((words, file)) => Self {
                words: Words::Shared(words),
                file: Some(file),
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
            Words::Shared(words) => Some(words.words()[STORES_AT].load(SeqCst)),
            Words::Own(_) => None,
        }
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
        self.file.as_ref().and_then(touch).unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
    }

    fn word(&self, at: usize) -> &AtomicU64 {
        match &self.words {
            Words::Shared(words) => &words.words()[at],
            Words::Own(words) => &words[at],
        }
    }
}

/// When the file system last changed a file, in milliseconds since 1970; nobody can set that to another time.
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
    super::mark::Mark::of(metadata).at.0
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
