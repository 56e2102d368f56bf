//! How a query says which region it means.

use std::fmt;

use smallvec::SmallVec;

use super::Region;

/// The region that a query names: by name, or by [`Region`].
#[derive(Clone, Debug)]
pub enum RegionRef {
    /// By name.
    Name(RegionName),
    /// By handle.
    Handle(Region),
}

/// The name of a region. A short one, as nearly all are, is copied without an allocation.
#[derive(Clone, PartialEq, Eq)]
pub struct RegionName(SmallVec<[u8; 24]>);

impl RegionName {
    /// The name.
    #[inline]
    pub fn as_str(&self) -> &str {
        // It was made from a `str`.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for RegionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl From<&str> for RegionRef {
    #[inline]
    fn from(name: &str) -> Self {
        Self::Name(RegionName(SmallVec::from_slice(name.as_bytes())))
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
        Self::Handle(region.clone())
    }
}

impl From<Region> for RegionRef {
    fn from(region: Region) -> Self {
        Self::Handle(region)
    }
}
