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
//! Some connections run their statements on threads of their own; see [`elsewhere`].
//!
//! This room knows caches and regions only by the addresses of what they share.

pub(crate) mod elsewhere;

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use crate::key::CacheKey;
use crate::wait::off_task;

/// A point in the order of events that matter here: beginnings of creators, and ends of their steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

static LATEST: AtomicU64 = AtomicU64::new(0);

impl Moment {
    pub(crate) fn now() -> Self {
        Self(LATEST.load(SeqCst))
    }

    /// Returns a moment later than all before.
    fn next() -> Self {
        Self(LATEST.fetch_add(1, SeqCst) + 1)
    }
}

/// A cache, told apart from all others that are alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CacheId(usize);

impl CacheId {
    /// The cache that shares this with all its regions and handles.
    pub(crate) fn of<T>(shared: &Arc<T>) -> Self {
        Self(address(shared))
    }
}

/// A value, told apart from all others: the region that it belongs to, and its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ValueId(usize, CacheKey);

impl ValueId {
    /// The value under a key of the region that shares this with all its handles.
    pub(crate) fn of<T>(region: &Arc<T>, key: CacheKey) -> Self {
        Self(address(region), key)
    }
}

thread_local! {
    static ACTIVE: RefCell<Vec<Arc<Work>>> = const { RefCell::new(Vec::new()) };
}

#[derive(Debug)]
struct Work {
    /// The cache of the values.
    cache: CacheId,
    /// The values that it makes.
    makes: Vec<ValueId>,
    began: Moment,
    tainted: AtomicBool,
    /// When its last step ended.
    stepped: AtomicU64,
}

impl Work {
    /// The creator receives rows that were read in a transaction; see [`reads_in_transaction`].
    fn reads(&self, outside: Option<Moment>) {
        if outside.is_none_or(|outside| outside < self.began) {
            self.tainted.store(true, SeqCst);
        }
    }
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
        // While the thread ends, no creator begins.
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

/// Reports a statement that is about to be sent from this thread in a transaction. `outside` is a moment at which the
/// transaction was not open yet, or `None` if that is unknown or the transaction has written.
pub(crate) fn reads_in_transaction(outside: Option<Moment>) {
    let _ = ACTIVE.try_with(|all| all.borrow().iter().for_each(|work| work.reads(outside)));
}

fn address<T>(shared: &Arc<T>) -> usize {
    Arc::as_ptr(shared).addr()
}
