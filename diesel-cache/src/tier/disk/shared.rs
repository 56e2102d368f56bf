//! Words of memory that all processes share: a mapped file.
#![allow(unsafe_code)] // the compiler sees a shared mapping as raw memory

use std::fs::File;
use std::io;
use std::sync::atomic::AtomicU64;

use memmap2::{MmapOptions, MmapRaw};

use super::filter::{self, Filter};

/// The words for counts: one page, of which few are in use.
pub(super) const COUNTS: usize = 512;
/// The number of all words. The filter follows the counts.
const WORDS: usize = COUNTS + filter::WORDS;
/// The size of the file, in bytes: whole pages.
pub(super) const BYTES: usize = WORDS * 8;

#[derive(Debug)]
pub(super) struct SharedWords(MmapRaw);

impl SharedWords {
    /// Maps a file of at least [`BYTES`] bytes.
    ///
    /// If another program truncates the file while it is mapped, the next access kills the process. This crate never
    /// truncates it.
    pub(super) fn map(file: &File) -> io::Result<Self> {
        if file.metadata()?.len() < BYTES as u64 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // `map_raw` is safe: it returns a pointer, and creates no reference to memory that others change.
        let map = MmapOptions::new().len(BYTES).map_raw(file)?;
        if map.len() != BYTES || !map.as_ptr().cast::<AtomicU64>().is_aligned() {
            return Err(io::Error::other("the file cannot be mapped as 64-bit words"));
        }
        Ok(Self(map))
    }

    pub(super) fn counts(&self) -> &[AtomicU64; COUNTS] {
        let (counts, _) = self.words();
        counts
    }

    pub(super) fn filter(&self) -> Filter<'_> {
        let (_, filter) = self.words();
        Filter::new(filter)
    }

    fn words(&self) -> (&[AtomicU64; COUNTS], &[AtomicU64; filter::WORDS]) {
        #[derive(Debug)]
        #[repr(C)]
        struct Words {
            counts: [AtomicU64; COUNTS],
            filter: [AtomicU64; filter::WORDS],
        }
        const { assert!(size_of::<Words>() == BYTES) };
        // SAFETY:
        // - The pointer is not null, valid for reads and writes of BYTES bytes (the length that `map` asked for and
        //   checked), which is the size of `Words`, and aligned for `AtomicU64` (checked there), which is the alignment
        //   of `Words`.
        // - The mapping is undone only when `self.0` is dropped, and the references borrow `self`.
        // - Every bit pattern is an `AtomicU64`, so that whatever the file holds is initialised and valid.
        // - The memory is reached in no other way than through these atomics, in this process and in those that run the
        //   same code; atomics of 64 bits are lock-free and address-free wherever `AtomicU64` exists.
        let words = unsafe { &*self.0.as_mut_ptr().cast::<Words>() };
        (&words.counts, &words.filter)
    }
}
