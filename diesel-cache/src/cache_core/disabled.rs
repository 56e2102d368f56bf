//! Scopes in which caching is disabled, on one thread.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::Arc;

use super::CacheCore;

thread_local! {
    /// The number of open scopes of this thread, of any cache. A load reads it first.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// The caches of the open scopes.
    static SCOPES: RefCell<Vec<*const CacheCore>> = const { RefCell::new(Vec::new()) };
}

impl CacheCore {
    /// Returns `true` if caching is disabled for this cache on this thread.
    #[inline]
    pub(crate) fn is_disabled(&self) -> bool {
        DEPTH.get() > 0 && is_in_scope(self)
    }
}

/// Caching counts as disabled while the thread ends, because its scopes are no longer known.
#[cold]
fn is_in_scope(core: &CacheCore) -> bool {
    SCOPES
        .try_with(|scopes| scopes.borrow().contains(&std::ptr::from_ref(core)))
        .unwrap_or(true)
}

/// Disables caching for a cache on this thread until it is dropped. It keeps the core alive, so that no other can
/// get its address.
pub(crate) struct DisabledScope<'a> {
    core: PhantomData<&'a CacheCore>,
    /// It ends on the thread where it began.
    thread: PhantomData<*const ()>,
}

impl<'a> DisabledScope<'a> {
    pub(crate) fn enter(core: &'a Arc<CacheCore>) -> Self {
        let _ = SCOPES.try_with(|scopes| scopes.borrow_mut().push(Arc::as_ptr(core)));
        DEPTH.set(DEPTH.get() + 1);
        Self {
            core: PhantomData,
            thread: PhantomData,
        }
    }
}

impl Drop for DisabledScope<'_> {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        // Callers never hold a scope, so the last one to begin is the first one to end.
        let _ = SCOPES.try_with(|scopes| scopes.borrow_mut().pop());
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::Cache;

    /// A load after a scope must not search the scopes.
    #[test]
    fn no_scope_is_left_behind() -> Result<(), crate::Error> {
        let cache = Cache::builder().build()?;
        let panic = catch_unwind(AssertUnwindSafe(|| cache.disabled(|| panic!("on purpose"))));
        assert!(panic.is_err());
        cache.disabled(|| cache.disabled(|| assert_eq!(DEPTH.get(), 2)));
        assert_eq!(DEPTH.get(), 0);
        assert!(SCOPES.with_borrow(Vec::is_empty));
        Ok(())
    }
}
