//! Counting without a meeting place: each thread counts in a stripe of its own, or nearly.

use std::array;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use crate::event::{BypassReason, MissReason, RefusalReason, Tier};

/// Threads beyond this many share stripes.
const STRIPES: usize = 16;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    Hit(Tier),
    StaleHit,
    Miss(MissReason),
    Bypass(BypassReason),
    Refusal(RefusalReason),
    Wait,
    Store,
    ReadFailure,
    WriteFailure,
    Invalidation,
    Eviction,
    /// Microseconds.
    Asking,
    /// Microseconds.
    Saved,
}

impl Count {
    pub(crate) const NUMBER: usize = 29;

    /// Each has a place of its own.
    pub(crate) fn place(self) -> usize {
        match self {
            Self::Hit(tier) => match tier {
                Tier::Memory => 0,
                Tier::Disk => 1,
                Tier::Session => 2,
            },
            Self::Saved => 3,
            Self::StaleHit => 4,
            Self::Wait => 5,
            Self::Store => 6,
            Self::ReadFailure => 7,
            Self::WriteFailure => 8,
            Self::Invalidation => 9,
            Self::Eviction => 10,
            Self::Asking => 11,
            Self::Miss(reason) => match reason {
                MissReason::Absent => 12,
                MissReason::Expired => 13,
                MissReason::Idle => 14,
                MissReason::Outdated => 15,
                MissReason::Invalidated => 16,
                MissReason::Layout => 17,
                MissReason::Corrupt => 18,
                MissReason::Refresh => 19,
            },
            Self::Bypass(reason) => match reason {
                BypassReason::NullRegion => 20,
                BypassReason::NoSession => 21,
                BypassReason::Transaction => 22,
                BypassReason::BeingWritten => 23,
                BypassReason::Disabled => 24,
            },
            Self::Refusal(reason) => match reason {
                RefusalReason::Invalidated => 25,
                RefusalReason::TooLarge => 26,
                RefusalReason::Transaction => 27,
            },
        }
    }
}

/// Apart by more than the line that processors fetch ahead.
#[repr(align(128))]
struct Stripe([AtomicU64; Count::NUMBER]);

pub(super) struct Counters(Box<[Stripe]>);

impl Default for Counters {
    fn default() -> Self {
        let stripe = |_| Stripe(array::from_fn(|_| AtomicU64::new(0)));
        Self((0..STRIPES).map(stripe).collect())
    }
}

impl Counters {
    #[inline]
    pub(super) fn add(&self, count: Count, number: u64) {
        self.0[stripe()].0[count.place()].fetch_add(number, Relaxed);
    }

    pub(super) fn add_time(&self, count: Count, time: Duration) {
        self.add(count, u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    pub(super) fn get(&self, count: Count) -> u64 {
        let place = count.place();
        self.0
            .iter()
            .map(|stripe| stripe.0[place].load(Relaxed))
            .fold(0, u64::wrapping_add)
    }

    pub(super) fn time(&self, count: Count) -> Duration {
        Duration::from_micros(self.get(count))
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counters")
    }
}

/// The stripe of this thread.
#[inline]
fn stripe() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: usize = NEXT.fetch_add(1, Relaxed) % STRIPES;
    }
    // Gone while the thread ends.
    MINE.try_with(|mine| *mine).unwrap_or_default()
}
