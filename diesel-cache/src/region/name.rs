//! The names of regions. A name is copied with each query: it is inline, or among those that live as long as the process.

use std::collections::HashSet;
use std::fmt;
use std::sync::{PoisonError, RwLock};

/// The name of a region, which is copied without an allocation.
#[derive(Clone, Copy)]
pub struct RegionName(Name);

/// The longest name that is stored inline. Nearly all names are shorter.
const SHORT: usize = WORDS * WORD;
const WORDS: usize = 3;
const WORD: usize = size_of::<u64>();

#[derive(Clone, Copy)]
enum Name {
    Short { length: u8, words: Words },
    Long(&'static str),
}

/// The bytes of a short name, and zeros.
///
/// Every query builds one, and every load compares it. Both handle whole words, because a processor that has written
/// bytes must wait before it can read them as a word: hits took 5 % longer.
#[derive(Clone, Copy)]
#[repr(align(8))]
struct Words([[u8; WORD]; WORDS]);

impl RegionName {
    #[inline]
    pub(super) fn new(name: &str) -> Self {
        Self(match name.len() {
            0..=SHORT => short(name),
            _ => long(name, Reason::Asked),
        })
    }

    /// Returns the name of a region that exists. It is kept, so that queries can refer to the region however many other
    /// names they use.
    pub(super) fn of_region(name: &str) -> Self {
        Self(match name.len() {
            0..=SHORT => short(name),
            _ => long(name, Reason::Exists),
        })
    }

    /// Returns the name.
    #[inline]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // The bytes are those of a `str`.
            Name::Short { length, words } => {
                std::str::from_utf8(&words.0.as_flattened()[..usize::from(*length)]).unwrap_or_default()
            }
            Name::Long(name) => name,
        }
    }
}

impl PartialEq for RegionName {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (
                Name::Short { length, words },
                Name::Short {
                    length: len,
                    words: others,
                },
            ) => {
                let used = usize::from(*length).div_ceil(WORD);
                let mut pairs = words.0.iter().zip(&others.0).take(used);
                length == len && pairs.all(|(word, other)| u64::from_ne_bytes(*word) == u64::from_ne_bytes(*other))
            }
            (Name::Long(name), Name::Long(other)) => name == other,
            _ => false,
        }
    }
}

impl Eq for RegionName {}

#[inline]
fn short(name: &str) -> Name {
    let word = |at: usize| word(name.as_bytes().get(at * WORD..).unwrap_or_default());
    Name::Short {
        length: name.len() as u8,
        words: Words([word(0), word(1), word(2)]),
    }
}

/// Returns the first bytes as a word, with zeros if there are fewer. Parts of the word may overlap.
#[inline]
fn word(bytes: &[u8]) -> [u8; WORD] {
    if let Some(word) = bytes.first_chunk() {
        return *word;
    }
    let (first, last) = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        (u32::from_le_bytes(*first), u32::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        (u16::from_le_bytes(*first).into(), u16::from_le_bytes(*last).into())
    } else {
        let byte = bytes.first().copied().unwrap_or_default().into();
        (byte, byte)
    };
    let size = match bytes.len() {
        4.. => 4,
        2.. => 2,
        _ => bytes.len(),
    };
    (u64::from(first) | u64::from(last) << (8 * (bytes.len() - size))).to_le_bytes()
}

/// Why a long name is kept for the rest of the process.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// A region has this name.
    Exists,
    /// A query uses this name, and such a region may be created.
    Asked,
}

/// The number of long names that are kept although no region has had them.
const MOST: usize = 1024;

/// Replaces a name that is not kept. It suffices for the error that there is no such region.
const ELLIPSIS: &str = "…";

#[cold]
fn long(name: &str, reason: Reason) -> Name {
    static NAMES: RwLock<Option<HashSet<&'static str>>> = RwLock::new(None);
    let known = NAMES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = known.as_ref().and_then(|names| names.get(name)) {
        return Name::Long(name);
    }
    drop(known);
    let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if reason == Reason::Asked && names.len() >= MOST {
        let end = (0..=SHORT - ELLIPSIS.len()).rfind(|end| name.is_char_boundary(*end));
        return short(&format!("{}{ELLIPSIS}", &name[..end.unwrap_or_default()]));
    }
    let kept: &'static str = match names.get(name) {
        Some(kept) => kept,
        None => Box::leak(name.into()),
    };
    names.insert(kept);
    Name::Long(kept)
}

impl fmt::Debug for RegionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length_are_kept() {
        for length in (0..=SHORT + 1).chain([100]) {
            let name: String = ('a'..='z').cycle().take(length).collect();
            let kept = RegionName::of_region(&name);
            assert_eq!((kept.as_str(), kept), (&*name, RegionName::new(&name)));
        }
    }

    #[test]
    fn names_that_differ_in_one_byte_differ() {
        for length in 1..=SHORT {
            let name = "n".repeat(length);
            for at in 0..length {
                let mut other = name.clone();
                other.replace_range(at..=at, "m");
                assert_ne!(RegionName::new(&name), RegionName::new(&other), "{other}");
            }
            assert_ne!(RegionName::new(&name), RegionName::new(&name[1..]));
            assert_ne!(RegionName::new(&name), RegionName::new(&name.replace('n', "\0")));
        }
        assert_ne!(RegionName::new("n"), RegionName::new("n\0"), "zeros fill a word");
    }

    #[test]
    fn a_program_that_makes_names_up_fills_no_memory() {
        let region = "the-name-of-a-region-that-exists-already";
        for number in 0..2 * MOST {
            RegionName::new(&format!("a-region-that-nobody-has-ever-made-{number}"));
        }
        let cut = RegionName::new("é-region-that-comes-too-late-to-be-kept");
        assert_eq!(cut.as_str(), "é-region-that-comes-…");
        assert!(matches!(cut.0, Name::Short { .. }));
        RegionName::of_region(region);
        assert_eq!(RegionName::new(region).as_str(), region);
    }
}
