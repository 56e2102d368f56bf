//! The tables that a statement writes, and by which operations.

use std::sync::Arc;

use super::name::TableName;
use super::operations::Operations;
use super::rows::RowChanges;
use super::tables::Tables;

/// The tables that are written, and the operations on each. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Writes {
    #[default]
    Nothing,
    /// These, sorted, without duplicates; at least one.
    Known(Arc<[(TableName, Operations)]>),
    /// Any operation on any table: the writes are not known.
    Everything,
}

impl Writes {
    pub(crate) fn one(table: TableName, operations: Operations) -> Self {
        Self::Known([(table, operations)].into())
    }

    /// Returns these operations on each of these tables.
    pub(crate) fn to(tables: &Tables, operations: &Operations) -> Self {
        match tables {
            Tables::Everything => Self::Everything,
            Tables::Known(names) if names.is_empty() => Self::Nothing,
            Tables::Known(names) => Self::Known(names.iter().map(|name| (name.clone(), operations.clone())).collect()),
        }
    }

    pub(crate) fn add(&mut self, table: TableName, operations: Operations) {
        self.add_all(&Self::one(table, operations));
    }

    pub(crate) fn add_all(&mut self, other: &Self) {
        let (known, more) = match (&*self, other) {
            (Self::Everything, _) | (_, Self::Nothing) => return,
            (Self::Known(known), Self::Known(more)) if Arc::ptr_eq(known, more) => return,
            (Self::Known(known), Self::Known(more)) => (known, more),
            _ => return self.clone_from(other),
        };
        if more.iter().all(|(table, operations)| self.covers(table, operations)) {
            return;
        }
        let mut all = known.to_vec();
        for (table, operations) in more.iter() {
            match all.binary_search_by_key(&table, |(table, _)| table) {
                Ok(place) => all[place].1.add_all(operations),
                Err(place) => all.insert(place, (table.clone(), operations.clone())),
            }
        }
        *self = Self::Known(all.into());
    }

    fn covers(&self, table: &TableName, operations: &Operations) -> bool {
        self.on(table).is_some_and(|known| known.covers(operations))
    }

    /// Returns the known operations on this table.
    pub(crate) fn on(&self, table: &TableName) -> Option<&Operations> {
        let known = self.known();
        let place = known.binary_search_by_key(&table, |(table, _)| table).ok()?;
        Some(&known[place].1)
    }

    /// Returns the known tables with their operations. [`Writes::Everything`] has none.
    pub(crate) fn known(&self) -> &[(TableName, Operations)] {
        match self {
            Self::Known(known) => known,
            Self::Nothing | Self::Everything => &[],
        }
    }

    /// Returns `true` if both perform the same operations on the same tables. Rows do not matter.
    pub(crate) fn are_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Known(these), Self::Known(others)) => {
                Arc::ptr_eq(these, others)
                    || (these.len() == others.len()
                        && these
                            .iter()
                            .zip(others.iter())
                            .all(|((table, operations), (other, others))| table == other && operations.are_as(others)))
            }
            _ => self == other,
        }
    }

    /// Returns these writes, marked as definitions of their tables.
    pub(in crate::sql) fn defining(&self) -> Self {
        self.map_operations(|operations| operations.define = true)
    }

    /// Returns the number of binds that are needed to know which rows are written.
    pub(crate) fn binds(&self) -> usize {
        let rows = self.known().iter().map(|(_, operations)| operations.rows.binds());
        rows.max().unwrap_or(0)
    }

    /// Applies a change to what is known of the rows of each table.
    pub(in crate::sql) fn with_rows(&self, mut change: impl FnMut(&mut RowChanges)) -> Self {
        self.map_operations(|operations| change(&mut operations.rows))
    }

    /// Applies a change to the operations on each known table.
    fn map_operations(&self, mut change: impl FnMut(&mut Operations)) -> Self {
        match self {
            Self::Known(known) => {
                let mut known = known.to_vec();
                known.iter_mut().for_each(|(_, operations)| change(operations));
                Self::Known(known.into())
            }
            _ => self.clone(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::Nothing
    }

    /// Returns the tables without the operations.
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
        allow(dead_code, reason = "reports of what a catalog holds")
    )]
    pub(crate) fn tables(&self) -> Tables {
        match self {
            Self::Everything => Tables::Everything,
            _ => self.known().iter().map(|(table, _)| table.clone()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> TableName {
        TableName::new(name)
    }

    fn update(columns: &str) -> Operations {
        Operations::update_of(columns.split(' ').map(name))
    }

    #[test]
    fn writes_are_united_table_by_table() {
        let mut writes = Writes::Nothing;
        writes.add(name("b"), Operations::INSERT);
        writes.add(name("a"), update("x"));
        writes.add(name("b"), Operations::DELETE);
        writes.add(name("a"), update("y x"));
        let expected = [
            (name("a"), update("x y")),
            (name("b"), Operations::INSERT.and(&Operations::DELETE)),
        ];
        assert_eq!(writes.known(), expected);
        let before = writes.clone();
        writes.add(name("a"), update("y"));
        writes.add_all(&Writes::Nothing);
        assert_eq!(writes, before);
        writes.add_all(&Writes::Everything);
        writes.add(name("a"), update("y"));
        assert_eq!((&writes, writes.tables()), (&Writes::Everything, Tables::Everything));
    }
}
