//! Looking for values, and deleting them: nothing here creates one, or waits for another caller.

use std::sync::Arc;

use super::{Use, Values, value_of};
use crate::cacheable::Cacheable;
use crate::entry::Entry;
use crate::query::Lookup;
use crate::region::{Blocking, Near, Request, Step, Wait, now};

impl Values {
    /// The value under a key; see [`Region::get`](crate::Region::get).
    pub fn get<V: Cacheable>(&self, key: impl AsRef<str>) -> Option<V> {
        let request = self.look_for::<V>(key.as_ref());
        now(held(&Blocking, &request)).and_then(|entry| value_for(&request, &entry))
    }

    /// The values under these keys, in their order; see [`Region::get_multi`](crate::Region::get_multi).
    pub fn get_multi<V: Cacheable>(&self, keys: impl IntoIterator<Item: AsRef<str>>) -> Vec<Option<V>> {
        keys.into_iter().map(|key| self.get(key)).collect()
    }

    /// What the region holds under a key; see [`Region::lookup`](crate::Region::lookup).
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

/// The entry that serves a look.
pub(super) async fn held<W: Wait>(wait: &W, request: &Arc<Request>) -> Option<Arc<Entry>> {
    match request.hit_near() {
        Near::Hit(entry) => Some(entry),
        Near::Seen(seen) => match request.begin(wait, seen).await {
            Step::Hit(entry) => Some(entry),
            _ => None,
        },
    }
}

/// The value that an entry holds for a look.
pub(super) fn value_for<V: Cacheable>(request: &Request, entry: &Entry) -> Option<V> {
    let value = value_of(entry);
    if value.is_none() {
        request.corrupt();
    }
    value
}

/// May block.
pub(super) fn look_up<V: Cacheable + Send + Sync>(request: &Request) -> Option<Lookup<V>> {
    Lookup::of(request).filter(|held| held.value().is_some())
}
