//! The fingerprint of a type.
//!
//! It must be the same in every build, on every machine and with every compiler, because files outlive all three. This
//! rules out `TypeId`, `type_name` and seeded hashers. It must be known at compile time, because a hit compares it
//! right before decoding. So a `const fn` must be able to compute the hash.
//!
//! FNV-1a with 128 bits satisfies this. It does not protect against a deliberate collision of two types. It does not
//! have to, because the types are the application's own.

use std::fmt;

/// The fingerprint of a type: its name, its fields' names and their types, recursively.
///
/// Two types with the same layout have the same encoding. The layout is the same in every build and on every machine.
///
/// The derive computes it. For an impl by hand, start with [`named`](Self::named) and add the parts of the encoding:
///
/// ```
/// use diesel_cache::{Cacheable, Layout};
///
/// const POINT: Layout = Layout::named("Point").field("x", f64::LAYOUT).field("y", f64::LAYOUT);
/// const SWAPPED: Layout = Layout::named("Point").field("y", f64::LAYOUT).field("x", f64::LAYOUT);
/// assert_ne!(POINT, SWAPPED);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Layout(u128);

/// The version of the encoding as a whole. Raise it when the encoding of existing types changes.
const ENCODING: u8 = 1;

const FNV_OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const FNV_PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// A tag for the next part of the hashed text. Tags and lengths make the text unambiguous: no sequence of parts is a
/// prefix of another.
#[derive(Clone, Copy)]
enum Part {
    BuiltIn = 1,
    Named = 2,
    Field = 3,
    Variant = 4,
    Argument = 5,
    Length = 6,
    Foreign = 7,
}

impl Layout {
    /// Returns the layout of a type with this name, without any parts.
    #[must_use]
    pub const fn named(name: &str) -> Self {
        Self(FNV_OFFSET).byte(ENCODING).part(Part::Named).text(name)
    }

    /// Adds a field, in the order of encoding. Fields without a name are called `0`, `1`, ….
    #[must_use]
    pub const fn field(self, name: &str, layout: Self) -> Self {
        self.part(Part::Field).text(name).layout(layout)
    }

    /// Adds a variant. The fields that follow are the variant's.
    #[must_use]
    pub const fn variant(self, name: &str) -> Self {
        self.part(Part::Variant).text(name)
    }

    /// Adds a type that is not a field: the `T` of a `Vec<T>`, or the type that this one is encoded as.
    #[must_use]
    pub const fn argument(self, layout: Self) -> Self {
        self.part(Part::Argument).layout(layout)
    }

    /// Returns the layout of a type for which this crate has the impl. It differs from the layout of a user's type with
    /// the same name.
    pub(crate) const fn built_in(name: &str) -> Self {
        Self(FNV_OFFSET).byte(ENCODING).part(Part::BuiltIn).text(name)
    }

    /// Adds a number that is part of the type.
    pub(crate) const fn length(self, length: usize) -> Self {
        self.part(Part::Length).bytes(&(length as u64).to_le_bytes())
    }

    /// Returns the layout of a field that other code encodes, from the name of that code and the text of the field's
    /// type.
    ///
    /// Used by the derive.
    #[doc(hidden)]
    #[must_use]
    pub const fn foreign(codec: &str, ty: &str) -> Self {
        Self(FNV_OFFSET).byte(ENCODING).part(Part::Foreign).text(codec).text(ty)
    }

    /// Returns the bytes for an entry's header.
    pub(crate) const fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    /// Reads the bytes of [`to_bytes`](Self::to_bytes).
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_le_bytes(bytes))
    }

    const fn part(self, part: Part) -> Self {
        self.byte(part as u8)
    }

    /// Adds text, preceded by its length.
    const fn text(self, text: &str) -> Self {
        self.bytes(&(text.len() as u64).to_le_bytes()).bytes(text.as_bytes())
    }

    const fn layout(self, layout: Self) -> Self {
        self.bytes(&layout.0.to_le_bytes())
    }

    const fn bytes(mut self, bytes: &[u8]) -> Self {
        let mut index = 0;
        while index < bytes.len() {
            self = self.byte(bytes[index]);
            index += 1;
        }
        self
    }

    const fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u128).wrapping_mul(FNV_PRIME))
    }
}

impl fmt::Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Layout({:032x})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_fnv_1a() {
        // Vectors of the FNV authors.
        assert_eq!(
            Layout(FNV_OFFSET).bytes(b""),
            Layout(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
        );
        assert_eq!(
            Layout(FNV_OFFSET).bytes(b"a"),
            Layout(0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964)
        );
    }

    #[test]
    fn survives_its_bytes() {
        let layout = Layout::named("Person");
        assert_eq!(Layout::from_bytes(layout.to_bytes()), layout);
    }

    #[test]
    fn tells_parts_apart() {
        let unit = Layout::built_in("()");
        let distinct = [
            Layout::named("ab"),
            Layout::built_in("ab"),
            Layout::foreign("a", "b"),
            Layout::foreign("ab", ""),
            Layout::named("a").variant("b"),
            Layout::named("a").field("b", unit),
            Layout::named("a").variant("b").field("c", unit),
            Layout::named("a").field("c", unit).variant("b"),
            Layout::named("a").argument(unit),
            Layout::named("a").argument(unit).argument(unit),
            Layout::named("a").length(1),
            Layout::named("a").length(2),
        ];
        for (index, one) in distinct.iter().enumerate() {
            for other in &distinct[index + 1..] {
                assert_ne!(one, other);
            }
        }
    }
}
