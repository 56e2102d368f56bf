//! The memo of footprints. Each is derived once in a process, and a thread that has used it finds it without a lock.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use foldhash::fast::RandomState;

use super::derived::Derived;
use super::extra::ExtraTables;
use crate::key::Statement;

/// Everything from which a footprint is derived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    /// A region in a namespace.
    pub(super) region: u64,
    pub(super) statement: &'a Statement,
    pub(super) extra: ExtraTables,
    /// Whether the connection knows the shapes of its database.
    pub(super) has_shapes: bool,
    /// The version of the catalogs.
    pub(super) version: u64,
}

/// A region in a namespace, a statement, the address of the list of extra tables, and whether shapes are known.
type Id<S> = (u64, S, usize, bool);

/// Footprints, with the version of the catalogs that they were derived from.
type Memo<S> = HashMap<Id<S>, (u64, Arc<Derived>), RandomState>;

/// The number of footprints that are memoised. Only a program that generates namespaces or texts has more; its memo is
/// emptied.
const CAPACITY: usize = 4096;

/// All footprints, by the digest of the statement's text: threads have statements of their own.
static SHARED: LazyLock<Mutex<Memo<[u8; 32]>>> = LazyLock::new(Mutex::default);

thread_local! {
    /// The footprints that this thread has used, by the statement's id, which is hashed faster.
    static SEEN: RefCell<Memo<u64>> = RefCell::default();
}

impl Source<'_> {
    fn id<S>(self, statement: S) -> Id<S> {
        let list = match self.extra {
            ExtraTables::These([]) => 0,
            ExtraTables::These(list) => list.as_ptr().addr(),
            ExtraTables::Everything => usize::MAX,
        };
        (self.region, statement, list, self.has_shapes)
    }

    /// Passes the footprint to `see`, and returns its result; `None` while the thread ends, when its memo is gone.
    #[inline(always)]
    pub(super) fn memoised<T>(self, derive: impl FnOnce() -> Derived, see: impl FnOnce(&Derived) -> T) -> Option<T> {
        let id = self.id(self.statement.id());
        SEEN.try_with(|seen| {
            let mut seen = seen.borrow_mut();
            match seen.get(&id) {
                Some((version, derived)) if *version == self.version => see(derived),
                _ => {
                    let derived = self.shared(derive);
                    let result = see(&derived);
                    insert(&mut seen, id, self.version, derived);
                    result
                }
            }
        })
        .ok()
    }

    /// Returns the footprint that all threads share.
    #[cold]
    fn shared(self, derive: impl FnOnce() -> Derived) -> Arc<Derived> {
        let id = self.id(*self.statement.digest());
        let known = |memo: &Memo<_>| match memo.get(&id) {
            Some((version, derived)) if *version == self.version => Some(Arc::clone(derived)),
            _ => None,
        };
        let lock = || SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(derived) = known(&lock()) {
            return derived;
        }
        let derived = Arc::new(derive());
        let mut shared = lock();
        // Another thread may have derived it meanwhile.
        known(&shared).unwrap_or_else(|| {
            insert(&mut shared, id, self.version, Arc::clone(&derived));
            derived
        })
    }
}

fn insert<S: Eq + Hash>(memo: &mut Memo<S>, id: Id<S>, version: u64, derived: Arc<Derived>) {
    if memo.len() >= CAPACITY && !memo.contains_key(&id) {
        memo.clear();
    }
    memo.insert(id, (version, derived));
}
