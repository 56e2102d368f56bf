//! Looking for values, and deleting them: nothing here creates one.

use super::{Use, Values, value_of};
use crate::cacheable::Cacheable;
use crate::query::Lookup;
use crate::region::{Blocking, Near, Step, now};

impl Values {
    /// The value under a key; see [`Region::get`](crate::Region::get).
    pub fn get<V: Cacheable>(&self, key: impl AsRef<str>) -> Option<V> {
        let request = self.request(key.as_ref(), Some(V::LAYOUT), Use::Look);
        let entry = match request.hit_near() {
            Near::Hit(entry) => entry,
            Near::Seen(seen) => match now(request.begin(&Blocking, seen)) {
                Step::Hit(entry) => entry,
                _ => return None,
            },
        };
        let value = value_of(&entry);
        if value.is_none() {
            request.corrupt();
        }
        value
    }

    /// The values under these keys, in their order; see [`Region::get_multi`](crate::Region::get_multi).
    pub fn get_multi<V: Cacheable>(&self, keys: impl IntoIterator<Item: AsRef<str>>) -> Vec<Option<V>> {
        keys.into_iter().map(|key| self.get(key)).collect()
    }

    /// What the region holds under a key; see [`Region::lookup`](crate::Region::lookup).
    pub fn lookup<V: Cacheable + Send + Sync>(&self, key: impl AsRef<str>) -> Option<Lookup<V>> {
        Lookup::of(&self.request(key.as_ref(), Some(V::LAYOUT), Use::Look)).filter(|held| held.value().is_some())
    }

    /// Removes the value under a key; see [`Region::delete`](crate::Region::delete).
    pub fn delete(&self, key: impl AsRef<str>) -> bool {
        self.request(key.as_ref(), None, Use::Look).remove()
    }

    /// Removes the values under these keys; see [`Region::delete_multi`](crate::Region::delete_multi).
    pub fn delete_multi(&self, keys: impl IntoIterator<Item: AsRef<str>>) -> Vec<bool> {
        keys.into_iter().map(|key| self.delete(key)).collect()
    }
}
