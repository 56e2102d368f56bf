//! A query-result cache for [Diesel](diesel).

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod key;

mod cacheable;
mod error;
#[allow(dead_code)] // until the regions and the observer call it
mod generation;
mod tables;

pub use cacheable::{Cacheable, Layout};
pub use diesel_cache_derive::Cacheable;
pub use error::Error;
