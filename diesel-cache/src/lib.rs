//! A query-result cache for [Diesel](diesel).

mod cache;
mod cacheable;
mod clock;
mod context;
mod doubt;
mod entry;
mod error;
mod event;
mod generation;
mod key;
mod observe;
mod query;
mod region;
mod store;
mod tables;

#[doc(hidden)]
pub use cacheable::private as __private;

pub use cache::{Cache, CacheBuilder};
pub use cacheable::{Cacheable, Layout};
pub use clock::Clock;
#[doc = include_str!("cacheable/derive.md")]
pub use diesel_cache_derive::Cacheable;
pub use doubt::SessionBackend;
pub use error::Error;
pub use event::{BypassReason, Event, Invalidation, MissReason, Tier};
pub use key::{CacheKey, KeyBackend, KeyHasher};
pub use query::{CacheableQuery, Cached, CachedDsl, Explanation, Lookup, RegionRef, Rows, RunCachedDsl, kind};
pub use region::{Region, RegionBuilder};

/// What a program that caches queries imports.
pub mod prelude {
    pub use crate::{Cache, Cacheable, Cached, CachedDsl, Lookup, Region, RunCachedDsl};
}
