//! The slot of each thing that can be invalidated: a pure hash, the same in every process and build.

use sha2::{Digest, Sha256};

/// Few under Miri, which checks every word each time a slice of them is borrowed.
const PER_KIND: u32 = if cfg!(miri) { 64 } else { 16_384 };
/// The number of slots of tables, regions and "everything".
const TABLES: u32 = PER_KIND;
/// The number of slots of operations. They have a range of their own because a table has a dozen of them: an operation
/// never shares a table's slot.
const OPERATIONS: u32 = PER_KIND;
/// The number of slots of keys. They have a range of their own, so that invalidating keys never touches a table. They
/// come last, which stamps rely on.
const KEYS: u32 = PER_KIND;
/// The number of all slots.
pub(super) const SLOTS: u32 = TABLES + OPERATIONS + KEYS;

/// The number under which a table, an operation on a table, a region, "everything" or a key is invalidated. Two things
/// may share a slot. Then each is invalidated with the other, which costs a query and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(u32);

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
        Self(TABLES + OPERATIONS + u32::from_le_bytes([a, b, c, d]) % KEYS)
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

fn hash(kind: u8, parts: &[&str]) -> Sha256 {
    let mut hash = Sha256::new_with_prefix([kind]);
    parts.iter().for_each(|part| add(&mut hash, part));
    hash
}

fn add(hash: &mut Sha256, part: &str) {
    hash.update((part.len() as u64).to_le_bytes());
    hash.update(part);
}

fn first_word(hash: Sha256) -> u32 {
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
    u32::from_le_bytes([a, b, c, d])
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
    fn tables_operations_and_keys_never_share_a_slot() {
        for byte in 0..=255 {
            let name = byte.to_string();
            let [table, operation, key] = [
                Slot::table("", &name),
                Slot::operation("", "person", &["column", &name]),
                Slot::key(&[byte; 32]),
            ];
            assert!(table.index() < TABLES);
            assert!((TABLES..TABLES + OPERATIONS).contains(&operation.index()));
            assert!((TABLES + OPERATIONS..SLOTS).contains(&key.index()));
        }
    }

    #[test]
    #[cfg_attr(miri, ignore)] // Miri has fewer slots
    fn slots_are_the_same_in_every_build() {
        // If a number changes, processes of two builds do not see each other's writes: raise `local::layout::VERSION`.
        assert_eq!(Slot::table("", "person").index(), 8046);
        assert_eq!(Slot::operation("", "person", &["column", "id"]).index(), 29_747);
        assert_eq!(Slot::key(&[1; 32]).index(), 32_768 + 0x0101_0101 % 16_384);
    }
}
