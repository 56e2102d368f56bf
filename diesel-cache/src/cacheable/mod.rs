//! What a row needs in order to be cached.
//!
//! The bytes of a row say nothing about its type: postcard writes one field after the other, without names. So
//! every cached entry carries the [`Layout`] of the type that it was written from, and a reader of another type
//! takes it for a miss. Everything in this module keeps one promise: *two types with one layout have one encoding*.
//!
//! Encoding goes through serde's data model, but not through the model's own serde impls: those belong to the
//! application's interfaces, and their `skip`, `rename` or `flatten` must not decide what a cache returns.

mod ascii;
mod layout;
mod represent;
mod rows;
mod strict;

pub mod private;

// The impls, by noun: first std, then the crates that Diesel loads into.
mod array;
mod collection;
mod marker;
mod net;
mod number;
mod option;
mod pointer;
mod sequence;
mod system_time;
mod text;
mod tuple;

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "ipnet-address")]
mod ipnet;
#[cfg(feature = "network-address")]
mod ipnetwork;
#[cfg(feature = "serde_json")]
mod json;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "numeric")]
mod numeric;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;

use serde::de::SeqAccess;
use serde::ser::SerializeSeq;
use serde::{Deserializer, Serializer};

pub use layout::Layout;
pub(crate) use rows::{decode_rows, encode_rows};

/// A row, or a part of one, that can be cached.
///
/// [Derive it][derive@crate::Cacheable] on your models. It is implemented for every type that Diesel loads by itself: numbers,
/// text, bytes, `Option`, `Vec`, tuples of up to 32 elements, dates and times, and, with the feature of
/// the same name as Diesel's, the types of `chrono`, `time`, `uuid`, `serde_json`, `bigdecimal`, `ipnet` and
/// `ipnetwork`. The features `postgres` and `mysql` add the types of `diesel::data_types`.
///
/// # Implementing it by hand
///
/// The derive serves nearly every type, and
/// `#[cacheable(with = "…")]` fields of types that are not yours. An own impl keeps three promises:
///
/// - `decode` returns what `encode` was given, exactly, and answers bytes that `encode` never wrote with an error. It
///   does not panic.
/// - `encode` writes at least one byte, so that a row count which the remaining bytes cannot hold is
///   known to be corrupt.
/// - `LAYOUT` changes whenever the encoding does.
///
/// The easiest way to keep them is to go through a type that is `Cacheable` already:
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
    /// Those of the serializer, and values that could not be decoded again.
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Decodes a value that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// Those of the deserializer, and bytes that [`encode`](Self::encode) does not write.
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    // A slice of bytes is one copy instead of a call per byte, and without specialization only the element type
    // can say so. The three hooks belong together: an impl overrides all of them or none.

    #[doc(hidden)]
    #[inline]
    fn encode_slice<S: Serializer>(slice: &[Self], serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(slice.len()))?;
        for element in slice {
            seq.serialize_element(&private::Encoded(element))?;
        }
        seq.end()
    }

    #[doc(hidden)]
    #[inline]
    fn decode_vec<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Self>, D::Error> {
        sequence::decode(deserializer)
    }

    #[doc(hidden)]
    #[inline]
    fn decode_array<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<[Self; N], D::Error> {
        array::decode(deserializer)
    }
}

/// The next element of a sequence, or `None` at its end.
#[inline]
fn next<'de, T: Cacheable, A: SeqAccess<'de>>(seq: &mut A) -> Result<Option<T>, A::Error> {
    seq.next_element_seed(private::Decode::new())
}
