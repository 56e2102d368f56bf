//! Switching caching off for a scope, on one thread.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;

use super::Cache;
use crate::context::Context;

thread_local! {
    /// The number of scopes of any cache that this thread is in. A load checks this first.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// The caches of these scopes.
    static SCOPES: RefCell<Vec<*const Context>> = const { RefCell::new(Vec::new()) };
}

impl Cache {
    /// Switches caching off while `work` runs, on this thread and for this cache with all its namespaces.
    ///
    /// Loads query the database and store nothing, which counts as a [bypass](crate::BypassReason::Disabled). Writes
    /// are still observed, and invalidate entries; so do calls such as
    /// [`Region::invalidate`](crate::Region::invalidate). Scopes can be nested, and a panic ends them. Work on other
    /// threads is not part of the scope.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// use diesel_cache::{BypassReason, Cache, Region, prelude::*};
    ///
    /// let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// let people = cache.disabled(|| person::table.cached("default").load::<(i32, String)>(&mut conn))?;
    /// assert_eq!(cache.region("default")?.stats().bypasses_by(BypassReason::Disabled), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn disabled<T>(&self, work: impl FnOnce() -> T) -> T {
        let _scope = Scope::enter(&self.shared.context);
        work()
    }

    /// Switches caching off while the future `work` is polled, on whichever thread that is.
    ///
    /// Other futures on that thread are not part of the scope, nor are tasks that `work` spawns.
    ///
    /// ```
    /// # use diesel_cache::Cache;
    /// # async fn report() -> u32 { 7 }
    /// # async fn example(cache: Cache) {
    /// let answer = cache.disabled_async(report()).await;
    /// # }
    /// ```
    pub fn disabled_async<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        let context = Arc::clone(&self.shared.context);
        async move {
            let mut work = pin!(work);
            poll_fn(|waker| {
                let _scope = Scope::enter(&context);
                work.as_mut().poll(waker)
            })
            .await
        }
    }
}

impl Context {
    /// Whether this thread is in a scope of [`Cache::disabled`].
    #[inline]
    pub(crate) fn is_disabled(&self) -> bool {
        DEPTH.get() > 0 && is_among_scopes(self)
    }
}

#[cold]
fn is_among_scopes(context: &Context) -> bool {
    // The thread-local is gone while the thread ends. Assume a scope, which is safe.
    SCOPES
        .try_with(|scopes| scopes.borrow().contains(&std::ptr::from_ref(context)))
        .unwrap_or(true)
}

/// One scope, until it is dropped. It keeps its context alive, so that no other context can have the address.
struct Scope<'a> {
    context: PhantomData<&'a Context>,
    /// A scope ends on the thread where it began.
    thread: PhantomData<*const ()>,
}

impl<'a> Scope<'a> {
    fn enter(context: &'a Arc<Context>) -> Self {
        let _ = SCOPES.try_with(|scopes| scopes.borrow_mut().push(Arc::as_ptr(context)));
        DEPTH.set(DEPTH.get() + 1);
        Self {
            context: PhantomData,
            thread: PhantomData,
        }
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        // Scopes are never held by a caller, so the last to begin is the first to end.
        let _ = SCOPES.try_with(|scopes| scopes.borrow_mut().pop());
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

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
