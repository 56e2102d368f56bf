//! The end of the process.
//!
//! A cache in a static, or one that was [installed](crate::Cache::install), is never dropped, and whichever thread returns from `main` or calls
//! [`std::process::exit`] need not have anything to do with it. What runs in each of these cases is what C's `atexit` was given.
#![cfg_attr(unix, allow(unsafe_code))] // std has nothing that runs at the end of a process

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::Behind;

/// The longest that the end waits: a disk that hangs must not keep a process from ending.
const PATIENCE: Duration = Duration::from_secs(5);

/// The queues of this process.
static ALL: Mutex<Vec<Weak<Behind>>> = Mutex::new(Vec::new());

/// Has the end of the process wait for the writer. On systems that are no Unix it does not.
pub(super) fn see_to(behind: &Arc<Behind>) {
    #[cfg(unix)]
    unix::register();
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|behind| behind.strong_count() > 0);
    all.push(Arc::downgrade(behind));
}

/// Waits for all writers, for a while.
fn settle() {
    let deadline = Instant::now().checked_add(PATIENCE);
    // A thread that is about to add one keeps nobody from ending.
    let all = ALL.try_lock().map(|all| all.clone()).unwrap_or_default();
    all.iter()
        .filter_map(Weak::upgrade)
        .for_each(|behind| behind.wait(deadline));
}

#[cfg(unix)]
mod unix {
    use std::panic;
    use std::sync::Once;

    pub(super) fn register() {
        static REGISTERED: Once = Once::new();
        REGISTERED.call_once(|| {
            // SAFETY: `at_exit` has the signature that `atexit` asks for, lives as long as the code of this crate (a shared library's handlers
            // are called before it is unloaded), and never unwinds.
            let _ = unsafe { libc::atexit(at_exit) };
        });
    }

    extern "C" fn at_exit() {
        let _ = panic::catch_unwind(super::settle);
    }
}
