//! Being seen: figures, `tracing`, `metrics`, and switching the cache off.

mod disabled;
mod metrics;
mod stats;
mod tracing;
