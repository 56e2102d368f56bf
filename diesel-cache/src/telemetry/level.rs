//! How much attention an event deserves.

/// How much attention an event deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "tracing"),
    allow(dead_code, reason = "only `tracing` filters by level")
)]
pub(crate) enum Level {
    /// A hit, which happens at most loads: `TRACE`.
    Frequent,
    /// The database was queried, or what is cached has changed: `DEBUG`.
    Notable,
    /// Something has failed, or needs attention: `WARN`.
    Failure,
}
