//! Counters, gauges and histograms for `metrics`, by Prometheus' conventions.
//!
//! A handle belongs to the recorder that made it. It is made at its first use and kept, so that a hit costs one call
//! from then on. While there is no recorder, nothing is kept: a recorder that is installed later makes every handle.

#[cfg(feature = "redis")]
mod cluster;
mod meter;
mod regions;

#[cfg(feature = "redis")]
pub(crate) use self::cluster::ClusterMeters;
pub(crate) use self::regions::Meters;
