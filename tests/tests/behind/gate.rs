//! A gate that can stop the caches' writer threads before each write. The process has a single gate, so one test at a
//! time uses it.

use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::Duration;

use diesel_cache_tests::{TierAccess, hook_shared_tiers};

/// The name of the cache's writer thread in the system.
pub(super) const WRITER: &str = "diesel-cache-writer";

static ALONE: Mutex<()> = Mutex::new(());
static STATE: Mutex<State> = Mutex::new(State {
    is_closed: false,
    passes: 0,
    reached: 0,
    slow: Duration::ZERO,
    reads: 0,
});
static CHANGED: Condvar = Condvar::new();

struct State {
    is_closed: bool,
    /// The number of writes that may pass a closed gate.
    passes: usize,
    /// The number of writes that have begun.
    reached: usize,
    /// The additional time that a write takes.
    slow: Duration,
    /// How often files were read.
    reads: usize,
}

/// The gate, which is open at first. Dropping this opens it again.
pub(super) struct Gate(#[allow(dead_code, reason = "held")] MutexGuard<'static, ()>);

impl Gate {
    pub(super) fn open_and_alone() -> Self {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            hook_shared_tiers(|access| {
                pass(access);
                Ok(())
            });
        });
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = Self(alone);
        gate.open();
        change(|state| (state.reached, state.reads) = (0, 0));
        gate
    }

    /// Stops all writes at the gate until it is opened or the returned value is dropped. A test must drop that value
    /// before the cache, because dropping the cache waits for the writes.
    pub(super) fn close(&self) -> Closed<'_> {
        change(|state| state.is_closed = true);
        Closed(self)
    }

    pub(super) fn open(&self) {
        change(|state| (state.is_closed, state.passes, state.slow) = (false, 0, Duration::ZERO));
    }

    /// Lets one write pass, and waits until the next one arrives.
    pub(super) fn let_one_pass(&self) {
        let reached = state().reached;
        change(|state| state.passes += 1);
        self.wait_for_writes(reached + 1);
    }

    /// Makes the disk slow.
    pub(super) fn be_slow(&self) {
        change(|state| state.slow = Duration::from_millis(30));
    }

    /// Waits until this many writes have begun.
    pub(super) fn wait_for_writes(&self, number: usize) {
        wait_until(|state| state.reached >= number);
    }

    pub(super) fn writes(&self) -> usize {
        state().reached
    }

    pub(super) fn reads(&self) -> usize {
        state().reads
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}

#[must_use]
pub(super) struct Closed<'gate>(&'gate Gate);

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.0.open();
    }
}

fn pass(access: TierAccess) {
    if access == TierAccess::Read {
        change(|state| state.reads += 1);
    }
    if access == TierAccess::Write && thread::current().name() == Some(WRITER) {
        change(|state| state.reached += 1);
        let slow = wait_until(|state| {
            let passes = !state.is_closed || state.passes > 0;
            state.passes -= usize::from(passes && state.is_closed);
            passes
        });
        thread::sleep(slow);
    }
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn change(change: impl FnOnce(&mut State)) {
    change(&mut state());
    CHANGED.notify_all();
}

fn wait_until(mut is_so: impl FnMut(&mut State) -> bool) -> Duration {
    let state = CHANGED.wait_while(state(), |state| !is_so(state));
    state.unwrap_or_else(PoisonError::into_inner).slow
}
