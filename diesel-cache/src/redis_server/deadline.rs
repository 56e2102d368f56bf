//! The time that is left for a connection.

use std::io;
use std::time::{Duration, Instant};

/// The longest timeout. A longer one could overflow the clocks of some systems.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns the timeout, or the nearest one that every system accepts. Zero is not accepted.
pub(super) fn accepted(timeout: Duration) -> Duration {
    timeout.clamp(Duration::from_millis(1), LONGEST)
}

/// The moment from which a caller no longer waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    pub(super) fn after(timeout: Duration) -> Self {
        Self(Instant::now() + accepted(timeout))
    }

    /// Returns the time that is left.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub(super) fn left(self) -> io::Result<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(left)
    }

    /// Returns the deadline for half of the time that is left, so that a second attempt has a chance.
    pub(super) fn half(self) -> Self {
        let now = Instant::now();
        Self(now + self.0.saturating_duration_since(now) / 2)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_timeout_is_accepted() {
        assert!(Deadline::after(Duration::MAX).left().unwrap() <= LONGEST);
        assert!(accepted(Duration::ZERO) > Duration::ZERO);
    }

    #[test]
    fn half_leaves_the_other_half() {
        let minute = Deadline::after(Duration::from_secs(60));
        let half = minute.half().left().unwrap();
        assert!(
            half <= Duration::from_secs(30) && half > Duration::from_secs(20),
            "{half:?}"
        );
    }

    #[test]
    fn the_past_leaves_nothing() {
        let past = Deadline(Instant::now());
        assert_eq!(past.left().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(past.half().left().is_err());
    }
}
