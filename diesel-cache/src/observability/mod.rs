//! What happens, passed on to the ecosystem's facades, `tracing` and `metrics`, each behind its feature.
//!
//! Regions count and tell in one place (`region/telling.rs`), which calls what is here. Without a feature its half is empty, and
//! compiles to nothing.

#[cfg(feature = "metrics")]
mod meters;
#[cfg(not(feature = "metrics"))]
mod no_meters;
#[cfg(not(feature = "tracing"))]
mod no_spans;
#[cfg(feature = "tracing")]
mod spans;

#[cfg(feature = "metrics")]
pub(crate) use meters::Meters;
#[cfg(not(feature = "metrics"))]
pub(crate) use no_meters::Meters;
#[cfg(not(feature = "tracing"))]
pub(crate) use no_spans::{Asking, is_traced, trace};
#[cfg(feature = "tracing")]
pub(crate) use spans::{Asking, is_traced, trace};

/// How much attention an event deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "nobody looks"))]
pub(crate) enum Loudness {
    /// It is what the cache is for, and happens at every other load.
    Usual,
    /// The database was asked, or what is cached has changed.
    Notable,
    /// Something does not work as it was meant to.
    Failure,
}
