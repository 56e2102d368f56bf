//! The creators at work on each thread: who must not be asked for once more, and what must not be stored.
//!
//! A value has no connection, so nothing but the thread ties what a creator reads to the value that it makes. Two mistakes are
//! caught here. A creator that asks for its own key, directly or through others, would wait for itself. And what is read in a
//! transaction may be older than the value's stamp, or never be committed: the observer of the connection says so when the
//! statement starts, and every creator on the thread that may have such rows in its hands is *tainted*. Its value is returned, and
//! not stored.
//!
//! A transaction that began after the creator did, and has written nothing, sees what is committed, and nothing older than the stamp:
//! that is how a creator reads several tables at one moment, and does no harm.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::RegionState;
use super::request::Request;
use crate::key::CacheKey;

/// A moment between the beginnings of two creators of this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

static BEGUN: AtomicU64 = AtomicU64::new(0);

impl Moment {
    pub(crate) fn now() -> Self {
        Self(BEGUN.load(SeqCst))
    }

    /// Later than every moment up to now.
    fn next() -> Self {
        Self(BEGUN.fetch_add(1, SeqCst) + 1)
    }
}

thread_local! {
    static AT_WORK: RefCell<Vec<Rc<Work>>> = const { RefCell::new(Vec::new()) };
}

#[derive(Debug)]
struct Work {
    /// What it makes: addresses of regions tell those of one cache from another's.
    makes: Vec<(*const RegionState, CacheKey)>,
    began: Moment,
    tainted: Cell<bool>,
}

/// A creator at work on this thread, until it is dropped.
#[derive(Debug)]
pub(super) struct Creating {
    work: Rc<Work>,
    /// What another thread reads, it would not hear of.
    stays: PhantomData<*const ()>,
}

impl Creating {
    /// Something is about to make these values; their stamps may have been taken before.
    pub(super) fn begin<'a>(requests: impl IntoIterator<Item = &'a Arc<Request>>) -> Self {
        let work = Rc::new(Work {
            makes: requests.into_iter().map(|request| target(request)).collect(),
            began: Moment::next(),
            tainted: Cell::new(false),
        });
        // While the thread ends, no creator begins.
        let _ = AT_WORK.try_with(|all| all.borrow_mut().push(Rc::clone(&work)));
        Self {
            work,
            stays: PhantomData,
        }
    }

    /// Has it read what must not be stored?
    pub(super) fn is_tainted(&self) -> bool {
        self.work.tainted.get()
    }
}

impl Drop for Creating {
    fn drop(&mut self) {
        let _ = AT_WORK.try_with(|all| all.borrow_mut().retain(|work| !Rc::ptr_eq(work, &self.work)));
    }
}

/// Is this the request of a creator for what it is making?
pub(super) fn is_being_made(request: &Request) -> bool {
    let wanted = target(request);
    AT_WORK.try_with(|all| all.borrow().iter().any(|work| work.makes.contains(&wanted))) == Ok(true)
}

/// Is a creator at work on this thread?
pub(crate) fn is_any() -> bool {
    AT_WORK.try_with(|all| !all.borrow().is_empty()) == Ok(true)
}

/// A statement is about to be sent from this thread in a transaction: one that has written nothing and was not open at `outside`; or
/// `None`, any other.
pub(crate) fn reads_in_transaction(outside: Option<Moment>) {
    let _ = AT_WORK.try_with(|all| {
        for work in all.borrow().iter() {
            if outside.is_none_or(|outside| outside < work.began) {
                work.tainted.set(true);
            }
        }
    });
}

fn target(request: &Request) -> (*const RegionState, CacheKey) {
    (Arc::as_ptr(&request.region.state), request.accept.key)
}
