//! Being seen: figures, `tracing`, `metrics`, and switching the cache off.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod disabled;
mod metrics;
mod stats;
mod tracing;
