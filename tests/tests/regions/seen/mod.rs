//! Statistics, `tracing`, `metrics`, and disabling the cache.

mod disabled;
mod metrics;
mod stats;
mod tracing;
