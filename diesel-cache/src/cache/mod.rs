//! The cache: its regions, and the operations on all of them.

mod build;
mod builder;
#[cfg(feature = "redis")]
mod cluster;
mod declarations;
mod disabled;
mod handle;
#[cfg(not(feature = "redis"))]
mod no_cluster;
mod stats;

pub use builder::CacheBuilder;
#[cfg(feature = "redis")]
pub use cluster::{ClusterStatus, RedisCluster};
pub use handle::Cache;
pub use stats::CacheStats;
