//! Waiting for writers at the end of the process.
//!
//! A cache in a static, or one that was [installed](crate::Cache::install), is never dropped, and the thread that
//! returns from `main` or calls [`std::process::exit`] may not use it. Only handlers registered with C's `atexit` run
//! in each of these cases.
#![cfg_attr(unix, allow(unsafe_code))] // std cannot run code at the end of a process

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::queue::Queue;

/// The longest that the process waits at its end: a disk that hangs must not keep it from ending.
const PATIENCE: Duration = Duration::from_secs(5);

/// The queues of this process.
static ALL: Mutex<Vec<Weak<Queue>>> = Mutex::new(Vec::new());

/// Makes the end of the process wait for the writer. Does nothing on systems other than Unix.
pub(super) fn wait_for(queue: &Arc<Queue>) {
    #[cfg(unix)]
    unix::register();
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|queue| queue.strong_count() > 0);
    all.push(Arc::downgrade(queue));
}

/// Waits for all writers, up to [`PATIENCE`].
fn wait_for_all() {
    let deadline = Instant::now().checked_add(PATIENCE);
    // If another thread is adding a queue at this moment, the process ends without waiting.
    let all = ALL.try_lock().map(|all| all.clone()).unwrap_or_default();
    all.iter()
        .filter_map(Weak::upgrade)
        .for_each(|queue| queue.wait(deadline));
}

#[cfg(unix)]
mod unix {
    use std::panic;
    use std::sync::Once;

    pub(super) fn register() {
        static REGISTERED: Once = Once::new();
        REGISTERED.call_once(|| {
            // SAFETY: `at_exit` has the signature that `atexit` asks for, lives as long as the code of this crate (a
            // shared library's handlers are called before it is unloaded), and never unwinds.
            let _ = unsafe { libc::atexit(at_exit) };
        });
    }

    extern "C" fn at_exit() {
        let _ = panic::catch_unwind(super::wait_for_all);
    }
}
