//! Creators that are futures, and what connections read for them on other threads.
//!
//! `SyncConnectionWrapper` sends a statement from one of the runtime's blocking threads, where nothing says which task has asked for it.
//! But a connection has one user at a time, so the task asked after the connection's statement before had ended, and it asked
//! in a step of its own. So every creator of the connection's cache that has taken a step since then, or is in the middle of one, may be the
//! one; the others are not. It taints, once in a while, a creator that has nothing to do with the connection: its value is created
//! once more.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Moment, Work, address};
use crate::context::Context;

static LIST: Mutex<Vec<Arc<Work>>> = Mutex::new(Vec::new());
/// How many are on it.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A creator on the list, until it is dropped.
#[derive(Debug)]
pub(super) struct Listed(Arc<Work>);

impl Listed {
    pub(super) fn enter(work: &Arc<Work>) -> Self {
        let mut list = list();
        list.push(Arc::clone(work));
        COUNT.store(list.len(), SeqCst);
        Self(Arc::clone(work))
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut list = list();
        list.retain(|work| !Arc::ptr_eq(work, &self.0));
        COUNT.store(list.len(), SeqCst);
    }
}

/// Is a creator on the list?
pub(crate) fn is_any() -> bool {
    COUNT.load(SeqCst) > 0
}

/// Is this a thread of one of tokio's runtimes?
#[cfg(feature = "async")]
pub(crate) fn is_in_runtime() -> bool {
    tokio::runtime::Handle::try_current().is_ok()
}

/// Without tokio there is none.
#[cfg(not(feature = "async"))]
pub(crate) fn is_in_runtime() -> bool {
    false
}

/// The same as [`reads_in_transaction`](super::reads_in_transaction), on a connection of the cache that had nothing to do since `idle`.
pub(crate) fn reads_in_transaction(outside: Option<Moment>, cache: &Arc<Context>, idle: Moment) {
    let cache = address(cache);
    let may_have_asked = |work: &&Arc<Work>| work.cache == cache && idle < Moment(work.stepped.load(SeqCst));
    list()
        .iter()
        .filter(may_have_asked)
        .for_each(|work| work.reads(outside));
}

fn list() -> MutexGuard<'static, Vec<Arc<Work>>> {
    // Nothing can panic while it is held.
    LIST.lock().unwrap_or_else(PoisonError::into_inner)
}
