//! Options of the generations.

use std::time::Duration;

use super::clock::BootClock;
use super::monotonic::Monotonic;

/// How long a fence in doubt stays, by default.
pub(crate) const DOUBT_GRACE: Duration = Duration::from_secs(60);

/// Options of the generations.
#[derive(Clone, Debug)]
pub(crate) struct GenerationOptions {
    /// How long a write may be in doubt. Defaults to [`DOUBT_GRACE`].
    pub(crate) doubt_grace: Duration,
    pub(crate) clock: BootClock,
    /// Measures how long ago snapshots of the generations were taken.
    pub(crate) monotonic: Monotonic,
}

impl Default for GenerationOptions {
    fn default() -> Self {
        Self {
            doubt_grace: DOUBT_GRACE,
            clock: BootClock::default(),
            monotonic: Monotonic::default(),
        }
    }
}
