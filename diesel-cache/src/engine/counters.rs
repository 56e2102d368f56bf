//! Counting without contention: each thread counts in a stripe of its own, where it needs no atomic read-modify-write.
//! Threads without a stripe of their own share the last one.

use std::array;
use std::fmt;
use std::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{AcqRel, Relaxed},
};
use std::time::Duration;

use crate::telemetry::Count;

pub(super) const STRIPES: usize = 16;
/// The stripe of all threads without one of their own.
const SHARED: usize = STRIPES - 1;

/// The counters of one stripe, aligned to more than the cache lines that processors prefetch together.
#[repr(align(128))]
struct Stripe([AtomicU64; Count::NUMBER]);

pub(crate) struct Counters(Box<[Stripe]>);

impl Default for Counters {
    fn default() -> Self {
        let stripe = |_| Stripe(array::from_fn(|_| AtomicU64::new(0)));
        Self((0..STRIPES).map(stripe).collect())
    }
}

impl Counters {
    #[inline]
    pub(super) fn add(&self, count: Count, number: u64) {
        let stripe = stripe();
        add_in(stripe, &self.0[stripe].0[count.place()], number);
    }

    pub(super) fn add_time(&self, count: Count, time: Duration) {
        self.add(count, u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    pub(crate) fn get(&self, count: Count) -> u64 {
        let place = count.place();
        self.0
            .iter()
            .map(|stripe| stripe.0[place].load(Relaxed))
            .fold(0, u64::wrapping_add)
    }

    pub(crate) fn time(&self, count: Count) -> Duration {
        Duration::from_micros(self.get(count))
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counters")
    }
}

/// Adds to a counter of this thread's stripe.
#[inline]
pub(super) fn add_in(stripe: usize, counter: &AtomicU64, number: u64) {
    if stripe == SHARED {
        counter.fetch_add(number, Relaxed);
    } else {
        // No other thread writes this stripe.
        counter.store(counter.load(Relaxed).wrapping_add(number), Relaxed);
    }
}

/// Returns the stripe of this thread.
#[inline]
pub(super) fn stripe() -> usize {
    thread_local! {
        static MINE: Seat = Seat::take();
    }
    // The thread-local value may be gone while the thread ends.
    MINE.try_with(|seat| seat.0).unwrap_or(SHARED)
}

/// The ownership of a stripe by a thread, for as long as the thread lives.
struct Seat(usize);

/// The stripes that belong to threads, one bit each.
static TAKEN: AtomicU32 = AtomicU32::new(0);

impl Seat {
    fn take() -> Self {
        let mut taken = TAKEN.load(Relaxed);
        loop {
            let free = taken.trailing_ones() as usize;
            if free >= SHARED {
                return Self(SHARED);
            }
            // The release of the previous owner's drop makes its counts visible.
            match TAKEN.compare_exchange_weak(taken, taken | 1 << free, AcqRel, Relaxed) {
                Ok(_) => return Self(free),
                Err(now) => taken = now,
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.0 != SHARED {
            TAKEN.fetch_and(!(1 << self.0), AcqRel);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn no_count_is_lost_between_threads() {
        const THREADS: u64 = 3 * STRIPES as u64;
        let counters = Counters::default();
        // More threads than there are stripes run at once. Then as many run one after the other, in the seats of the
        // first.
        let barrier = Barrier::new(THREADS as usize);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    stripe();
                    barrier.wait();
                    (0..1_000).for_each(|_| counters.add(Count::Store, 1));
                });
            }
        });
        for _ in 0..THREADS {
            thread::scope(|scope| {
                scope.spawn(|| (0..1_000).for_each(|_| counters.add(Count::Store, 1)));
            });
        }
        assert_eq!(counters.get(Count::Store), 2 * THREADS * 1_000);
    }

    #[test]
    fn two_threads_never_have_one_seat() {
        let seats: Vec<Seat> = (0..2 * STRIPES).map(|_| Seat::take()).collect();
        for (at, seat) in seats.iter().enumerate() {
            let twins = seats[..at].iter().filter(|other| other.0 == seat.0).count();
            assert!(twins == 0 || seat.0 == SHARED, "{}", seat.0);
        }
    }
}
