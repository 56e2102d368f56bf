//! Shapes: the sets of columns by whose values rows have slots of their own.

use std::num::NonZeroU64;

use super::hash::fingerprint;

/// A set of columns of a table, by a number that is the same in every process that knows the same columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ShapeId(NonZeroU64);

/// The parts of a shape's rows that have a slot, beside those of known values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShapePart {
    /// Rows of unknown values, whatever is done to them.
    Unknown,
    /// New rows of unknown values.
    Inserted,
}

/// The place where processes see which shapes of a table are in use. Tables may share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ShapeList(pub(super) u32);

/// The number of lists.
pub(super) const LISTS: u32 = if cfg!(miri) { 16 } else { 1024 };

impl ShapeId {
    /// Returns the number of a shape. `columns` says everything on which two processes must agree.
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
