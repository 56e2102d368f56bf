//! A query-result cache for [Diesel](diesel).

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod key;

mod cacheable;
mod error;
mod generation;
#[allow(
    dead_code,
    unused_imports,
    reason = "wired by the observer and the query modules"
)]
mod tables;

pub use cacheable::{Cacheable, Layout};
pub use diesel_cache_derive::Cacheable;
pub use error::Error;
