//! The creators that are running, and what they read.
//!
//! A *creator* computes a value that is missing from the cache. A value has no connection, so only the thread ties what
//! a creator reads to the value that it makes. A blocking creator is active on its thread until it returns; a creator
//! that is a future is active on the thread that polls it, while it is polled. Two mistakes are caught here:
//!
//! - A creator that requests its own key, directly or through others, would wait for itself.
//! - Rows that were read in a transaction may be older than the value's stamp, or never be committed. The observer of
//!   the connection reports such a statement when it starts, and every creator that may receive its rows is *tainted*:
//!   its value is returned but not stored.
//!
//! A transaction that began after the creator did and has written nothing sees only committed rows, none older than the
//! stamp. In this way a creator can read several tables at one moment.
//!
//! Rows of a replica may be older than the stamp, too. How far the replica may be behind is recorded with the creator.
//!
//! Some connections run their statements on threads of their own; see [`elsewhere`].
//!
//! Nothing here depends on the types of caches and regions: they are identified by the addresses of what they share.

pub(crate) mod elsewhere;
mod work;

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use work::Work;
pub(crate) use work::{CacheId, Moment, ValueId};

use crate::wait::off_task;

thread_local! {
    static ACTIVE: RefCell<Vec<Arc<Work>>> = const { RefCell::new(Vec::new()) };
}

/// A creator, from its beginning until its value is there.
#[derive(Debug)]
pub(crate) struct Creator {
    work: Arc<Work>,
    _listed: Option<elsewhere::Listed>,
}

impl Creator {
    /// Begins a creator of these values, whose stamps may have been taken before. `yields` says whether it is a future
    /// that other threads may poll.
    pub(crate) fn begin(yields: bool, cache: CacheId, makes: impl IntoIterator<Item = ValueId>) -> Self {
        let work = Arc::new(Work {
            cache,
            makes: makes.into_iter().collect(),
            began: Moment::next(),
            tainted: AtomicBool::new(false),
            lag: AtomicU64::new(0),
            stepped: AtomicU64::new(0),
        });
        Self {
            _listed: yields.then(|| elsewhere::Listed::enter(&work)),
            work,
        }
    }

    /// Makes the creator active on this thread until the guard is dropped.
    pub(crate) fn activate(&self) -> Active {
        self.work.stepped.store(u64::MAX, SeqCst);
        // The thread-local list may be gone while the thread ends, when no creator begins any more.
        let _ = ACTIVE.try_with(|all| all.borrow_mut().push(Arc::clone(&self.work)));
        Active {
            work: Arc::clone(&self.work),
            not_send: PhantomData,
        }
    }

    /// Runs the creator, which is active while it is called and polled. It may block if its caller may.
    pub(crate) async fn run<F: Future>(&self, create: impl FnOnce() -> F) -> F::Output {
        let mut creation = pin!(self.step(create));
        poll_fn(|context| self.step(|| creation.as_mut().poll(context))).await
    }

    fn step<T>(&self, step: impl FnOnce() -> T) -> T {
        let _active = self.activate();
        off_task(step)
    }

    /// Returns `true` if the creator may have read rows that must not be stored.
    pub(crate) fn is_tainted(&self) -> bool {
        self.work.tainted.load(SeqCst)
    }

    /// Returns how far behind the databases may be from which the creator has read so far; zero if none is a replica.
    pub(crate) fn lag(&self) -> Duration {
        match self.work.lag.load(SeqCst) {
            u64::MAX => Duration::MAX,
            nanos => Duration::from_nanos(nanos),
        }
    }
}

/// Keeps a creator active on this thread until it is dropped.
#[derive(Debug)]
pub(crate) struct Active {
    work: Arc<Work>,
    /// Reads of another thread would go unnoticed.
    not_send: PhantomData<*const ()>,
}

impl Drop for Active {
    fn drop(&mut self) {
        let _ = ACTIVE.try_with(|all| {
            let mut all = all.borrow_mut();
            if let Some(at) = all.iter().rposition(|work| Arc::ptr_eq(work, &self.work)) {
                all.remove(at);
            }
        });
        self.work.stepped.store(Moment::next().0, SeqCst);
    }
}

/// Returns `true` if a creator that is active on this thread is making the value.
pub(crate) fn is_being_made(value: ValueId) -> bool {
    ACTIVE.try_with(|all| all.borrow().iter().any(|work| work.makes.contains(&value))) == Ok(true)
}

/// Returns `true` if a creator is active on this thread.
pub(crate) fn is_any() -> bool {
    ACTIVE.try_with(|all| !all.borrow().is_empty()) == Ok(true)
}

/// Reports a statement that is about to be sent from this thread to a replica that may be behind by `lag`.
pub(crate) fn reads_from_replica(lag: Duration) {
    let _ = ACTIVE.try_with(|all| all.borrow().iter().for_each(|work| work.lags(lag)));
}

/// Reports a statement that is about to be sent from this thread in a transaction. `outside` is a moment at which the
/// transaction was not open yet, or `None` if that is unknown or the transaction has written.
pub(crate) fn reads_in_transaction(outside: Option<Moment>) {
    let _ = ACTIVE.try_with(|all| all.borrow().iter().for_each(|work| work.reads(outside)));
}
