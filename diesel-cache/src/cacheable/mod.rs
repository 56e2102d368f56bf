//! What a row needs in order to be cached.

use serde::{Deserializer, Serializer};

/// A fingerprint of a type's layout.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Layout(u128);

/// A row, or a part of one, that can be cached.
pub trait Cacheable: Sized + 'static {
    /// The fingerprint of this type's name, fields and their types, recursively.
    const LAYOUT: Layout;

    /// Encodes the value.
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Decodes a value.
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}
