//! The slot of each thing that can be invalidated: a pure hash, the same in every process and build.

use super::hash::{add, first_word, hash, mix};
use super::shape::{ShapeId, ShapePart};

/// Few under Miri, which checks every word each time a slice of them is borrowed.
const PER_KIND: u32 = if cfg!(miri) { 64 } else { 16_384 };
/// The number of slots of tables, regions, their soft invalidations, and "everything".
const TABLES: u32 = PER_KIND;
/// The number of slots of operations. A table has a dozen of them, so they have a range of their own, and never share a
/// slot with a table.
const OPERATIONS: u32 = PER_KIND;
/// The number of slots of definitions. When such a slot moves, entries by rows are no longer valid or stored. So
/// definitions have a range of their own, in which only DDL moves slots.
const DEFINITIONS: u32 = PER_KIND / 16;
/// The number of slots of the part [`ShapePart::Unknown`].
const UNKNOWN: u32 = PER_KIND / 4;
/// The number of slots of the part [`ShapePart::Inserted`].
const INSERTED: u32 = PER_KIND / 4;
/// The number of slots of rows, of all tables.
const ROWS: u32 = 2 * PER_KIND;
/// The number of slots of keys. They have a range of their own, so that invalidating keys never touches a table. Stamps
/// rely on it that they come last.
const KEYS: u32 = PER_KIND;
/// The number of all slots.
pub(super) const SLOTS: u32 = KEYS_AT + KEYS;

const DEFINITIONS_AT: u32 = TABLES + OPERATIONS;
const UNKNOWN_AT: u32 = DEFINITIONS_AT + DEFINITIONS;
const INSERTED_AT: u32 = UNKNOWN_AT + UNKNOWN;
const ROWS_AT: u32 = INSERTED_AT + INSERTED;
const KEYS_AT: u32 = ROWS_AT + ROWS;

/// The number under which a table, an operation on a table, its definition, rows of it, a region, "everything" or a key
/// is invalidated, or under which the soft invalidations of a region are counted. Two things may share a slot. Then
/// each is invalidated with the other, which costs a query and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(u32);

/// What a slot stands for. Its number shows that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotKind {
    /// A table, a region, its soft invalidations, or everything.
    Named,
    /// An operation on a table.
    Operation,
    /// The definition of a table.
    Definition,
    /// Rows of unknown values.
    UnknownRows,
    /// New rows of unknown values.
    InsertedRows,
    /// Rows of known values.
    Rows,
    Key,
}

impl Slot {
    pub(crate) fn table(namespace: &str, table: &str) -> Self {
        Self::named(b'T', &[namespace, table])
    }

    /// Returns the slot of an operation on a table. One word or more describe the operation.
    pub(crate) fn operation(namespace: &str, table: &str, operation: &[&str]) -> Self {
        let mut hash = hash(b'O', &[namespace, table]);
        operation.iter().for_each(|part| add(&mut hash, part));
        Self(TABLES + first_word(hash) % OPERATIONS)
    }

    /// Returns the slot of the definition of a table.
    pub(crate) fn definition(namespace: &str, table: &str) -> Self {
        Self(DEFINITIONS_AT + first_word(hash(b'D', &[namespace, table])) % DEFINITIONS)
    }

    /// Returns the slot of the rows of a shape that have these values.
    pub(crate) fn rows(shape: ShapeId, values: impl IntoIterator<Item = u128>) -> Self {
        let mut hash = shape.get();
        for value in values {
            hash = mix(mix(hash ^ value as u64) ^ (value >> 64) as u64);
        }
        Self(ROWS_AT + (mix(hash) % u64::from(ROWS)) as u32)
    }

    /// Returns the slot that stands for a part of the rows of a shape.
    pub(crate) fn of_shape(shape: ShapeId, part: ShapePart) -> Self {
        let (at, slots) = match part {
            ShapePart::Unknown => (UNKNOWN_AT, UNKNOWN),
            ShapePart::Inserted => (INSERTED_AT, INSERTED),
        };
        Self(at + (mix(shape.get()) % u64::from(slots)) as u32)
    }

    pub(crate) fn region(namespace: &str, region: &str) -> Self {
        Self::named(b'R', &[namespace, region])
    }

    /// Returns the slot that counts a region's soft invalidations.
    pub(crate) fn soft(namespace: &str, region: &str) -> Self {
        Self::named(b'S', &[namespace, region])
    }

    /// Returns the slot of everything in one namespace.
    pub(crate) fn everything(namespace: &str) -> Self {
        Self::named(b'E', &[namespace])
    }

    /// Returns the slot of a key. A key is already a SHA-256, so its first bytes suffice.
    pub(crate) fn key(key: &[u8; 32]) -> Self {
        let [a, b, c, d, ..] = *key;
        Self(KEYS_AT + u32::from_le_bytes([a, b, c, d]) % KEYS)
    }

    /// Returns what the slot stands for.
    pub(crate) fn kind(self) -> SlotKind {
        match self.0 {
            0..TABLES => SlotKind::Named,
            TABLES..DEFINITIONS_AT => SlotKind::Operation,
            DEFINITIONS_AT..UNKNOWN_AT => SlotKind::Definition,
            UNKNOWN_AT..INSERTED_AT => SlotKind::UnknownRows,
            INSERTED_AT..ROWS_AT => SlotKind::InsertedRows,
            ROWS_AT..KEYS_AT => SlotKind::Rows,
            KEYS_AT.. => SlotKind::Key,
        }
    }

    /// Returns all slots of definitions, in order.
    pub(super) fn definitions() -> impl Iterator<Item = Self> {
        (DEFINITIONS_AT..UNKNOWN_AT).map(Self)
    }

    /// Returns the place of a slot among those of definitions.
    pub(super) fn definition_index(self) -> Option<usize> {
        let place = self.0.checked_sub(DEFINITIONS_AT)?;
        (place < DEFINITIONS).then_some(place as usize)
    }

    pub(super) fn from_index(index: u32) -> Option<Self> {
        (index < SLOTS).then_some(Self(index))
    }

    pub(super) fn index(self) -> u32 {
        self.0
    }

    fn named(kind: u8, parts: &[&str]) -> Self {
        Self(first_word(hash(kind, parts)) % TABLES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_parts_have_distinct_slots() {
        assert_ne!(Slot::table("a", "bc"), Slot::table("ab", "c"));
        assert_ne!(Slot::table("", "person"), Slot::region("", "person"));
        assert_ne!(Slot::everything(""), Slot::everything("tenant"));
        assert_ne!(Slot::operation("", "a", &["b"]), Slot::operation("a", "b", &[]));
    }

    #[test]
    fn tables_operations_rows_and_keys_never_share_a_slot() {
        for byte in 0..=255 {
            let name = byte.to_string();
            let [table, operation, key] = [
                Slot::table("", &name),
                Slot::operation("", "person", &["column", &name]),
                Slot::key(&[byte; 32]),
            ];
            assert_eq!(table.kind(), SlotKind::Named);
            assert_eq!(operation.kind(), SlotKind::Operation);
            assert_eq!(key.kind(), SlotKind::Key);
            assert!(key.index() < SLOTS);
            let shape = ShapeId::new("", "person", ["id"]);
            let rows = Slot::rows(shape, [byte.into()]);
            assert_eq!(rows.kind(), SlotKind::Rows);
            let part = |part| Slot::of_shape(ShapeId::new("", &name, ["id"]), part);
            let [unknown, inserted] = [ShapePart::Unknown, ShapePart::Inserted].map(part);
            assert_eq!(unknown.kind(), SlotKind::UnknownRows);
            assert_eq!(inserted.kind(), SlotKind::InsertedRows);
            let definition = Slot::definition("", &name);
            assert_eq!(definition.kind(), SlotKind::Definition);
            assert!(definition.definition_index().is_some() && unknown.definition_index().is_none());
        }
    }

    #[test]
    #[cfg_attr(miri, ignore)] // Miri has fewer slots
    fn slots_are_the_same_in_every_build() {
        // If one of these numbers changes, processes of the two builds no longer see each other's writes. Then raise
        // `local::layout::VERSION` and the version of the cluster's state.
        assert_eq!(Slot::table("", "person").index(), 8046);
        assert_eq!(Slot::operation("", "person", &["column", "id"]).index(), 29_747);
        assert_eq!(Slot::key(&[1; 32]).index(), 74_752 + 0x0101_0101 % 16_384);
        let shape = ShapeId::new("", "person", ["id", "integer"]);
        assert_eq!(Slot::rows(shape, [7]).index(), 56_982);
        assert_eq!(Slot::of_shape(shape, ShapePart::Unknown).index(), 34_450);
        assert_eq!(Slot::of_shape(shape, ShapePart::Inserted).index(), 38_546);
    }
}
