//! A value that is set once, and that threads and tasks wait for.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

/// A value that is set once. Threads block for it, tasks are woken by it.
#[derive(Debug)]
pub(crate) struct Signal<T> {
    state: Mutex<State<T>>,
    set: Condvar,
}

#[derive(Debug)]
struct State<T> {
    value: Option<T>,
    /// The number of waiting threads. If there is none, the notification is left out, which would cost a system call.
    threads: u32,
    /// The wakers of the waiting tasks, each with the number of its [`Waiter`](waiter::Waiter).
    wakers: Vec<(u64, Waker)>,
    #[cfg(feature = "async")]
    last_waiter: u64,
}

impl<T> Default for Signal<T> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                value: None,
                threads: 0,
                wakers: Vec::new(),
                #[cfg(feature = "async")]
                last_waiter: 0,
            }),
            set: Condvar::new(),
        }
    }
}

impl<T: Clone> Signal<T> {
    /// Sets the value and wakes every waiter. Only the first call counts.
    pub(crate) fn set(&self, value: T) {
        let (threads, wakers) = {
            let mut state = self.state();
            if state.value.is_some() {
                return;
            }
            state.value = Some(value);
            (state.threads, std::mem::take(&mut state.wakers))
        };
        if threads > 0 {
            self.set.notify_all();
        }
        wakers.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Blocks until the value is set, and returns it; `None` once the deadline has passed.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> Option<T> {
        let mut state = self.state();
        state.threads += 1;
        loop {
            if let Some(value) = &state.value {
                return Some(value.clone());
            }
            state = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => return None,
                Some(left) => {
                    let waited = self.set.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.set.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while this lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(feature = "async")]
pub(super) mod waiter {
    use std::sync::Arc;
    use std::task::{Context, Poll};

    use super::Signal;

    /// A task that waits for a signal. Dropped early, it leaves no waker behind.
    #[derive(Debug)]
    pub(in crate::wait) struct Waiter<T: Clone> {
        signal: Arc<Signal<T>>,
        number: u64,
    }

    impl<T: Clone> Signal<T> {
        pub(in crate::wait) fn waiter(self: Arc<Self>) -> Waiter<T> {
            let mut state = self.state();
            state.last_waiter += 1;
            let number = state.last_waiter;
            drop(state);
            Waiter { signal: self, number }
        }
    }

    impl<T: Clone> Waiter<T> {
        /// Returns the value if it is set; otherwise the task is woken when it is.
        pub(in crate::wait) fn poll(&mut self, context: &Context<'_>) -> Poll<T> {
            let mut state = self.signal.state();
            if let Some(value) = &state.value {
                return Poll::Ready(value.clone());
            }
            match state.wakers.iter_mut().find(|(number, _)| *number == self.number) {
                Some((_, waker)) => waker.clone_from(context.waker()),
                None => state.wakers.push((self.number, context.waker().clone())),
            }
            Poll::Pending
        }
    }

    impl<T: Clone> Drop for Waiter<T> {
        fn drop(&mut self) {
            self.signal.state().wakers.retain(|(number, _)| *number != self.number);
        }
    }
}
