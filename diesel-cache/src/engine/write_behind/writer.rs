//! The thread that writes, and the handles that keep it alive.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::jobs::{Job, Jobs};
use super::queue::Queue;
use crate::entry::Entry;
use crate::exit;

/// How long the writer waits for another job before it goes to sleep. Waking it takes a caller as long as a quick
/// query; callers that queue entries at shorter intervals never have to.
const NAP: Duration = Duration::from_millis(1);

/// The name of the thread.
const NAME: &str = "diesel-cache-writer";

/// The handle on a cache's writer. Dropping it writes everything that is queued, and ends the writer.
#[derive(Debug)]
pub(crate) struct WriterHandle(Arc<Queue>);

impl WriterHandle {
    /// Creates a queue. The end of the process waits for its writer.
    pub(crate) fn new() -> Self {
        let queue = Queue::new();
        exit::register(&queue);
        Self(queue)
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.0
    }
}

impl Drop for WriterHandle {
    fn drop(&mut self) {
        let mut jobs = self.0.jobs();
        jobs.is_closed = true;
        let writer = jobs.writer.take();
        drop(jobs);
        self.0.work.notify_one();
        let Some(writer) = writer else { return };
        if self.0.may_wait() {
            let _ = writer.join();
        } else {
            // A listener may drop the last handle on the writer's own thread, which cannot join itself, and ends on its
            // own. In a fork there is no such thread.
            std::mem::forget(writer);
        }
    }
}

impl Queue {
    /// Returns `true` if the queue has room for the entry, and a writer.
    pub(in crate::engine) fn admits(self: &Arc<Self>, entry: &Entry) -> bool {
        let mut jobs = self.jobs();
        jobs.have_room(entry.len()) && self.is_home() && ensure(self, &mut jobs)
    }
}

/// Starts the writer unless it runs. Returns `true` if it does.
fn ensure(queue: &Arc<Queue>, jobs: &mut Jobs) -> bool {
    let is_gone = |writer: &JoinHandle<()>| writer.is_finished();
    if jobs.writer.as_ref().is_none_or(is_gone) && !jobs.is_closed {
        let theirs = Arc::clone(queue);
        // If no thread can be started, callers write their entries themselves, and the next one tries to start it
        // again.
        jobs.writer = thread::Builder::new()
            .name(NAME.into())
            .spawn(move || run(&theirs))
            .ok();
    }
    jobs.writer.is_some()
}

fn run(queue: &Queue) {
    queue.written_here();
    while let Some(job) = next(queue) {
        // Listeners may panic. They are called when the entry has been written, so nothing is lost.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| {
            let Job { sink, entry, .. } = job;
            sink.write(&entry);
        }));
        let job = queue.jobs().written();
        queue.done.notify_all();
        // This may be the last owner of a user's rows, whose destructor may panic.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(job)));
    }
}

/// Waits for the next job, and for a [quiet period](Jobs::rest); returns `None` when there will be no more.
fn next(queue: &Queue) -> Option<Job> {
    let mut jobs = queue.jobs();
    let mut has_napped = false;
    loop {
        let pause = match jobs.rest(Instant::now()) {
            Some(rest) if rest.is_zero() => return jobs.next(),
            Some(rest) => rest,
            None if jobs.is_closed => return None,
            None if has_napped => {
                jobs.is_asleep = true;
                jobs = queue.work.wait(jobs).unwrap_or_else(PoisonError::into_inner);
                jobs.is_asleep = false;
                continue;
            }
            None => {
                has_napped = true;
                NAP
            }
        };
        let paused = queue.work.wait_timeout(jobs, pause);
        jobs = paused.unwrap_or_else(PoisonError::into_inner).0;
    }
}
