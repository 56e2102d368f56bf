//! Waiting in a task: files are for the runtime's blocking threads, and leaders are waited for by waker.

use std::future::{Future, poll_fn};
use std::panic;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::ready;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::coop;
use tokio::{task, time};

use super::flight::{Flight, Landing};
use super::wait::{Blocking, Wait};
use crate::generation::{TaskStep, off_task};

/// Waits as a task of tokio's. Outside of its runtimes there is nobody to wait in one's place, so the thread does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tasks;

impl Wait for Tasks {
    const GIVES_WAY: bool = true;

    async fn blocking<T, F>(&self, work: F) -> T
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        if Handle::try_current().is_err() {
            return off_task(work);
        }
        // Work that a runtime accepts it does, even if nobody waits for it any more; but one that is shutting down accepts none.
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

    async fn landing(&self, flight: Arc<Flight>, deadline: Option<Instant>) -> Landing {
        if Handle::try_current().is_err() {
            return Blocking.landing(flight, deadline).await;
        }
        let landed = landed(flight);
        match deadline {
            Some(deadline) => time::timeout_at(deadline.into(), landed)
                .await
                .unwrap_or(Landing::Failed),
            None => landed.await,
        }
    }

    async fn pause(&self, duration: Duration) {
        if Handle::try_current().is_err() {
            return Blocking.pause(duration).await;
        }
        time::sleep(duration).await;
    }
}

/// Runs a caller's work in steps of its task. A task that has one hit in memory after the other gives way to others all the same.
///
/// It takes what makes the future, as a future that is handed on is kept twice.
pub(super) async fn on_task<F: Future>(work: impl FnOnce() -> F) -> F::Output {
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

/// Ready when the leader is done. Dropped before, it leaves no waker behind.
fn landed(flight: Arc<Flight>) -> impl Future<Output = Landing> + Send {
    let mut seat = flight.seat();
    poll_fn(move |context| seat.poll(context))
}
