//! `Option`, for nullable columns, and `Bound`, for the ends of PostgreSQL's ranges.

use std::marker::PhantomData;
use std::ops::Bound;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

use super::private::{Encoded, Phantom};
use super::{Cacheable, Layout};

impl<T: Cacheable> Cacheable for Option<T> {
    const LAYOUT: Layout = Layout::built_in("Option").argument(T::LAYOUT);

    #[inline]
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => serializer.serialize_some(&Encoded(value)),
            None => serializer.serialize_none(),
        }
    }

    #[inline]
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(Nullable(PhantomData))
    }
}

struct Nullable<T>(Phantom<T>);

impl<'de, T: Cacheable> Visitor<'de> for Nullable<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an option")
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        T::decode(deserializer).map(Some)
    }
}

const UNBOUNDED: u8 = 0;
const INCLUDED: u8 = 1;
const EXCLUDED: u8 = 2;

impl<T: Cacheable> Cacheable for Bound<T> {
    const LAYOUT: Layout = Layout::built_in("Bound").argument(T::LAYOUT);

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeTuple;

        let (kind, value) = match self {
            Self::Unbounded => (UNBOUNDED, None),
            Self::Included(value) => (INCLUDED, Some(value)),
            Self::Excluded(value) => (EXCLUDED, Some(value)),
        };
        let mut tuple = serializer.serialize_tuple(2)?;
        tuple.serialize_element(&kind)?;
        match value {
            Some(value) => tuple.serialize_element(&Some(Encoded(value)))?,
            None => tuple.serialize_element(&None::<Encoded<'_, T>>)?,
        }
        tuple.end()
    }

    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match <(u8, Option<T>)>::decode(deserializer)? {
            (UNBOUNDED, None) => Ok(Self::Unbounded),
            (INCLUDED, Some(value)) => Ok(Self::Included(value)),
            (EXCLUDED, Some(value)) => Ok(Self::Excluded(value)),
            _ => Err(D::Error::custom("not the encoding of a `Bound`")),
        }
    }
}
