//! `[T; N]`, a sequence of known length. MAC addresses are `[u8; 6]` and `[u8; 8]`.

use std::marker::PhantomData;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserializer, Serializer};

use super::private::Phantom;
use super::{Cacheable, Layout, next};

impl<T: Cacheable, const N: usize> Cacheable for [T; N] {
    const LAYOUT: Layout = Layout::built_in("array").length(N).argument(T::LAYOUT);

    #[inline]
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::encode_slice(self, serializer)
    }

    #[inline]
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::decode_array(deserializer)
    }
}

#[inline]
pub(super) fn decode<'de, T: Cacheable, D: Deserializer<'de>, const N: usize>(
    deserializer: D,
) -> Result<[T; N], D::Error> {
    deserializer.deserialize_seq(Array(PhantomData))
}

struct Array<T, const N: usize>(Phantom<T>);

impl<'de, T: Cacheable, const N: usize> Visitor<'de> for Array<T, N> {
    type Value = [T; N];

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{N} elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<[T; N], A::Error> {
        let mut stopped = None;
        let slots: [Option<T>; N] = std::array::from_fn(|index| {
            if stopped.is_some() {
                return None;
            }
            match next(&mut seq) {
                Ok(Some(element)) => return Some(element),
                Ok(None) => stopped = Some(A::Error::invalid_length(index, &self)),
                Err(error) => stopped = Some(error),
            }
            None
        });
        if let Some(error) = stopped {
            return Err(error);
        }
        if next::<T, A>(&mut seq)?.is_some() {
            return Err(A::Error::invalid_length(N + 1, &self));
        }
        Ok(slots.map(|slot| match slot {
            Some(element) => element,
            None => unreachable!("a slot stays empty only where `stopped` is set"),
        }))
    }
}
