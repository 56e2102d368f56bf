//! Times of std.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::represent::represent;

/// Seconds and nanoseconds.
type Span = (u64, u32);

fn duration((seconds, nanoseconds): Span) -> Option<Duration> {
    // `Duration::new` carries excess nanoseconds, and panics if that overflows.
    (nanoseconds < 1_000_000_000).then(|| Duration::new(seconds, nanoseconds))
}

represent!(Duration: "Duration" as Span, |time| (time.as_secs(), time.subsec_nanos()), duration);

// Whether before the epoch, and how far from it.
represent!(
    SystemTime: "SystemTime" as (bool, Duration),
    |time| match time.duration_since(UNIX_EPOCH) {
        Ok(after) => (false, after),
        Err(before) => (true, before.duration()),
    },
    |(before, distance)| match before {
        false => UNIX_EPOCH.checked_add(distance),
        true => UNIX_EPOCH.checked_sub(distance),
    },
);
