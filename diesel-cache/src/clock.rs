//! The clock of the cache.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A source of wall-clock time, for entries' ages.
///
/// The default is the system's clock. A test injects its own with [`CacheBuilder::clock`](crate::CacheBuilder::clock).
/// Any `Fn() -> SystemTime` is a clock. Time only decides how old an entry is, never which of two writes came first.
pub trait Clock: Send + Sync + 'static {
    /// Returns the current time.
    fn now(&self) -> SystemTime;
}

impl<F: Fn() -> SystemTime + Send + Sync + 'static> Clock for F {
    fn now(&self) -> SystemTime {
        self()
    }
}

/// The clock of a cache.
pub(crate) enum Time {
    System,
    Injected(Box<dyn Clock>),
}

impl Time {
    pub(crate) fn now(&self) -> Millis {
        match self {
            Self::System => Millis::now(&SystemTime::now),
            Self::Injected(clock) => Millis::now(&**clock),
        }
    }

    /// Returns the current time, exact enough to decide whether it is before `from`, between the two, or not before
    /// `to`.
    ///
    /// If the time is far from both, the system's coarse clock suffices, at a fifth of the cost.
    #[inline]
    pub(crate) fn now_between(&self, from: Millis, to: Millis) -> Millis {
        match self {
            Self::System => {
                let coarse = system::coarse();
                let is_clear = coarse.0 > from.0.saturating_add(COARSE) && coarse.0.saturating_add(COARSE) < to.0;
                if is_clear { coarse } else { self.now() }
            }
            Self::Injected(_) => self.now(),
        }
    }
}

/// More than the coarse clock may be behind, in milliseconds: a tick of Linux takes 10 ms at most.
const COARSE: u64 = 20;

mod system {
    use super::Millis;

    #[cfg(target_os = "linux")]
    #[inline]
    pub(super) fn coarse() -> Millis {
        use rustix::time::{ClockId, clock_gettime};

        let now = clock_gettime(ClockId::RealtimeCoarse);
        let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
        Millis(seconds.saturating_mul(1_000) + now.tv_nsec.unsigned_abs() / 1_000_000)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn coarse() -> Millis {
        Millis::now(&std::time::SystemTime::now)
    }
}

/// A time in Unix milliseconds, as entries record it.
#[cfg_attr(
    not(feature = "fault-injection"),
    allow(unreachable_pub, reason = "only the project's own tests implement tiers")
)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Millis(pub u64);

impl Millis {
    /// A time later than any other: when entries without a time to live expire.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    pub(crate) fn now(clock: &dyn Clock) -> Self {
        // A time before 1970 counts as 1970. Entries written then are misses.
        Self(clock.now().duration_since(UNIX_EPOCH).map_or(0, saturating_millis))
    }

    /// Returns the time `duration` later; [`NEVER`](Self::NEVER) if that cannot be expressed.
    pub(crate) fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(saturating_millis(duration)))
    }

    /// Returns how long before `now` this time was; `None` for a time in the future.
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

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Time")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coarse_clock_decides_like_the_exact_one() {
        let time = Time::System;
        for offset in (0..60).cycle().take(6_000) {
            let boundary = Millis(time.now().0 + offset - 30);
            for (from, to) in [(Millis(0), boundary), (boundary, Millis::NEVER)] {
                let place = |now: Millis| (now < from, now >= to);
                let before = time.now();
                let found = time.now_between(from, to);
                let after = time.now();
                assert!(
                    [place(before), place(after)].contains(&place(found)),
                    "{from:?} {found:?} {to:?}"
                );
            }
        }
    }

    #[test]
    fn ages_are_never_negative_and_sums_never_wrap() {
        assert_eq!(Millis(5).age_at(Millis(7)), Some(Duration::from_millis(2)));
        assert_eq!(Millis(7).age_at(Millis(5)), None);
        assert_eq!(Millis(5).after(Duration::MAX), Millis::NEVER);
        assert_eq!(Millis::now(&|| UNIX_EPOCH - Duration::from_secs(1)), Millis(0));
    }
}
