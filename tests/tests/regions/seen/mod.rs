//! Statistics, `tracing`, `metrics`, and disabling the cache.

mod cluster;
mod disabled;
mod metrics;
mod stats;
mod tracing;
