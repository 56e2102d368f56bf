//! The memory of the generations: a mapped file, or the heap if there is no directory.
#![allow(unsafe_code)] // the compiler sees a shared mapping as raw memory; the crate has no other

use std::fs::File;
use std::io;
use std::sync::atomic::AtomicU64;

use memmap2::{MmapOptions, MmapRaw};

use super::layout::{self, LIST_WORDS, LISTS_AT, SLOT_WORDS, SLOTS_AT, WORDS, record};

#[derive(Debug)]
pub(super) struct Map(Memory);

#[derive(Debug)]
enum Memory {
    File(MmapRaw),
    Heap(Box<[AtomicU64]>),
}

impl Map {
    pub(super) fn heap() -> Self {
        Self(Memory::Heap(
            std::iter::repeat_with(|| AtomicU64::new(0)).take(WORDS).collect(),
        ))
    }

    /// Maps a file of at least [`layout::BYTES`] bytes.
    ///
    /// If another program truncates the file *while it is mapped*, the next access beyond its end kills the process
    /// with SIGBUS. No mapping can be protected from that. This crate never truncates the file.
    pub(super) fn file(file: &File) -> io::Result<Self> {
        if file.metadata()?.len() < layout::BYTES {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // `map_raw` is safe: it returns a pointer, and creates no reference to memory that others change.
        let map = MmapOptions::new().len(WORDS * 8).map_raw(file)?;
        if map.len() != WORDS * 8 || !map.as_ptr().cast::<AtomicU64>().is_aligned() {
            return Err(io::Error::other(
                "the file of generations cannot be mapped as 64-bit words",
            ));
        }
        Ok(Self(Memory::File(map)))
    }

    #[inline]
    pub(super) fn words(&self) -> &[AtomicU64] {
        match &self.0 {
            Memory::Heap(words) => words,
            // SAFETY:
            // - The pointer is not null, valid for reads and writes of WORDS * 8 bytes (the length `file` asked for and
            //   checked), and aligned for `AtomicU64` (checked there).
            // - The mapping is undone only when `self.0` is dropped, and the slice borrows `self`.
            // - Every bit pattern is an `AtomicU64`, so that whatever the file holds is initialised and valid.
            // - The memory is reached in no other way: `Map` hands out nothing but this shared slice of atomics, so
            //   there is no `&mut`, nor a plain access, in this process; other processes run this same code on a
            //   mapping of their own, and atomics of 64 bits are lock-free and address-free wherever `AtomicU64` exists
            //   (no lock lives beside the data). A foreign program that writes into the file can at worst change
            //   values, as another atomic store would.
            Memory::File(map) => unsafe { std::slice::from_raw_parts(map.as_mut_ptr().cast::<AtomicU64>(), WORDS) },
        }
    }

    #[inline]
    pub(super) fn header(&self, word: usize) -> &AtomicU64 {
        &self.words()[word]
    }

    pub(super) fn record(&self, writer: usize) -> &[AtomicU64] {
        &self.words()[layout::RECORDS_AT + writer * record::WORDS..][..record::WORDS]
    }

    /// Returns the line of every slot, by slot.
    #[inline]
    pub(super) fn lines(&self) -> &[[AtomicU64; SLOT_WORDS]] {
        self.words()[SLOTS_AT..LISTS_AT].as_chunks().0
    }

    /// Returns the lists of shapes.
    pub(super) fn lists(&self) -> &[[AtomicU64; LIST_WORDS]] {
        self.words()[LISTS_AT..].as_chunks().0
    }

    /// Waits until the memory is written to the file.
    pub(super) fn sync(&self) -> io::Result<()> {
        match &self.0 {
            Memory::File(map) => map.flush(),
            Memory::Heap(_) => Ok(()),
        }
    }

    /// Like [`sync`](Self::sync), for the header page alone.
    pub(super) fn sync_header(&self) -> io::Result<()> {
        match &self.0 {
            Memory::File(map) => map.flush_range(0, header_bytes()),
            Memory::Heap(_) => Ok(()),
        }
    }
}

const fn header_bytes() -> usize {
    layout::header::WORDS * 8
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::SeqCst;

    use super::*;

    #[test]
    fn the_parts_do_not_overlap() {
        let map = Map::heap();
        assert_eq!(map.lines().len(), crate::generation::slot::SLOTS as usize);
        map.record(layout::WRITERS - 1)[record::WORDS - 1].store(7, SeqCst);
        map.header(layout::header::WORDS - 1).store(8, SeqCst);
        assert_eq!(map.lines()[0][0].load(SeqCst), 0);
        map.lines()[crate::generation::slot::SLOTS as usize - 1][SLOT_WORDS - 1].store(9, SeqCst);
        assert_eq!(map.words()[LISTS_AT - 1].load(SeqCst), 9);
        assert_eq!(map.lists()[0][0].load(SeqCst), 0);
        map.lists()[crate::generation::shape::LISTS as usize - 1][LIST_WORDS - 1].store(10, SeqCst);
        assert_eq!(map.words()[WORDS - 1].load(SeqCst), 10);
    }

    #[test]
    #[cfg_attr(miri, ignore)] // needs files
    fn a_short_file_is_not_mapped() {
        let path = std::env::temp_dir().join(format!("diesel-cache-short-{}", std::process::id()));
        let file = File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&path)
            .unwrap();
        file.set_len(layout::BYTES - 1).unwrap();
        assert!(Map::file(&file).is_err());
        file.set_len(layout::BYTES).unwrap();
        assert!(Map::file(&file).is_ok());
        std::fs::remove_file(path).unwrap();
    }
}
