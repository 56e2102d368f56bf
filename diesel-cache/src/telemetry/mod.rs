//! Telemetry: listeners, `tracing` and `metrics`.
//!
//! Regions count and report in one place, the engine's `record.rs`, which calls what is here. Without its feature,
//! `tracing` or `metrics` is replaced by an empty file and compiles to nothing.

#[cfg(feature = "redis")]
mod cluster_figures;
mod counter;
mod level;
mod listeners;
#[cfg(feature = "metrics")]
mod meters;
#[cfg(not(feature = "metrics"))]
mod no_meters;
#[cfg(not(feature = "tracing"))]
mod no_spans;
#[cfg(feature = "tracing")]
mod spans;

#[cfg(feature = "redis")]
pub(crate) use cluster_figures::ClusterFigures;
pub(crate) use counter::Count;
pub(crate) use level::Level;
pub(crate) use listeners::Listeners;
#[cfg(feature = "redis")]
pub(crate) use meters::ClusterMeters;
pub(crate) use meters::Meters;
pub(crate) use spans::LoadSpan;

#[cfg(not(feature = "metrics"))]
use no_meters as meters;
#[cfg(not(feature = "tracing"))]
use no_spans as spans;
