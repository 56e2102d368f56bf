//! Getting and deleting values. Nothing here creates a value, or waits for another caller.

use std::sync::Arc;

use super::values::{Use, Values, value_of};
use crate::cacheable::Cacheable;
use crate::engine::{Lookup, MemoryProbe, Request, Step};
use crate::entry::Entry;
use crate::wait::{Blocking, Wait, now};

impl Values {
    /// Returns the value under a key; see [`Region::get`](crate::Region::get).
    pub fn get<V: Cacheable>(&self, key: impl AsRef<str>) -> Option<V> {
        let request = self.look_for::<V>(key.as_ref());
        now(held(&Blocking, &request)).and_then(|entry| value_for(&request, &entry))
    }

    /// Returns the values under these keys, in their order; see [`Region::get_multi`](crate::Region::get_multi).
    pub fn get_multi<V: Cacheable>(&self, keys: impl IntoIterator<Item: AsRef<str>>) -> Vec<Option<V>> {
        keys.into_iter().map(|key| self.get(key)).collect()
    }

    /// Returns what the region holds under a key; see [`Region::lookup`](crate::Region::lookup).
    pub fn lookup<V: Cacheable + Send + Sync>(&self, key: impl AsRef<str>) -> Option<Lookup<V>> {
        look_up(&self.look_for::<V>(key.as_ref()))
    }

    /// Removes the value under a key; see [`Region::delete`](crate::Region::delete).
    pub fn delete(&self, key: impl AsRef<str>) -> bool {
        self.request(key.as_ref(), None, Use::Look).remove()
    }

    /// Removes the values under these keys; see [`Region::delete_multi`](crate::Region::delete_multi).
    pub fn delete_multi(&self, keys: impl IntoIterator<Item: AsRef<str>>) -> Vec<bool> {
        keys.into_iter().map(|key| self.delete(key)).collect()
    }

    pub(super) fn look_for<V: Cacheable>(&self, key: &str) -> Arc<Request> {
        self.request(key, Some(V::LAYOUT), Use::Look)
    }
}

/// Returns the entry that may be served, if there is one.
pub(super) async fn held<W: Wait>(wait: &W, request: &Arc<Request>) -> Option<Arc<Entry>> {
    match request.probe_memory() {
        MemoryProbe::Hit(entry) => Some(entry),
        MemoryProbe::Open(first) => match request.begin(wait, first).await {
            Step::Hit(entry) => Some(entry),
            _ => None,
        },
    }
}

/// Decodes the value of an entry, and records one that cannot be decoded.
pub(super) fn value_for<V: Cacheable>(request: &Request, entry: &Entry) -> Option<V> {
    let value = value_of(entry);
    if value.is_none() {
        request.corrupt();
    }
    value
}

/// Returns what the region holds. May block.
pub(super) fn look_up<V: Cacheable + Send + Sync>(request: &Request) -> Option<Lookup<V>> {
    Lookup::of(request).filter(|held| held.value().is_some())
}
