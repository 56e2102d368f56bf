//! The trait of everything that waits, and its implementation for callers that block.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::signal::Signal;

/// The way in which a caller waits.
pub(crate) trait Wait: Sync {
    /// Whether the caller yields its thread while it waits. If so, work done for it on other threads is not in program
    /// order.
    const YIELDS: bool;

    /// Runs work that may block.
    fn blocking<T, F>(&self, work: F) -> impl Future<Output = T> + Send
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static;

    /// Waits until the signal is set, and returns its value; `None` once the deadline has passed. A deadline of `None`
    /// never passes.
    fn signal<T>(&self, signal: Arc<Signal<T>>, deadline: Option<Instant>) -> impl Future<Output = Option<T>> + Send
    where
        T: Clone + Send + 'static;

    /// Waits for a while.
    fn pause(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}

/// Waits by blocking the thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocking;

impl Wait for Blocking {
    const YIELDS: bool = false;

    async fn blocking<T, F>(&self, work: F) -> T
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        work()
    }

    async fn signal<T>(&self, signal: Arc<Signal<T>>, deadline: Option<Instant>) -> Option<T>
    where
        T: Clone + Send + 'static,
    {
        signal.wait(deadline)
    }

    async fn pause(&self, duration: Duration) {
        thread::sleep(duration);
    }
}

/// Runs a future that waits only through [`Blocking`].
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        // Ready at the first poll, since nothing in it ever yields.
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::yield_now();
    }
}
