//! Collections of std. Diesel loads no column into them directly, but `#[diesel(deserialize_as = …)]` may.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

use serde::de::{SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserializer, Serialize, Serializer};

use super::private::{Encoded, Phantom};
use super::{Cacheable, Layout, next};

macro_rules! sets {
    ($($name:literal $ty:ty, [$($generics:tt)*];)*) => {$(
        impl<$($generics)*> Cacheable for $ty {
            const LAYOUT: Layout = Layout::built_in($name).argument(T::LAYOUT);

            fn encode<Ser: Serializer>(&self, serializer: Ser) -> Result<Ser::Ok, Ser::Error> {
                serializer.collect_seq(self.iter().map(Encoded))
            }

            fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_seq(Collect::<T, Self>(PhantomData))
            }
        }
    )*};
}

sets! {
    "VecDeque" VecDeque<T>, [T: Cacheable];
    "BTreeSet" BTreeSet<T>, [T: Cacheable + Ord];
    "HashSet" HashSet<T, S>, [T: Cacheable + Eq + Hash, S: BuildHasher + Default + 'static];
}

macro_rules! maps {
    ($($name:literal $ty:ty, [$($generics:tt)*];)*) => {$(
        impl<$($generics)*> Cacheable for $ty {
            const LAYOUT: Layout = Layout::built_in($name).argument(K::LAYOUT).argument(V::LAYOUT);

            fn encode<Ser: Serializer>(&self, serializer: Ser) -> Result<Ser::Ok, Ser::Error> {
                serializer.collect_seq(self.iter().map(|(key, value)| Pair(key, value)))
            }

            fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_seq(Collect::<(K, V), Self>(PhantomData))
            }
        }
    )*};
}

maps! {
    "BTreeMap" BTreeMap<K, V>, [K: Cacheable + Ord, V: Cacheable];
    "HashMap" HashMap<K, V, S>, [K: Cacheable + Eq + Hash, V: Cacheable, S: BuildHasher + Default + 'static];
}

/// An entry of a map, encoded as the tuple to which it is decoded.
struct Pair<'a, K, V>(&'a K, &'a V);

impl<K: Cacheable, V: Cacheable> Serialize for Pair<'_, K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(2)?;
        tuple.serialize_element(&Encoded(self.0))?;
        tuple.serialize_element(&Encoded(self.1))?;
        tuple.end()
    }
}

/// Collects elements one by one, so that a count alone allocates nothing.
struct Collect<T, C>(Phantom<(T, C)>);

impl<'de, T: Cacheable, C: Default + Extend<T>> Visitor<'de> for Collect<T, C> {
    type Value = C;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<C, A::Error> {
        let mut collection = C::default();
        while let Some(element) = next(&mut seq)? {
            collection.extend(Some(element));
        }
        Ok(collection)
    }
}
