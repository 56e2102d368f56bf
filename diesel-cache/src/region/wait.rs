//! Waiting: the one thing that differs between callers that may block and tasks that must not.
//!
//! What is decided about a load is written once, as `async` code over a [`Wait`]. A [`Blocking`] caller waits inside each step, so
//! that its futures are ready at the first poll, and [`now`] runs them as plain calls. See `docs/async.md` in the repository.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::flight::{Flight, Landing};

/// How a caller waits.
pub(crate) trait Wait: Sync {
    /// Does it let others have the thread while it waits? What is done on other threads for a caller is then no longer in plain order.
    const GIVES_WAY: bool;

    /// Does work on files.
    fn blocking<T, F>(&self, work: F) -> impl Future<Output = T> + Send
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static;

    /// Waits until a leader is done, or the deadline; `None` never comes.
    fn landing(&self, flight: Arc<Flight>, deadline: Option<Instant>) -> impl Future<Output = Landing> + Send;

    /// Waits for a while.
    fn pause(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}

/// Waits by blocking the thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocking;

impl Wait for Blocking {
    const GIVES_WAY: bool = false;

    async fn blocking<T, F>(&self, work: F) -> T
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        work()
    }

    async fn landing(&self, flight: Arc<Flight>, deadline: Option<Instant>) -> Landing {
        flight.wait(deadline)
    }

    async fn pause(&self, duration: Duration) {
        thread::sleep(duration);
    }
}

/// Runs what a [`Blocking`] caller waits for.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        // Ready at once, as nothing in it ever gives way.
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::yield_now();
    }
}
