//! The cache: its regions, and the operations on all of them.

mod builder;
mod declarations;
mod disabled;
mod handle;
mod stats;

pub use builder::CacheBuilder;
pub use handle::Cache;
pub use stats::CacheStats;
