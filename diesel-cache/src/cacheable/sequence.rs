//! `Vec`, and types made from one: a count, then the elements. Diesel loads PostgreSQL's arrays and multiranges into
//! them.

use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserializer, Serializer};

use super::private::Phantom;
use super::{Cacheable, Layout, next};

/// The largest allocation, in bytes, for a count alone: the same as serde's bound.
const CAUTIOUS: usize = 1 << 20;

const fn layout<T: Cacheable>() -> Layout {
    Layout::built_in("sequence").argument(T::LAYOUT)
}

impl<T: Cacheable> Cacheable for Vec<T> {
    const LAYOUT: Layout = layout::<T>();

    #[inline]
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::encode_slice(self, serializer)
    }

    #[inline]
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::decode_vec(deserializer)
    }
}

macro_rules! by_vec {
    ($($ty:ty)*) => {$(
        /// Encoding and layout are those of `Vec<T>`, so a field may change from one to the other.
        impl<T: Cacheable> Cacheable for $ty {
            const LAYOUT: Layout = layout::<T>();

            #[inline]
            fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                T::encode_slice(self, serializer)
            }

            #[inline]
            fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(T::decode_vec(deserializer)?.into())
            }
        }
    )*};
}

by_vec! {
    Box<[T]>
    Rc<[T]>
    Arc<[T]>
}

/// Decodes a sequence into a `Vec`.
#[inline]
pub(super) fn decode<'de, T: Cacheable, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_seq(Sequence(PhantomData))
}

struct Sequence<T>(Phantom<T>);

impl<'de, T: Cacheable> Visitor<'de> for Sequence<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a sequence")
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let claimed = seq.size_hint().unwrap_or(0);
        let mut elements = Vec::with_capacity(claimed.min(CAUTIOUS / size_of::<T>().max(1)));
        while let Some(element) = next(&mut seq)? {
            elements.push(element);
        }
        Ok(elements)
    }
}
