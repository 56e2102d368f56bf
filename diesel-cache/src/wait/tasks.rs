//! Waiting in a task: files are read on the runtime's blocking threads, and signals wake the task.

use std::future::{Future, poll_fn};
use std::panic;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::ready;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::coop;
use tokio::{task, time};

use super::blocking::{Blocking, Wait};
use super::signal::Signal;
use super::step::{TaskStep, off_task};

/// Waits as a task of tokio's. Outside a tokio runtime, where no other thread could do the work, it blocks its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tasks;

impl Wait for Tasks {
    const YIELDS: bool = true;

    async fn blocking<T, F>(&self, work: F) -> T
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        if Handle::try_current().is_err() {
            return off_task(work);
        }
        // A runtime finishes the work that it accepts, even if the caller is gone; one that is shutting down accepts
        // none.
        let work = Arc::new(Mutex::new(Some(work)));
        let theirs = Arc::clone(&work);
        match task::spawn_blocking(move || take(&theirs).map(|work| work())).await {
            Ok(Some(done)) => done,
            Err(error) if error.is_panic() => panic::resume_unwind(error.into_panic()),
            Ok(None) | Err(_) => match take(&work) {
                Some(work) => off_task(work),
                None => std::future::pending().await,
            },
        }
    }

    async fn signal<T>(&self, signal: Arc<Signal<T>>, deadline: Option<Instant>) -> Option<T>
    where
        T: Clone + Send + 'static,
    {
        if Handle::try_current().is_err() {
            return Blocking.signal(signal, deadline).await;
        }
        let mut waiter = signal.waiter();
        let set = poll_fn(move |context| waiter.poll(context));
        match deadline {
            Some(deadline) => time::timeout_at(deadline.into(), set).await.ok(),
            None => Some(set.await),
        }
    }

    async fn pause(&self, duration: Duration) {
        if Handle::try_current().is_err() {
            return Blocking.pause(duration).await;
        }
        time::sleep(duration).await;
    }
}

/// Runs a caller's work in the steps of its task. Even a task whose calls are all hits in memory yields to others
/// occasionally.
///
/// Takes the function that makes the future rather than the future, which would be stored twice.
pub(crate) async fn on_task<F: Future>(work: impl FnOnce() -> F) -> F::Output {
    let mut work = pin!(work());
    let mut has_begun = false;
    poll_fn(|context| {
        if !has_begun {
            ready!(coop::poll_proceed(context)).made_progress();
            has_begun = true;
        }
        let _step = TaskStep::begin();
        work.as_mut().poll(context)
    })
    .await
}

fn take<F>(work: &Mutex<Option<F>>) -> Option<F> {
    work.lock().unwrap_or_else(PoisonError::into_inner).take()
}
