//! References from queries to regions.
//!
//! A reference is copied with its query, so it holds neither an allocation nor a handle. A handle becomes a name and
//! the [`HandleIdentity`] of its cache.

use super::handle::Region;
use super::identity::HandleIdentity;
use super::name::RegionName;

/// The region that a query names: by name, or by [`Region`].
#[derive(Clone, Copy, Debug)]
pub struct RegionRef {
    name: RegionName,
    /// The cache that must have the region; `None` for the cache to which the connection is attached.
    of: Option<HandleIdentity>,
}

impl RegionRef {
    /// Returns the region's name.
    pub fn name(&self) -> RegionName {
        self.name
    }

    #[inline]
    pub(crate) fn of(&self) -> Option<HandleIdentity> {
        self.of
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
            name: region.query_name,
            of: Some(region.identity),
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
    fn a_reference_is_small() {
        assert!(size_of::<RegionRef>() <= 64, "it is copied at every step of a query");
    }
}
