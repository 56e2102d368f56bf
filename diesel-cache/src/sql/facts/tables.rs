//! Sets of tables.

use super::name::TableName;

/// A set of tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tables {
    /// These, sorted, without duplicates.
    Known(Vec<TableName>),
    /// Any table: the tables are not known.
    Everything,
}

impl Tables {
    pub(crate) const NONE: Self = Self::Known(Vec::new());

    pub(crate) fn one(name: TableName) -> Self {
        Self::Known(vec![name])
    }

    /// Returns the tables, or an empty slice if they are not known.
    pub(crate) fn known(&self) -> &[TableName] {
        match self {
            Self::Known(names) => names,
            Self::Everything => &[],
        }
    }

    pub(crate) fn add(&mut self, name: TableName) {
        if let Self::Known(names) = self
            && let Err(place) = names.binary_search(&name)
        {
            names.insert(place, name);
        }
    }

    pub(crate) fn add_all(&mut self, other: &Self) {
        match other {
            Self::Everything => *self = Self::Everything,
            Self::Known(names) => names.iter().for_each(|name| self.add(name.clone())),
        }
    }
}

impl FromIterator<TableName> for Tables {
    fn from_iter<I: IntoIterator<Item = TableName>>(names: I) -> Self {
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        Self::Known(names)
    }
}
