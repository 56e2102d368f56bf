//! The thread that writes, and who it works for.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::jobs::{Job, Jobs};
use super::{Behind, exit};

/// How long the writer waits for more before it goes to sleep: while callers come that often, none of them has to wake it, which takes as
/// long as a quick query.
const NAP: Duration = Duration::from_millis(1);

/// What the thread is called.
const NAME: &str = "diesel-cache-writer";

/// A handle of the cache. When the last one is dropped, everything that was handed over gets written, and the writer ends.
#[derive(Debug)]
pub(crate) struct Keeper(Arc<Behind>);

impl Keeper {
    /// Of a queue of its own. The end of the process waits for its writer.
    pub(crate) fn new() -> Self {
        let behind = Behind::new();
        exit::see_to(&behind);
        Self(behind)
    }

    pub(crate) fn behind(&self) -> &Arc<Behind> {
        &self.0
    }
}

impl Drop for Keeper {
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
            // A listener may have had the last handle, and drop it on the writer: that goes on to the end by itself. In a fork there is no
            // such thread.
            std::mem::forget(writer);
        }
    }
}

thread_local! {
    /// Whose writer this thread is. It has nothing to be dropped, and so can be asked for until the thread is gone.
    static WRITES_FOR: Cell<*const Behind> = const { Cell::new(ptr::null()) };
}

/// Is this thread the writer of that queue?
pub(super) fn is_this_thread(behind: &Behind) -> bool {
    ptr::eq(WRITES_FOR.get(), behind)
}

/// Is there a writer? The first who asks starts it.
pub(super) fn is_there(behind: &Arc<Behind>, jobs: &mut Jobs) -> bool {
    let is_gone = |writer: &JoinHandle<()>| writer.is_finished();
    if jobs.writer.as_ref().is_none_or(is_gone) && !jobs.is_closed {
        let theirs = Arc::clone(behind);
        // Without a thread, callers write themselves, and the next one tries again.
        jobs.writer = thread::Builder::new()
            .name(NAME.into())
            .spawn(move || run(&theirs))
            .ok();
    }
    jobs.writer.is_some()
}

fn run(behind: &Behind) {
    WRITES_FOR.set(behind);
    while let Some(job) = next(behind) {
        // A listener that panics has had its say; the entry is written.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| {
            let Job {
                state, context, entry, ..
            } = job;
            state.write_late(&context, &entry);
        }));
        let job = behind.jobs().written();
        behind.done.notify_all();
        // It may be the last owner of a user's rows.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(job)));
    }
}

/// The next job, waited for, and then for a [lull](Jobs::rest); `None` when there will be no more.
fn next(behind: &Behind) -> Option<Job> {
    let mut jobs = behind.jobs();
    let mut has_napped = false;
    loop {
        let pause = match jobs.rest(Instant::now()) {
            Some(rest) if rest.is_zero() => return jobs.next(),
            Some(rest) => rest,
            None if jobs.is_closed => return None,
            None if has_napped => {
                jobs.is_asleep = true;
                jobs = behind.work.wait(jobs).unwrap_or_else(PoisonError::into_inner);
                jobs.is_asleep = false;
                continue;
            }
            None => {
                has_napped = true;
                NAP
            }
        };
        let paused = behind.work.wait_timeout(jobs, pause);
        jobs = paused.unwrap_or_else(PoisonError::into_inner).0;
    }
}
