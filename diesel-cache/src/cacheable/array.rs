//! `[T; N]`, a sequence of known length. MAC addresses are `[u8; 6]` and `[u8; 8]`.

use serde::{Deserializer, Serializer};

use super::{Cacheable, Layout};

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
