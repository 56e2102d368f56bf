//! A query-result cache for [Diesel](diesel).

mod key;

mod cacheable;
mod error;
mod generation;
mod tables;

pub use cacheable::{Cacheable, Layout};
pub use diesel_cache_derive::Cacheable;
pub use error::Error;
pub use key::{CacheKey, KeyBackend, KeyHasher};
