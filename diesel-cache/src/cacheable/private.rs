//! Items for derived code. This is not public API, and may change in any release.
//!
//! Derived code names everything by a path through this module, so that it compiles even if the user's names shadow the
//! prelude. Code that need not be generated is here, too.

use serde::de::{Error, Expected, Unexpected};

pub use core::fmt::{Formatter, Result as FmtResult};
pub use core::marker::PhantomData;
pub use core::result::Result::{self, Err, Ok};
pub use serde::de::{DeserializeSeed, EnumAccess, SeqAccess, VariantAccess, Visitor};
pub use serde::ser::{SerializeTuple, SerializeTupleVariant};
pub use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use super::strict::Strict;
pub use super::{Cacheable, Layout};

/// Type-checks derived code after a reported error. Never runs.
#[cold]
pub fn mistake() -> ! {
    unreachable!("the derive reported an error")
}

/// Serializes a value as its [`Cacheable`] impl encodes it.
#[derive(Debug)]
pub struct Encoded<'a, T>(pub &'a T);

impl<T: Cacheable> Serialize for Encoded<'_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.encode(serializer)
    }
}

/// Deserializes a value as its [`Cacheable`] impl decodes it.
#[derive(Debug)]
pub struct Decode<T>(PhantomData<fn() -> T>);

impl<T> Decode<T> {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: Cacheable> DeserializeSeed<'de> for Decode<T> {
    type Value = T;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::decode(deserializer)
    }
}

/// A visitor's phantom data: `Send`, `Sync` and without a `T`.
pub type Phantom<T> = PhantomData<fn() -> T>;

/// Phantom data of a visitor that knows its variant.
#[derive(Debug)]
pub struct VariantOf<T>(pub u32, pub Phantom<T>);

/// Decodes the field with this index.
#[inline]
pub fn field<'de, T: Cacheable, A: SeqAccess<'de>>(
    seq: &mut A,
    index: usize,
    expected: &dyn Expected,
) -> Result<T, A::Error> {
    field_seed(seq, index, expected, Decode::new())
}

/// Decodes the field with this index by other code.
#[inline]
pub fn field_seed<'de, D: DeserializeSeed<'de>, A: SeqAccess<'de>>(
    seq: &mut A,
    index: usize,
    expected: &dyn Expected,
    seed: D,
) -> Result<D::Value, A::Error> {
    match seq.next_element_seed(seed)? {
        Some(value) => Ok(value),
        None => Err(A::Error::invalid_length(index, expected)),
    }
}

/// The byte of a value that has no other bytes. [`Cacheable`] says why it is needed.
#[derive(Debug)]
pub struct Filler;

impl Cacheable for Filler {
    const LAYOUT: Layout = Layout::built_in("Filler");

    #[inline]
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(0)
    }

    #[inline]
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            0 => Ok(Self),
            byte => Err(D::Error::invalid_value(Unexpected::Unsigned(byte.into()), &"a zero")),
        }
    }
}

/// The names of an enum's variants.
pub type Names = &'static [&'static str];

/// Decodes a variant's tag: a number, or a name in formats that write names.
#[derive(Debug)]
pub struct Variant(pub Names);

impl<'de> DeserializeSeed<'de> for Variant {
    type Value = u32;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u32, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Variant {
    type Value = u32;

    fn expecting(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "one of {} variants", self.0.len())
    }

    #[inline]
    fn visit_u64<E: Error>(self, index: u64) -> Result<u32, E> {
        match u32::try_from(index) {
            Ok(small) if (small as usize) < self.0.len() => Ok(small),
            _ => Err(E::invalid_value(Unexpected::Unsigned(index), &self)),
        }
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<u32, E> {
        match self.0.iter().position(|variant| *variant == name) {
            Some(index) => self.visit_u64(index as u64),
            None => Err(E::unknown_variant(name, self.0)),
        }
    }
}

/// An error for a variant other than the one that is being decoded. Unreachable after [`Variant`], but still not a
/// panic.
#[cold]
pub fn no_such_variant<E: Error>(index: u32) -> E {
    E::invalid_value(Unexpected::Unsigned(index.into()), &"a variant")
}
