//! How much attention an event deserves.

/// How much attention an event deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "tracing"),
    allow(dead_code, reason = "only `tracing` filters by level")
)]
pub(crate) enum Level {
    /// It is what the cache is for, and happens at every other load: `TRACE`.
    Frequent,
    /// The database was queried, or what is cached has changed: `DEBUG`.
    Notable,
    /// Something does not work as it should: `WARN`.
    Failure,
}
