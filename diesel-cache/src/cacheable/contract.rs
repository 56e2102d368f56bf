//! The trait of rows, and the encoding of the sequences that they are elements of.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserializer, Serialize, Serializer};

use super::layout::Layout;

/// The largest allocation, in bytes, for a count alone: the same as serde's bound.
const CAUTIOUS: usize = 1 << 20;

/// A row, or a part of a row, that can be cached.
///
/// [Derive it][derive@crate::Cacheable] on your models. It is implemented for every type that Diesel itself can load:
/// numbers, text, bytes, `Option`, `Vec`, tuples of up to 32 elements, dates and times. Features with the names of
/// Diesel's add the types of `chrono`, `time`, `uuid`, `serde_json`, `bigdecimal`, `ipnet` and `ipnetwork`. The
/// features `postgres` and `mysql` add the types of `diesel::data_types`.
///
/// # Implementing it by hand
///
/// The derive works for nearly every type, and `#[cacheable(with = "…")]` for fields of types that are not yours. An
/// impl by hand must follow three rules:
///
/// - `decode` returns exactly the value that was encoded. For bytes that `encode` never writes, it returns an error. It
///   does not panic.
/// - `encode` writes at least one byte, so that a row count which is larger than the number of remaining bytes is known
///   to be corrupt.
/// - `LAYOUT` changes whenever the encoding changes.
///
/// The easiest way to follow them is to encode through a type that is `Cacheable` already:
///
/// ```
/// use diesel_cache::{Cacheable, Layout};
/// use serde::{Deserializer, Serializer, de::Error};
///
/// /// A percentage from 0 to 100.
/// #[derive(Debug, PartialEq)]
/// struct Percent(u8);
///
/// impl Cacheable for Percent {
///     const LAYOUT: Layout = Layout::named("Percent").argument(u8::LAYOUT);
///
///     fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
///         self.0.encode(serializer)
///     }
///
///     fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
///         match u8::decode(deserializer)? {
///             percent @ 0..=100 => Ok(Self(percent)),
///             _ => Err(D::Error::custom("a percentage above 100")),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cached",
    label = "`Cacheable` is not implemented for `{Self}`",
    note = "derive it: `#[derive(diesel_cache::Cacheable)]` on `{Self}`, if the type is yours",
    note = "a field whose type is not yours takes `#[cacheable(serde)]` or `#[cacheable(with = \"module\")]`",
    note = "types of `chrono`, `time`, `uuid`, `serde_json`, `bigdecimal`, `ipnet` and `ipnetwork` need the feature of diesel-cache that Diesel has for them"
)]
pub trait Cacheable: Sized + 'static {
    /// The fingerprint of this type: its name, its fields' names and their types, recursively.
    const LAYOUT: Layout;

    /// Encodes the value.
    ///
    /// # Errors
    ///
    /// Those of the serializer, and an error for a value that could not be decoded again.
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Decodes a value that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// Those of the deserializer, and an error for bytes that [`encode`](Self::encode) does not write.
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    // A slice of bytes is encoded by one copy instead of a call for each byte. Without specialization only the element
    // type can do that. The three hooks belong together: an impl overrides all of them or none.

    #[doc(hidden)]
    #[inline]
    fn encode_slice<S: Serializer>(slice: &[Self], serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(slice.len()))?;
        for element in slice {
            seq.serialize_element(&Encoded(element))?;
        }
        seq.end()
    }

    #[doc(hidden)]
    #[inline]
    fn decode_vec<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Self>, D::Error> {
        deserializer.deserialize_seq(Sequence(PhantomData))
    }

    #[doc(hidden)]
    #[inline]
    fn decode_array<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<[Self; N], D::Error> {
        deserializer.deserialize_seq(Array(PhantomData))
    }
}

/// Returns the next element of a sequence, or `None` at its end.
#[inline]
pub(super) fn next<'de, T: Cacheable, A: SeqAccess<'de>>(seq: &mut A) -> Result<Option<T>, A::Error> {
    seq.next_element_seed(Decode::new())
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

struct Sequence<T>(Phantom<T>);

impl<'de, T: Cacheable> Visitor<'de> for Sequence<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

struct Array<T, const N: usize>(Phantom<T>);

impl<'de, T: Cacheable, const N: usize> Visitor<'de> for Array<T, N> {
    type Value = [T; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
