//! `Vec`, and types made from one: a count, then the elements. Diesel loads PostgreSQL's arrays and multiranges into
//! them.

use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserializer, Serializer};

use super::{Cacheable, Layout};

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
