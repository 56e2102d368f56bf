//! The methods of a region for values in tasks. Each calls [`Values`].

use std::future::Future;

use super::PreparedAsync;
use super::tasks::Answer;
use super::values::Values;
use crate::Error;
use crate::cacheable::Cacheable;
use crate::engine::Lookup;
use crate::region::Region;

/// # Values, asynchronously
///
/// With the feature **`async`**, every call that reads or writes files, or waits for another caller, has a form that
/// returns a future. It has the semantics of the call after which it is named. Tasks and threads share values, and wait
/// for each other's creators.
///
/// The future does nothing until it is polled, and never blocks its runtime's thread. A hit in memory is answered in
/// the task. Files and waiting are left to the runtime, as described under [*Asynchronous
/// connections*](crate#asynchronous-connections). A future owns its handles, so that it is `'static` if the keys and
/// the creator are.
///
/// A future can be dropped at any point. Dropping it releases its lock and leadership, and leaves no part of an entry:
/// a value that it has begun to store is stored. Callers that wait for its value create one themselves.
///
/// **Creators.** A creator that is a future runs while it is polled. This is how the cache detects a creator that
/// requests its own key, or that reads in a transaction that was open before. So start all reads inside the creator,
/// and do not leave them to a task that it spawns, which the cache does not notice. A creator that waits for a spawned
/// task that requests the same key waits for [`lock_timeout`](crate::RegionBuilder::lock_timeout).
///
/// `SyncConnectionWrapper<SqliteConnection>` sends its statements from other threads, where the cache cannot see which
/// future has requested them. So a statement in a transaction counts for every creator of the connection's cache that
/// may have requested it, because it was polled since the connection's previous statement. If writers keep transactions
/// open on such connections, an occasional value is created, returned and needlessly [not
/// stored](crate::RefusalReason::Transaction).
///
/// **Blocking calls** of other sections do the same work on the task's own thread, where they hold up other tasks. A
/// blocking call that waits for the creator of a task on the same thread waits for `lock_timeout`.
impl Region {
    /// Returns the value under a key, if there is one that may be served; see [`get`](Self::get).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), diesel_cache::Error> {
    /// # let cache = diesel_cache::Cache::builder().region(diesel_cache::Region::memory("hot")).build()?;
    /// let hot = cache.region("hot")?;
    /// hot.set_async("answer", &42_i32).await;
    /// assert_eq!(hot.get_async("answer").await, Some(42_i32));
    /// assert_eq!(hot.get_async::<String>("answer").await, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_async<V: Cacheable + Send>(&self, key: impl AsRef<str>) -> Answer<Option<V>> {
        Values::of(self).get_async(key)
    }

    /// Returns the values under these keys, in their order; see [`get_multi`](Self::get_multi).
    pub fn get_multi_async<V: Cacheable + Send>(
        &self,
        keys: impl IntoIterator<Item: AsRef<str>>,
    ) -> Answer<Vec<Option<V>>> {
        Values::of(self).get_multi_async(keys)
    }

    /// Stores a value under a key, replacing an earlier one; see [`set`](Self::set).
    ///
    /// The call encodes the value. The value counts as created when the future is first polled.
    pub fn set_async<V: Cacheable>(&self, key: impl AsRef<str>, value: &V) -> Answer<()> {
        Values::of(self).set_async(key, value)
    }

    /// Stores values; see [`set_multi`](Self::set_multi).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), diesel_cache::Error> {
    /// # let cache = diesel_cache::Cache::builder().region(diesel_cache::Region::memory("hot")).build()?;
    /// let hot = cache.region("hot")?;
    /// hot.set_multi_async([("one", &1_i32), ("two", &2)]).await;
    /// assert_eq!(hot.get_multi_async::<i32>(["two", "three"]).await, [Some(2), None]);
    /// assert_eq!(hot.delete_multi_async(["one", "three"]).await, [true, false]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_multi_async<'v, V: Cacheable>(
        &self,
        values: impl IntoIterator<Item = (impl AsRef<str>, &'v V)>,
    ) -> Answer<()> {
        Values::of(self).set_multi_async(values)
    }

    /// Runs `work`, which computes a value, with a permission to store it that is taken first; see
    /// [`prepare`](Self::prepare).
    ///
    /// Reads of `work` in a transaction are noticed, whichever thread polls it.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use diesel_async::RunQueryDsl;
    /// # use diesel_async::{AsyncConnection, sync_connection_wrapper::SyncConnectionWrapper};
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cache = Cache::builder().region(Region::memory("hot")).build()?;
    /// # let mut conn = SyncConnectionWrapper::<SqliteConnection>::establish(":memory:").await?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn).await?;
    /// let counts = cache.region("hot")?.depends_on(["person"]);
    /// let people: i64 = counts
    ///     .prepare_async("people", async |place| {
    ///         let people = person::table.count().get_result(&mut conn).await?;
    ///         place.set(&people).await;
    ///         QueryResult::Ok(people)
    ///     })
    ///     .await?;
    /// assert_eq!(counts.get_async("people").await, Some(people));
    /// # Ok(())
    /// # }
    /// ```
    pub fn prepare_async<K, T, F, Fut>(&self, key: K, work: F) -> impl Future<Output = T> + use<K, T, F, Fut>
    where
        K: AsRef<str>,
        F: FnOnce(PreparedAsync) -> Fut,
        Fut: Future<Output = T>,
    {
        Values::of(self).prepare_async(key, work)
    }

    /// Removes the value under a key, in every process that uses the same directory or cluster; see
    /// [`delete`](Self::delete).
    pub fn delete_async(&self, key: impl AsRef<str>) -> Answer<bool> {
        Values::of(self).delete_async(key)
    }

    /// Removes the values under these keys, in their order; see [`delete_multi`](Self::delete_multi).
    pub fn delete_multi_async(&self, keys: impl IntoIterator<Item: AsRef<str>>) -> Answer<Vec<bool>> {
        Values::of(self).delete_multi_async(keys)
    }

    /// Returns the value under a key. If there is none, creates and stores it. See
    /// [`get_or_create`](Self::get_or_create).
    ///
    /// Of all tasks and threads that miss a key at the same time, in all processes that share the region's entries, one
    /// creates the value. `create` is an asynchronous closure, or a closure that returns a future, and is called only
    /// if the value is missing. The future is `Send` if the creator's is.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use diesel_async::RunQueryDsl;
    /// # use diesel_async::{AsyncConnection, sync_connection_wrapper::SyncConnectionWrapper};
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cache = Cache::builder().region(Region::memory("hot")).build()?;
    /// # let mut conn = SyncConnectionWrapper::<SqliteConnection>::establish(":memory:").await?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn).await?;
    /// let counts = cache.region("hot")?.depends_on(["person"]);
    /// let mut people = async || -> Result<i64, Box<dyn std::error::Error>> {
    ///     let count = async || Ok(person::table.count().get_result(&mut conn).await?);
    ///     counts.get_or_create_async("people", count).await
    /// };
    /// assert_eq!(people().await?, 0); // created
    /// assert_eq!(people().await?, 0); // found
    /// # assert_eq!(cache.region("hot")?.stats().hits(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The creator's errors. Within [`stale_if_error`](crate::RegionBuilder::stale_if_error), the previous value is
    /// returned instead. [`Error::AsksForItself`] if the creator of the same key awaits this, directly or through
    /// creators of other keys, but not in a task that it has spawned.
    pub fn get_or_create_async<K, V, E, F, Fut>(
        &self,
        key: K,
        create: F,
    ) -> impl Future<Output = Result<V, E>> + use<K, V, E, F, Fut>
    where
        K: AsRef<str>,
        V: Cacheable,
        E: From<Error>,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<V, E>>,
    {
        Values::of(self).get_or_create_async(key, create)
    }

    /// Returns the values under these keys, in their order. Missing values are created together. See
    /// [`get_or_create_multi`](Self::get_or_create_multi).
    ///
    /// The call copies the keys. If the future has to be `Send`, as in a spawned task, write `async move |missing| …`
    /// and move everything that the creator uses into it, such as a connection. If an asynchronous closure borrows and
    /// may be called several times, today's compiler cannot see that its futures are `Send`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), diesel_cache::Error> {
    /// # let cache = diesel_cache::Cache::builder().region(diesel_cache::Region::memory("hot")).build()?;
    /// let hot = cache.region("hot")?;
    /// hot.set_async("b", &2_usize).await;
    /// let lengths = hot
    ///     .get_or_create_multi_async(["ccc", "b", "a"], async |missing| {
    ///         assert_eq!(missing, ["ccc", "a"]);
    ///         Ok::<_, diesel_cache::Error>(missing.iter().map(|key| key.len()).collect())
    ///     })
    ///     .await?;
    /// assert_eq!(lengths, [3, 2, 1]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get_or_create_async`](Self::get_or_create_async), and [`Error::ValueCount`] if the number of values
    /// that the creator returns is not that of its keys. Values that were found, or created by an earlier call of the
    /// creator, stay stored.
    pub fn get_or_create_multi_async<K, V, E, F>(
        &self,
        keys: K,
        create: F,
    ) -> impl Future<Output = Result<Vec<V>, E>> + use<K, V, E, F>
    where
        K: IntoIterator<Item: AsRef<str>>,
        V: Cacheable + Clone,
        E: From<Error>,
        F: AsyncFnMut(&[&str]) -> Result<Vec<V>, E>,
    {
        Values::of(self).get_or_create_multi_async(keys, create)
    }

    /// Returns what the region holds under a key, fresh or not, and its age; see [`lookup`](Self::lookup).
    pub fn lookup_async<V: Cacheable + Send + Sync>(&self, key: impl AsRef<str>) -> Answer<Option<Lookup<V>>> {
        Values::of(self).lookup_async(key)
    }
}
