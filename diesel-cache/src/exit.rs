//! Work that has to be done at the end of the process.
//!
//! A cache in a static, or one that was [installed](crate::Cache::install), is never dropped. And the thread that
//! returns from `main`, or calls [`std::process::exit`], may never have used the cache, so its thread-local destructors
//! do not help either. Only handlers that are registered with C's `atexit` run in all of these cases.
#![cfg_attr(unix, allow(unsafe_code))] // std cannot run code at the end of a process

use std::process;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How long the process waits at its end, at most. A disk or a server that hangs must not keep it from ending.
const PATIENCE: Duration = Duration::from_secs(5);

/// Something that may have unfinished work at the end of the process.
pub(crate) trait AtExit: Send + Sync {
    /// Finishes its work, or gives up at the deadline; a deadline of `None` never passes.
    ///
    /// This runs on the thread that ends the process, whose thread-local values may be gone. Other threads are still
    /// running.
    fn at_exit(&self, deadline: Option<Instant>);
}

/// Everything that is registered, in the order of registration.
static ALL: Mutex<Vec<Registered>> = Mutex::new(Vec::new());

#[derive(Clone)]
struct Registered {
    it: Weak<dyn AtExit>,
    /// The process that registered it, in which its threads run. After a fork, the child has none of them.
    process: u32,
}

/// Registers `it`: its [`AtExit::at_exit`] is called at the end of the process, unless it has been dropped by then.
/// What was registered last is called first. Does nothing on systems other than Unix.
pub(crate) fn register(it: &Arc<impl AtExit + 'static>) {
    #[cfg(unix)]
    unix::register();
    let it = Arc::downgrade(it);
    let process = process::id();
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|registered| registered.it.strong_count() > 0);
    all.push(Registered { it, process });
}

/// Calls everything that is registered. All calls together may take [`PATIENCE`].
fn call_all() {
    let deadline = Instant::now().checked_add(PATIENCE);
    // If another thread is registering something at this moment, the process ends without waiting.
    let all = ALL.try_lock().map(|all| all.clone()).unwrap_or_default();
    call(&all, process::id(), deadline);
}

fn call(all: &[Registered], process: u32, deadline: Option<Instant>) {
    all.iter()
        .rev()
        .filter(|registered| registered.process == process)
        .filter_map(|registered| registered.it.upgrade())
        .for_each(|it| it.at_exit(deadline));
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
        let _ = panic::catch_unwind(super::call_all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes its calls.
    struct Noting(u32, Arc<Mutex<Vec<u32>>>);

    impl AtExit for Noting {
        fn at_exit(&self, deadline: Option<Instant>) {
            assert_eq!(deadline, None);
            self.1.lock().unwrap_or_else(PoisonError::into_inner).push(self.0);
        }
    }

    #[test]
    fn the_last_is_called_first_and_none_of_another_process() {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let all = [1, 2, 3, 4].map(|number| Arc::new(Noting(number, Arc::clone(&calls))));
        let registered = all.iter().zip([7, 8, 7, 7]).map(|(it, process)| {
            let it = Arc::downgrade(it);
            Registered { it, process }
        });
        let registered: Vec<Registered> = registered.collect();
        let [one, two, three, four] = all;
        drop(four);
        call(&registered, 7, None);
        let called = calls.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert_eq!(called, [3, 1]);
        drop((one, two, three));
    }
}
