//! The filter of buckets that may exist. With it, a load of a key that was never stored does not try to open a file.
//! Such an attempt takes as long as a quick query if the file system has to read a directory.
//!
//! The filter is a table of 64 KiB in memory that all processes share. It has a byte for each leaf of the index. Each
//! bit of the byte stands for an eighth of the names that the leaf may have. A bit is set *before* the bucket is
//! created, so that every later look-up finds the entry. It is cleared when a sweep of the leaf finds no such file, or
//! the store is emptied. A bit that is lost in between costs a query: the load misses, stores the entry again, and sets
//! the bit.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::names::BucketHash;

/// The size of the table in words of 64 bits, each of which has eight leaves.
pub(super) const WORDS: usize = (1 << 16) / 8;

/// The table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter<'a>(&'a [AtomicU64; WORDS]);

/// A leaf, and the value of its word before its directory was read.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    filter: Filter<'a>,
    place: Place,
    before: u64,
}

/// The position of a leaf's byte.
#[derive(Clone, Copy, Debug)]
struct Place {
    word: usize,
    shift: u32,
}

impl Place {
    fn of([first, second]: [u8; 2]) -> Self {
        let leaf = usize::from(u16::from_be_bytes([first, second]));
        Self {
            word: leaf / 8,
            shift: (leaf % 8 * 8) as u32,
        }
    }

    /// Returns the bit of a name that begins with this byte.
    fn bit(self, name: u8) -> u64 {
        1 << (self.shift + u32::from(name >> 5))
    }
}

impl<'a> Filter<'a> {
    pub(super) fn new(words: &'a [AtomicU64; WORDS]) -> Self {
        Self(words)
    }

    /// Returns `true` if there may be such a bucket, and `false` if there is none.
    pub(super) fn may_have(self, hash: &BucketHash) -> bool {
        let [first, second, name, ..] = *hash;
        let place = Place::of([first, second]);
        self.0[place.word].load(SeqCst) & place.bit(name) != 0
    }

    /// Adds a bucket. Must be called before the bucket is created.
    pub(super) fn add(self, hash: &BucketHash) {
        let [first, second, name, ..] = *hash;
        let place = Place::of([first, second]);
        self.0[place.word].fetch_or(place.bit(name), SeqCst);
    }

    /// Returns the leaf of this directory, which the caller is about to read; `None` if the directory is not a leaf.
    pub(super) fn leaf(self, directory: &Path) -> Option<Leaf<'a>> {
        let second = byte(directory.file_name()?)?;
        let first = byte(directory.parent()?.file_name()?)?;
        let place = Place::of([first, second]);
        Some(Leaf {
            filter: self,
            place,
            before: self.0[place.word].load(SeqCst),
        })
    }

    /// Removes all buckets.
    pub(super) fn clear(self) {
        self.0.iter().for_each(|word| word.store(0, SeqCst));
    }
}

impl Leaf<'_> {
    /// Adds files of the leaf. The leaf may have other files as well.
    pub(super) fn has(&self, names: impl Iterator<Item = OsString>) {
        self.filter.0[self.place.word].fetch_or(self.bits(names), SeqCst);
    }

    /// Replaces the leaf's bits by those of its files; `names` must be complete. Does nothing if a bit was set since
    /// [`Filter::leaf`] was called.
    pub(super) fn has_only(&self, names: impl Iterator<Item = OsString>) {
        let after = self.before & !(0xff << self.place.shift) | self.bits(names);
        let word = &self.filter.0[self.place.word];
        let _ = word.compare_exchange(self.before, after, SeqCst, SeqCst);
    }

    fn bits(&self, names: impl Iterator<Item = OsString>) -> u64 {
        let bit = |name: OsString| byte(&name).map_or(0, |name| self.place.bit(name));
        names.map(bit).fold(0, |bits, bit| bits | bit)
    }
}

/// Returns the byte that the first two characters of a name stand for, as hexadecimal digits.
fn byte(name: &OsStr) -> Option<u8> {
    let digits = name.to_str()?.get(..2)?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Box<[AtomicU64; WORDS]> {
        let words: Box<[AtomicU64]> = (0..WORDS).map(|_| AtomicU64::new(0)).collect();
        words.try_into().unwrap()
    }

    fn hash(first: u8, second: u8, name: u8) -> BucketHash {
        let mut hash = [7; 20];
        hash[..3].copy_from_slice(&[first, second, name]);
        hash
    }

    #[test]
    fn only_added_buckets_may_exist() {
        let table = table();
        let filter = Filter::new(&table);
        let added = [hash(0, 0, 0), hash(255, 255, 255), hash(1, 2, 0x20), hash(1, 3, 0x1f)];
        for bucket in &added {
            assert!(!filter.may_have(bucket));
            filter.add(bucket);
            assert!(filter.may_have(bucket));
        }
        assert_eq!(table.iter().map(|word| word.load(SeqCst).count_ones()).sum::<u32>(), 4);
        assert!(!filter.may_have(&hash(2, 1, 0x20)) && !filter.may_have(&hash(1, 2, 0x40)));
        filter.clear();
        assert!(!added.iter().any(|bucket| filter.may_have(bucket)));
    }

    #[test]
    fn reading_a_leaf_updates_its_bits() {
        let table = table();
        let filter = Filter::new(&table);
        let (gone, left, beside) = (hash(0xab, 0xcd, 0x10), hash(0xab, 0xcd, 0xf0), hash(0xab, 0xcc, 0x10));
        [&gone, &left, &beside]
            .into_iter()
            .for_each(|bucket| filter.add(bucket));
        let names = || ["f0aa", "x", ""].into_iter().map(OsString::from);
        let leaf = filter.leaf(Path::new("index-v5/ab/cd")).unwrap();
        leaf.has_only(names());
        assert!(!filter.may_have(&gone) && filter.may_have(&left) && filter.may_have(&beside));
        // One caller stores while another reads the directory.
        let leaf = filter.leaf(Path::new("index-v5/ab/cd")).unwrap();
        filter.add(&gone);
        leaf.has_only(names());
        assert!(filter.may_have(&gone) && filter.may_have(&left));
        leaf.has(["40"].into_iter().map(OsString::from));
        assert!(filter.may_have(&hash(0xab, 0xcd, 0x5f)) && filter.may_have(&gone));
    }

    #[test]
    fn other_directories_are_no_leaves() {
        let table = table();
        for path in ["", "ab", "index-v5/abc", "index-v5/zz/00", "ä/ö"] {
            let leaf = Filter::new(&table).leaf(Path::new(path));
            assert!(leaf.is_none(), "{path}: {leaf:?}");
        }
    }
}
