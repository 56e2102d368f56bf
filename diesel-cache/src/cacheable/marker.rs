//! Types with one value. They take one byte, because every value takes at least one: see [`Cacheable`].

use std::marker::PhantomData;

use super::Cacheable;
use super::private::Filler;
use super::represent::represent;
use super::{Layout, private};

represent!((): "()" as Filler, |&()| Filler, |_| Some(()));

/// The layout does not depend on `T`, because the value contains no `T` that could be decoded wrongly.
impl<T: ?Sized + 'static> Cacheable for PhantomData<T> {
    const LAYOUT: Layout = Layout::built_in("PhantomData");

    fn encode<S: private::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Filler.encode(serializer)
    }

    fn decode<'de, D: private::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Filler::decode(deserializer).map(|Filler| Self)
    }
}
