//! Creators that are futures, and the statements that connections send for them from other threads.
//!
//! `SyncConnectionWrapper` sends a statement from one of the runtime's blocking threads, where nothing says which task
//! issued it. But a connection has one user at a time, so the task issued the statement after the connection's previous
//! statement had ended, and in one of its own steps. Therefore every creator of the connection's cache that has taken a
//! step since then, or is taking one, is a candidate, and no other is. Now and then this taints a creator that has
//! nothing to do with the connection; its value is then created once more.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::work::{CacheId, Moment, Work};

static LIST: Mutex<Vec<Arc<Work>>> = Mutex::new(Vec::new());
/// The length of the list.
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

/// Returns `true` if a creator is on the list.
pub(crate) fn is_any() -> bool {
    COUNT.load(SeqCst) > 0
}

/// Returns `true` on a thread of a tokio runtime.
#[cfg(feature = "async")]
pub(crate) fn is_in_runtime() -> bool {
    tokio::runtime::Handle::try_current().is_ok()
}

/// Returns `false`: there is no runtime without tokio.
#[cfg(not(feature = "async"))]
pub(crate) fn is_in_runtime() -> bool {
    false
}

/// Like [`reads_in_transaction`](super::reads_in_transaction), for a connection of the cache whose previous statement
/// ended at `idle`.
pub(crate) fn reads_in_transaction(outside: Option<Moment>, cache: CacheId, idle: Moment) {
    candidates(cache, idle, |work| work.reads(outside));
}

/// Like [`reads_from_replica`](super::reads_from_replica), for a connection of the cache whose previous statement ended
/// at `idle`.
pub(crate) fn reads_from_replica(lag: Duration, cache: CacheId, idle: Moment) {
    candidates(cache, idle, |work| work.lags(lag));
}

fn candidates(cache: CacheId, idle: Moment, report: impl Fn(&Work)) {
    let is_candidate = |work: &&Arc<Work>| work.cache == cache && idle < Moment(work.stepped.load(SeqCst));
    list().iter().filter(is_candidate).for_each(|work| report(work));
}

fn list() -> MutexGuard<'static, Vec<Arc<Work>>> {
    // Nothing panics while this lock is held.
    LIST.lock().unwrap_or_else(PoisonError::into_inner)
}
