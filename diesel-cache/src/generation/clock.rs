//! Time in whole milliseconds since the machine's boot. All processes see the same time, and changes of the wall clock
//! do not affect it.

use std::time::Duration;

/// The system's clock, or one that a test sets.
#[derive(Clone, Debug, Default)]
pub(crate) enum BootClock {
    #[default]
    System,
    /// The time of this process alone, which no step of the wall clock affects on any system.
    #[cfg(feature = "redis")]
    Process,
    #[cfg(test)]
    Manual(std::sync::Arc<std::sync::atomic::AtomicU64>),
}

impl BootClock {
    /// Returns a clock for what no other process measures.
    #[cfg(feature = "redis")]
    pub(super) fn of_process(self) -> Self {
        match self {
            Self::System => Self::Process,
            other => other,
        }
    }

    /// Returns the time since the boot, including the time in which the machine was suspended, for waits that other
    /// processes measure as well. Never 0, because 0 stands for "never".
    pub(super) fn since_boot(&self) -> u64 {
        match self {
            Self::System => system::since_boot().max(1),
            #[cfg(feature = "redis")]
            Self::Process => system::of_process(),
            #[cfg(test)]
            Self::Manual(now) => now.load(std::sync::atomic::Ordering::SeqCst).max(1),
        }
    }

    /// Returns a time that is cheap to read and off by a few milliseconds, for this process's own intervals.
    #[inline]
    pub(super) fn coarse(&self) -> u64 {
        match self {
            Self::System => system::coarse(),
            #[cfg(feature = "redis")]
            Self::Process => system::coarse(),
            #[cfg(test)]
            Self::Manual(now) => now.load(std::sync::atomic::Ordering::SeqCst),
        }
    }
}

/// Returns a duration in whole milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(unix)]
mod system {
    use rustix::time::{ClockId, clock_gettime};

    #[cfg(all(target_os = "linux", not(miri)))] // Miri has no such clock
    const SINCE_BOOT: ClockId = ClockId::Boottime;
    #[cfg(any(not(target_os = "linux"), miri))]
    const SINCE_BOOT: ClockId = ClockId::Monotonic;

    #[cfg(target_os = "linux")]
    const COARSE: ClockId = ClockId::MonotonicCoarse;
    #[cfg(not(target_os = "linux"))]
    const COARSE: ClockId = ClockId::Monotonic;

    pub(super) fn since_boot() -> u64 {
        millis(SINCE_BOOT)
    }

    #[cfg(feature = "redis")]
    pub(super) fn of_process() -> u64 {
        since_boot().max(1)
    }

    #[inline]
    pub(super) fn coarse() -> u64 {
        millis(COARSE)
    }

    #[inline]
    fn millis(clock: ClockId) -> u64 {
        let now = clock_gettime(clock);
        now.tv_sec.unsigned_abs() * 1_000 + now.tv_nsec.unsigned_abs() / 1_000_000
    }
}

#[cfg(not(unix))]
mod system {
    use std::time::{Instant, SystemTime, UNIX_EPOCH};

    /// Returns the wall clock's time, because std has no other clock that processes share. So on these systems, a step
    /// of the wall clock can shorten or lengthen a grace.
    pub(super) fn since_boot() -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(1, |since| since.as_millis() as u64)
    }

    /// Begins at an hour, so that times before the start are no less than 0.
    #[cfg(feature = "redis")]
    pub(super) fn of_process() -> u64 {
        3_600_000 + coarse()
    }

    pub(super) fn coarse() -> u64 {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_millis() as u64
    }
}
