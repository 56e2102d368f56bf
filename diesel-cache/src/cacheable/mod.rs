//! The encoding of rows.
//!
//! The bytes of a row do not show its type, because postcard writes one field after the other, without names. So every
//! entry contains the [`Layout`] of the type that it was written from, and for a reader of another type it is a miss.
//! Everything in this module keeps one rule: *two types with the same layout have the same encoding*.
//!
//! Encoding uses serde's data model, but not the model's own serde impls. Those belong to the application's interfaces,
//! and their `skip`, `rename` or `flatten` must not decide what a cache returns.

mod ascii;
mod contract;
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

pub use contract::Cacheable;
use contract::next;
pub use layout::Layout;
pub(crate) use rows::{decode_rows, encode_rows};
