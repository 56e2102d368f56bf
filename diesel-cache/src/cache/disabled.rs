//! Switching caching off for a scope, on one thread.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;

use super::handle::Cache;
use crate::cache_core::disabled::DisabledScope;

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
        let _scope = DisabledScope::enter(&self.shared.core);
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
        let core = Arc::clone(&self.shared.core);
        async move {
            let mut work = pin!(work);
            poll_fn(|waker| {
                let _scope = DisabledScope::enter(&core);
                work.as_mut().poll(waker)
            })
            .await
        }
    }
}
