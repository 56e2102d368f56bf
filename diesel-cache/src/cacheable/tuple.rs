//! Tuples of up to 32 elements, as Diesel loads them without further features.

use std::marker::PhantomData;

use serde::de::{SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserializer, Serializer};

use super::private::{Encoded, Phantom, field};
use super::{Cacheable, Layout};

struct Tuple<T>(Phantom<T>, usize);

macro_rules! tuple {
    ($($T:ident $index:tt)+) => {
        impl<$($T: Cacheable),+> Cacheable for ($($T,)+) {
            const LAYOUT: Layout = Layout::built_in("tuple")$(.argument($T::LAYOUT))+;

            #[inline]
            fn encode<Ser: Serializer>(&self, serializer: Ser) -> Result<Ser::Ok, Ser::Error> {
                let mut tuple = serializer.serialize_tuple([$($index),+].len())?;
                $(tuple.serialize_element(&Encoded(&self.$index))?;)+
                tuple.end()
            }

            #[inline]
            fn decode<'de, De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
                let len = [$($index),+].len();
                deserializer.deserialize_tuple(len, Tuple::<Self>(PhantomData, len))
            }
        }

        impl<'de, $($T: Cacheable),+> Visitor<'de> for Tuple<($($T,)+)> {
            type Value = ($($T,)+);

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "a tuple of {}", self.1)
            }

            #[inline]
            fn visit_seq<Seq: SeqAccess<'de>>(self, mut seq: Seq) -> Result<Self::Value, Seq::Error> {
                Ok(($(field::<$T, Seq>(&mut seq, $index, &self)?,)+))
            }
        }
    };
}

/// Implements the trait for the tuple of the first elements, then for one more element, and so on.
macro_rules! tuples {
    ([$($done:tt)*]) => {};
    ([$($done:tt)*] $T:ident $index:tt $($rest:tt)*) => {
        tuple! { $($done)* $T $index }
        tuples! { [$($done)* $T $index] $($rest)* }
    };
}

tuples! {
    []
    T0 0 T1 1 T2 2 T3 3 T4 4 T5 5 T6 6 T7 7 T8 8 T9 9 T10 10 T11 11 T12 12 T13 13 T14 14 T15 15
    T16 16 T17 17 T18 18 T19 19 T20 20 T21 21 T22 22 T23 23 T24 24 T25 25 T26 26 T27 27 T28 28 T29 29 T30 30 T31 31
}
