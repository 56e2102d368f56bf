//! How a query says which region it means.

use std::sync::Arc;

use super::Region;

/// The region that a query names: by name, or by [`Region`].
#[derive(Clone, Debug)]
pub enum RegionRef {
    /// By name.
    Name(Arc<str>),
    /// By handle.
    Handle(Region),
}

impl From<&str> for RegionRef {
    fn from(name: &str) -> Self {
        Self::Name(name.into())
    }
}

impl From<&String> for RegionRef {
    fn from(name: &String) -> Self {
        Self::Name(name.as_str().into())
    }
}

impl From<String> for RegionRef {
    fn from(name: String) -> Self {
        Self::Name(name.into())
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
