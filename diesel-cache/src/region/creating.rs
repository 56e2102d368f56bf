//! The creators at work: who must not be asked for once more, and what must not be stored.
//!
//! A value has no connection, so nothing but the thread ties what a creator reads to the value that it makes. A creator that blocks is at work
//! on its thread until it returns; one that is a future is at work on whichever thread polls it, while it is polled. Two mistakes
//! are caught here. A creator that asks for its own key, directly or through others, would wait for itself. And what is read in a
//! transaction may be older than the value's stamp, or never be committed: the observer of the connection says so when the
//! statement starts, and every creator that may have such rows in its hands is *tainted*. Its value is returned, and
//! not stored.
//!
//! A transaction that began after the creator did, and has written nothing, sees what is committed, and nothing older than the stamp:
//! that is how a creator reads several tables at one moment, and does no harm.
//!
//! Some connections run their statements on threads of their own; see [`elsewhere`].

pub(crate) mod elsewhere;

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use super::Region;
use super::request::Request;
use super::wait::Wait;
use crate::generation::off_task;
use crate::key::CacheKey;

/// A moment between the beginnings of two creators of this process, and the ends of their steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

static LATEST: AtomicU64 = AtomicU64::new(0);

impl Moment {
    pub(crate) fn now() -> Self {
        Self(LATEST.load(SeqCst))
    }

    /// Later than every moment up to now.
    fn next() -> Self {
        Self(LATEST.fetch_add(1, SeqCst) + 1)
    }
}

thread_local! {
    static AT_WORK: RefCell<Vec<Arc<Work>>> = const { RefCell::new(Vec::new()) };
}

#[derive(Debug)]
struct Work {
    /// Whose values it makes: the address of their cache.
    cache: usize,
    /// What it makes: addresses of regions tell those of one cache from another's.
    makes: Vec<(usize, CacheKey)>,
    began: Moment,
    tainted: AtomicBool,
    /// The end of its last step.
    stepped: AtomicU64,
}

impl Work {
    /// Rows come into its hands that were read in a transaction; see [`reads_in_transaction`].
    fn reads(&self, outside: Option<Moment>) {
        if outside.is_none_or(|outside| outside < self.began) {
            self.tainted.store(true, SeqCst);
        }
    }
}

/// A creator, from its beginning until its value is there.
#[derive(Debug)]
pub(super) struct Creating {
    work: Arc<Work>,
    _listed: Option<elsewhere::Listed>,
}

impl Creating {
    /// Something is about to make these values of the region; their stamps may have been taken before.
    pub(super) fn begin<'a, W: Wait>(
        _: &W,
        region: &Region,
        requests: impl IntoIterator<Item = &'a Arc<Request>>,
    ) -> Self {
        let work = Arc::new(Work {
            cache: address(&region.context),
            makes: requests.into_iter().map(|request| target(request)).collect(),
            began: Moment::next(),
            tainted: AtomicBool::new(false),
            stepped: AtomicU64::new(0),
        });
        Self {
            _listed: W::GIVES_WAY.then(|| elsewhere::Listed::enter(&work)),
            work,
        }
    }

    /// From now on the creator is at work on this thread, until the end of what is returned.
    pub(super) fn at_work(&self) -> AtWork {
        self.work.stepped.store(u64::MAX, SeqCst);
        // While the thread ends, no creator begins.
        let _ = AT_WORK.try_with(|all| all.borrow_mut().push(Arc::clone(&self.work)));
        AtWork {
            work: Arc::clone(&self.work),
            stays: PhantomData,
        }
    }

    /// Runs the creator, which is at work while it is called and polled. It may block if its caller may.
    pub(super) async fn run<F: Future>(&self, create: impl FnOnce() -> F) -> F::Output {
        let mut creation = pin!(self.step(create));
        poll_fn(|context| self.step(|| creation.as_mut().poll(context))).await
    }

    fn step<T>(&self, step: impl FnOnce() -> T) -> T {
        let _at_work = self.at_work();
        off_task(step)
    }

    /// Has it read what must not be stored?
    pub(super) fn is_tainted(&self) -> bool {
        self.work.tainted.load(SeqCst)
    }
}

/// A creator at work on this thread, until it is dropped.
#[derive(Debug)]
pub(super) struct AtWork {
    work: Arc<Work>,
    /// What another thread reads, it would not hear of.
    stays: PhantomData<*const ()>,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let _ = AT_WORK.try_with(|all| {
            let mut all = all.borrow_mut();
            if let Some(at) = all.iter().rposition(|work| Arc::ptr_eq(work, &self.work)) {
                all.remove(at);
            }
        });
        self.work.stepped.store(Moment::next().0, SeqCst);
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
    let _ = AT_WORK.try_with(|all| all.borrow().iter().for_each(|work| work.reads(outside)));
}

fn target(request: &Request) -> (usize, CacheKey) {
    (address(&request.region.state), request.accept.key)
}

/// It tells one that is alive from every other one.
fn address<T>(shared: &Arc<T>) -> usize {
    Arc::as_ptr(shared).addr()
}
