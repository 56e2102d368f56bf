//! The encoding of rows.
//!
//! The bytes of a row do not show its type, because postcard writes one field after the other, without names. So every
//! entry contains the [`Layout`] of the type that it was written from, and for a reader of another type it is a miss.
//! Everything in this module keeps one rule: *two types with the same layout have the same encoding*.
//!
//! Encoding uses serde's data model, but not the model's own serde impls. Those belong to the application's interfaces,
//! and their `skip`, `rename` or `flatten` must not decide what a cache returns.

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

/// Returns the next element of a sequence, or `None` at its end.
#[inline]
fn next<'de, T: Cacheable, A: SeqAccess<'de>>(seq: &mut A) -> Result<Option<T>, A::Error> {
    seq.next_element_seed(private::Decode::new())
}
