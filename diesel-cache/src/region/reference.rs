//! References from queries to regions.
//!
//! A reference is copied with its query, so it holds neither an allocation nor a handle. Its name is inline, or among
//! those that live as long as the process. A handle becomes a name and the [`Identity`] of its cache.

use std::collections::HashSet;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use super::handle::Region;
use super::identity::Identity;

/// The region that a query names: by name, or by [`Region`].
#[derive(Clone, Copy, Debug)]
pub struct RegionRef {
    name: RegionName,
    /// The cache that must have the region; `None` for the cache to which the connection is attached.
    of: Option<Identity>,
}

impl RegionRef {
    /// Returns the region's name.
    pub fn name(&self) -> RegionName {
        self.name
    }

    #[inline]
    pub(crate) fn of(&self) -> Option<Identity> {
        self.of
    }
}

/// The name of a region, which is copied without an allocation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RegionName(Name);

/// The longest name that is stored inline. Nearly all names are shorter.
const SHORT: usize = 30;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(&'static str),
}

impl RegionName {
    #[inline]
    fn new(name: &str) -> Self {
        Self(match name.len() {
            0..=SHORT => short(name),
            _ => long(name, Reason::Asked),
        })
    }

    /// Keeps the name of a region that exists, so that queries can refer to it however many other names they use.
    pub(crate) fn keep(name: &str) {
        if name.len() > SHORT {
            long(name, Reason::Exists);
        }
    }

    /// Returns the name.
    #[inline]
    pub fn as_str(&self) -> &str {
        // The bytes are those of a `str`.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Name::Short { length, bytes } => &bytes[..usize::from(*length)],
            Name::Long(name) => name.as_bytes(),
        }
    }
}

#[inline]
fn short(name: &str) -> Name {
    let mut bytes = [0; SHORT];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    Name::Short {
        length: name.len() as u8,
        bytes,
    }
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

impl From<&str> for RegionRef {
    #[inline]
    fn from(name: &str) -> Self {
        Self {
            name: RegionName::new(name),
            of: None,
        }
    }
}

impl From<&String> for RegionRef {
    fn from(name: &String) -> Self {
        name.as_str().into()
    }
}

impl From<String> for RegionRef {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<&Region> for RegionRef {
    fn from(region: &Region) -> Self {
        Self {
            of: Some(region.identity),
            ..region.name().into()
        }
    }
}

impl From<Region> for RegionRef {
    fn from(region: Region) -> Self {
        Self::from(&region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length_are_kept() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 100] {
            let name = "n".repeat(length);
            RegionName::keep(&name);
            let kept = RegionName::new(&name);
            assert_eq!((kept.as_str(), kept), (&*name, RegionName::new(&name)));
        }
        assert!(size_of::<RegionRef>() <= 64, "it is copied at every step of a query");
    }

    #[test]
    fn a_program_that_makes_names_up_fills_no_memory() {
        let region = "the-name-of-a-region-that-exists-already";
        for number in 0..2 * MOST {
            RegionName::new(&format!("a-region-that-nobody-has-ever-made-{number}"));
        }
        let cut = RegionName::new("é-region-that-comes-too-late-to-be-kept");
        assert_eq!(cut.as_str(), "é-region-that-comes-too-la…");
        assert!(matches!(cut.0, Name::Short { .. }));
        RegionName::keep(region);
        assert_eq!(RegionName::new(region).as_str(), region);
    }

    #[test]
    fn identities_differ_by_cache_and_by_namespace() {
        let (one, other) = (Identity::next_cache(), Identity::next_cache());
        assert_eq!(Identity::new(one, "a"), Identity::new(one, "a"));
        assert_ne!(Identity::new(one, "a"), Identity::new(one, "b"));
        assert_ne!(Identity::new(one, "a"), Identity::new(other, "a"));
    }
}
