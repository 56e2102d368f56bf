//! The functions that a statement calls.

use std::slice;

use super::name::TableName;

/// A set of functions, by the last component of their names, folded as the names of tables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Calls {
    /// These and no others, sorted, without duplicates.
    Known(Box<[TableName]>),
    /// Any function: the calls are not known.
    Anything,
}

impl Calls {
    pub(in crate::sql) fn none() -> Self {
        Self::Known(Box::new([]))
    }

    pub(in crate::sql) fn add_all(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Known(names), Self::Known(more)) => {
                let mut all: Vec<_> = names.iter().chain(more).cloned().collect();
                all.sort_unstable();
                all.dedup();
                *names = all.into_boxed_slice();
            }
            _ => *self = Self::Anything,
        }
    }
}

impl<'a> IntoIterator for &'a Calls {
    type Item = &'a TableName;
    type IntoIter = slice::Iter<'a, TableName>;

    /// Iterates over the known names. `Calls::Anything` has none.
    fn into_iter(self) -> Self::IntoIter {
        match self {
            Calls::Known(names) => names.iter(),
            Calls::Anything => [].iter(),
        }
    }
}
