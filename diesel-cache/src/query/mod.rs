//! Cached queries: how one is made, and how it is loaded.
//!
//! [`CachedDsl::cached`] wraps a SELECT in [`Cached`], which forwards Diesel's query methods to it and takes the place
//! of its `load`. One load: the query's key (`key`), its region (`Cache`), an entry that may serve (`region`), or
//! else the database.

mod dsl;
mod explain;
mod forward;
mod load;
mod lookup;
mod options;
mod plan;
mod run;

pub use dsl::{CacheableQuery, CachedDsl, kind};
pub use explain::Explanation;
pub use load::Rows;
pub use lookup::Lookup;
pub use options::Cached;
pub use run::RunCachedDsl;
