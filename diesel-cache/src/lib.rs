//! A query-result cache for [Diesel](diesel).

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod key;

mod cacheable;
mod error;
mod generation;
mod tables;

#[doc(hidden)]
pub use cacheable::private as __private;
pub use cacheable::{Cacheable, Layout};
#[doc = include_str!("cacheable/derive.md")]
pub use diesel_cache_derive::Cacheable;
pub use error::Error;
