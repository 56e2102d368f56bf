//! Where the cache reads the time.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A source of wall-clock time, for entries' ages.
///
/// The default is the system's clock; a test injects its own with
/// [`CacheBuilder::clock`](crate::CacheBuilder::clock). Any `Fn() -> SystemTime` is a clock. Time only ever decides
/// how old an entry is, never which of two writes came first.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> SystemTime;
}

impl<F: Fn() -> SystemTime + Send + Sync + 'static> Clock for F {
    fn now(&self) -> SystemTime {
        self()
    }
}

/// Unix milliseconds, as entries record them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Millis(pub(crate) u64);

impl Millis {
    /// Later than any time: an entry without a time to live.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    pub(crate) fn now(clock: &dyn Clock) -> Self {
        // A clock before 1970 reads as 1970: entries written then are from the future later on, and miss.
        Self(clock.now().duration_since(UNIX_EPOCH).map_or(0, saturating_millis))
    }

    /// The moment `duration` later; [`NEVER`](Self::NEVER) when that cannot be expressed.
    pub(crate) fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(saturating_millis(duration)))
    }

    /// How long before `now` this was; `None` for a time in the future.
    pub(crate) fn age_at(self, now: Self) -> Option<Duration> {
        now.0.checked_sub(self.0).map(Duration::from_millis)
    }

    pub(crate) fn system_time(self) -> SystemTime {
        UNIX_EPOCH
            .checked_add(Duration::from_millis(self.0))
            .unwrap_or(UNIX_EPOCH)
    }
}

fn saturating_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for dyn Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_never_negative_and_sums_never_wrap() {
        assert_eq!(Millis(5).age_at(Millis(7)), Some(Duration::from_millis(2)));
        assert_eq!(Millis(7).age_at(Millis(5)), None);
        assert_eq!(Millis(5).after(Duration::MAX), Millis::NEVER);
        assert_eq!(Millis::now(&|| UNIX_EPOCH - Duration::from_secs(1)), Millis(0));
    }
}
