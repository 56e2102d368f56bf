//! A clock that never goes back, for this process's own intervals.

use std::fmt;
#[cfg(any(test, feature = "fault-injection"))]
use std::sync::Arc;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The system's monotonic clock, or one that a test sets. Changes of the wall clock do not affect it.
#[derive(Clone, Default)]
pub(crate) enum Monotonic {
    #[default]
    System,
    #[cfg(any(test, feature = "fault-injection"))]
    Injected(Arc<dyn Fn() -> Duration + Send + Sync>),
}

impl Monotonic {
    /// Returns the time since a fixed moment in the life of this process.
    pub(super) fn now(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        match self {
            Self::System => START.elapsed(),
            #[cfg(any(test, feature = "fault-injection"))]
            Self::Injected(now) => now(),
        }
    }
}

impl fmt::Debug for Monotonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Monotonic")
    }
}
