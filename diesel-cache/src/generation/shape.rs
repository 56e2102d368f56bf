//! Shapes: the sets of columns by whose values rows have slots of their own.

use std::num::NonZeroU64;

use super::hash::fingerprint;

/// A set of columns of a table, by a number that is the same in every process that knows the same columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ShapeId(NonZeroU64);

/// The slots that a shape has beside those of its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShapePart {
    /// Stands for rows of unknown values that are inserted, updated or deleted.
    Unknown,
    /// New rows of unknown values.
    Inserted,
}

/// The list on which processes find the shapes of a table that are in use. Several tables may share a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ShapeList(pub(super) u32);

/// The number of lists.
pub(super) const LISTS: u32 = if cfg!(miri) { 16 } else { 1024 };

impl ShapeId {
    /// Returns the id of a shape. `columns` must contain everything on which processes have to agree.
    pub(crate) fn new<'a>(namespace: &'a str, table: &'a str, columns: impl IntoIterator<Item = &'a str>) -> Self {
        let parts: Vec<&str> = [namespace, table].into_iter().chain(columns).collect();
        Self(NonZeroU64::new(fingerprint(b'F', &parts)).unwrap_or(NonZeroU64::MIN))
    }

    pub(super) fn from_word(word: u64) -> Option<Self> {
        NonZeroU64::new(word).map(Self)
    }

    pub(super) fn get(self) -> u64 {
        self.0.get()
    }
}

impl ShapeList {
    #[cfg(feature = "redis")]
    pub(super) fn from_number(number: u32) -> Option<Self> {
        (number < LISTS).then_some(Self(number))
    }

    pub(crate) fn of(namespace: &str, table: &str) -> Self {
        Self((fingerprint(b'L', &[namespace, table]) % u64::from(LISTS)) as u32)
    }
}
