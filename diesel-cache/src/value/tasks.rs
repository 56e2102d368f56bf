//! The calls of [`Values`] for tasks: futures that own what they need, and leave files and waiting to the runtime.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::get::{held, look_up, value_for};
use super::set::{Encoded, SetPermit, set_all};
use super::values::Values;
use crate::Error;
use crate::cacheable::Cacheable;
use crate::engine::{Lookup, MemoryProbe, Request};
use crate::entry::Entry;
use crate::wait::{Blocking, Tasks, Wait, now, on_task};

/// The future of a call.
pub(super) type Answer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

fn answer<T, F>(work: impl FnOnce() -> F + Send + 'static) -> Answer<T>
where
    F: Future<Output = T> + Send + 'static,
{
    Box::pin(on_task(work))
}

fn owned(keys: impl IntoIterator<Item: AsRef<str>>) -> Vec<String> {
    keys.into_iter().map(|key| key.as_ref().to_owned()).collect()
}

impl Values {
    /// Returns the value under a key; see [`Region::get_async`](crate::Region::get_async).
    pub fn get_async<V: Cacheable + Send>(&self, key: impl AsRef<str>) -> Answer<Option<V>> {
        let (values, key) = (self.clone(), key.as_ref().to_owned());
        answer(async move || {
            let request = values.look_for::<V>(&key);
            held(&Tasks, &request)
                .await
                .and_then(|entry| value_for(&request, &entry))
        })
    }

    /// Returns the values under these keys, in their order; see
    /// [`Region::get_multi_async`](crate::Region::get_multi_async).
    pub fn get_multi_async<V: Cacheable + Send>(
        &self,
        keys: impl IntoIterator<Item: AsRef<str>>,
    ) -> Answer<Vec<Option<V>>> {
        let (values, keys) = (self.clone(), owned(keys));
        answer(async move || {
            let requests: Vec<_> = keys.iter().map(|key| values.look_for::<V>(key)).collect();
            let entries = all_held(&requests).await;
            let value = |(request, entry): (&Arc<Request>, Option<Arc<Entry>>)| value_for(request, &*entry?);
            requests.iter().zip(entries).map(value).collect()
        })
    }

    /// Returns what the region holds under a key; see [`Region::lookup_async`](crate::Region::lookup_async).
    pub fn lookup_async<V: Cacheable + Send + Sync>(&self, key: impl AsRef<str>) -> Answer<Option<Lookup<V>>> {
        let (values, key) = (self.clone(), key.as_ref().to_owned());
        answer(async move || {
            let request = values.look_for::<V>(&key);
            Tasks.blocking(move || look_up(&request)).await
        })
    }

    /// Removes the value under a key; see [`Region::delete_async`](crate::Region::delete_async).
    pub fn delete_async(&self, key: impl AsRef<str>) -> Answer<bool> {
        let (values, key) = (self.clone(), key.as_ref().to_owned());
        answer(async move || Tasks.blocking(move || values.delete(key)).await)
    }

    /// Removes the values under these keys; see [`Region::delete_multi_async`](crate::Region::delete_multi_async).
    pub fn delete_multi_async(&self, keys: impl IntoIterator<Item: AsRef<str>>) -> Answer<Vec<bool>> {
        let (values, keys) = (self.clone(), owned(keys));
        answer(async move || Tasks.blocking(move || values.delete_multi(keys)).await)
    }

    /// Stores a value under a key; see [`Region::set_async`](crate::Region::set_async).
    pub fn set_async<V: Cacheable>(&self, key: impl AsRef<str>, value: &V) -> Answer<()> {
        self.set_multi_async([(key, value)])
    }

    /// Stores values; see [`Region::set_multi_async`](crate::Region::set_multi_async).
    pub fn set_multi_async<'v, V: Cacheable>(
        &self,
        values: impl IntoIterator<Item = (impl AsRef<str>, &'v V)>,
    ) -> Answer<()> {
        let values = values.into_iter();
        let encoded: Vec<(String, Encoded)> = values
            .map(|(key, value)| (key.as_ref().to_owned(), Encoded::of(value)))
            .collect();
        let values = self.clone();
        answer(async move || {
            let values = values.to_be_set(encoded);
            Tasks.blocking(move || set_all(values)).await;
        })
    }

    /// Runs `work`, which computes a value, with a permission to store it; see
    /// [`Region::prepare_async`](crate::Region::prepare_async).
    pub fn prepare_async<K, T, F, Fut>(&self, key: K, work: F) -> impl Future<Output = T> + use<K, T, F, Fut>
    where
        K: AsRef<str>,
        F: FnOnce(PreparedAsync) -> Fut,
        Fut: Future<Output = T>,
    {
        let values = self.clone();
        on_task(async move || {
            let permit = values.permit(&Tasks, key.as_ref()).await;
            let creator = Arc::clone(&permit.creator);
            creator.run(|| work(PreparedAsync { permit })).await
        })
    }

    /// Returns the value under a key. If there is none, a future creates it. See
    /// [`Region::get_or_create_async`](crate::Region::get_or_create_async).
    ///
    /// # Errors
    ///
    /// The creator's errors, and [`Error::AsksForItself`].
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
        let values = self.clone();
        on_task(async move || values.get_or_create_on(&Tasks, key.as_ref(), create).await)
    }

    /// Returns the values under these keys. A future creates the missing ones together. See
    /// [`Region::get_or_create_multi_async`](crate::Region::get_or_create_multi_async).
    ///
    /// # Errors
    ///
    /// The creator's errors, [`Error::AsksForItself`] and [`Error::ValueCount`].
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
        let (values, keys) = (self.clone(), owned(keys));
        on_task(async move || values.get_or_create_multi_on(&Tasks, keys, create).await)
    }
}

/// Returns the entries that may be served. The task itself answers keys from memory, up to the first key that memory
/// cannot answer; the rest runs where it may block.
async fn all_held(requests: &[Arc<Request>]) -> Vec<Option<Arc<Entry>>> {
    let mut entries: Vec<_> = requests
        .iter()
        .map_while(|request| match request.probe_memory() {
            MemoryProbe::Hit(entry) => Some(Some(entry)),
            MemoryProbe::Open(_) => None,
        })
        .collect();
    let rest = requests[entries.len()..].to_vec();
    if !rest.is_empty() {
        let look = |request: &Arc<Request>| now(held(&Blocking, request));
        let looked = Tasks.blocking(move || rest.iter().map(look).collect::<Vec<_>>());
        entries.extend(looked.await);
    }
    entries
}

/// The permission to store one value, taken before the rows are read from which it is computed; from
/// [`Region::prepare_async`](crate::Region::prepare_async).
///
/// It belongs to the future to which it was given, because reads elsewhere in a transaction would not be noticed.
/// Dropping it does nothing.
#[derive(Debug)]
#[must_use = "nothing is stored before `set` is called"]
pub struct PreparedAsync {
    permit: SetPermit,
}

impl PreparedAsync {
    /// Stores the value, unless something that it depends on has changed since the permission was taken.
    ///
    /// The value is refused for the same reasons as by [`Prepared::set`](crate::Prepared::set), and an
    /// [`Event`](crate::Event) reports it. Of reads in transactions, those of this future count, on whichever thread it
    /// was polled.
    pub fn set<V: Cacheable>(self, value: &V) -> Answer<()> {
        let (permit, value) = (self.permit, Encoded::of(value));
        answer(async move || Tasks.blocking(move || permit.set(value)).await)
    }
}
