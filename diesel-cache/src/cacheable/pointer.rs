//! Pointers. Encoding and layout are those of the target, so a field may change from `T` to `Box<T>`.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserializer, Serializer};

use super::{Cacheable, Layout};

macro_rules! pointers {
    ($($ty:ident)*) => {$(
        impl<T: Cacheable> Cacheable for $ty<T> {
            const LAYOUT: Layout = T::LAYOUT;

            #[inline]
            fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                T::encode(self, serializer)
            }

            #[inline]
            fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                T::decode(deserializer).map(Self::new)
            }
        }
    )*};
}

pointers! { Box Rc Arc }

/// Decoded as `Cow::Owned`, which is what Diesel loads.
impl<T: ?Sized + ToOwned<Owned: Cacheable> + 'static> Cacheable for Cow<'static, T> {
    const LAYOUT: Layout = T::Owned::LAYOUT;

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Owned(owned) => owned.encode(serializer),
            // Loaded values are never borrowed for ever. The copy is for constants.
            Self::Borrowed(borrowed) => T::Owned::encode(&T::to_owned(borrowed), serializer),
        }
    }

    #[inline]
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::Owned::decode(deserializer).map(Self::Owned)
    }
}
