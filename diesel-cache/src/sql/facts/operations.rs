//! Operations on a table.
//!
//! The operation decides what else a write changes: an INSERT does not fire a key that cascades on delete, and an
//! UPDATE fires no trigger `AFTER UPDATE OF name` if it sets other columns only.

use super::name::{Column, TableName};
use super::rows::RowChanges;

/// An UPDATE of more columns than this counts as an UPDATE of any column, since it has to move a slot for each.
const MOST_COLUMNS: usize = 32;

/// The columns that an UPDATE sets, or one of which it has to set in order to matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Columns {
    /// There is no UPDATE.
    #[default]
    None,
    /// These, sorted, without duplicates; at least one.
    These(Vec<Column>),
    /// Any column of the table.
    Any,
}

impl Columns {
    pub(crate) fn add_all(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Any, _) | (_, Self::None) => {}
            (Self::These(all), Self::These(more)) => {
                all.extend_from_slice(more);
                all.sort_unstable();
                all.dedup();
                if all.len() > MOST_COLUMNS {
                    *self = Self::Any;
                }
            }
            _ => *self = other.clone(),
        }
    }

    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => false,
            (Self::These(these), Self::These(those)) => these.iter().any(|column| those.binary_search(column).is_ok()),
            _ => true,
        }
    }

    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::None) | (Self::Any, _) => true,
            (Self::These(these), Self::These(those)) => those.iter().all(|column| these.binary_search(column).is_ok()),
            _ => false,
        }
    }
}

/// Operations on one table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Operations {
    pub(crate) insert: bool,
    pub(crate) update: Columns,
    pub(crate) delete: bool,
    pub(crate) truncate: bool,
    /// SQLite's `OR REPLACE`. It overrides the conflict clauses of the triggers that the statement fires, so they
    /// replace rows as well.
    pub(crate) replace: bool,
    /// The table is created, altered or dropped, or the effects of writes to it change.
    pub(crate) define: bool,
    /// The rows on which the operations are performed.
    pub(crate) rows: RowChanges,
}

impl Operations {
    pub(crate) const NONE: Self = Self {
        insert: false,
        update: Columns::None,
        delete: false,
        truncate: false,
        replace: false,
        define: false,
        rows: RowChanges::Any,
    };
    pub(crate) const INSERT: Self = Self {
        insert: true,
        ..Self::NONE
    };
    /// An UPDATE of any column, or of unknown columns.
    pub(crate) const UPDATE: Self = Self {
        update: Columns::Any,
        ..Self::NONE
    };
    pub(crate) const DELETE: Self = Self {
        delete: true,
        ..Self::NONE
    };
    pub(crate) const TRUNCATE: Self = Self {
        truncate: true,
        ..Self::NONE
    };
    pub(crate) const REPLACE: Self = Self {
        replace: true,
        ..Self::NONE
    };
    /// All operations on rows. This is the set for DDL, for invalidation by hand, and for what is not understood.
    pub(crate) const ALL: Self = Self {
        insert: true,
        update: Columns::Any,
        delete: true,
        truncate: true,
        replace: true,
        define: false,
        rows: RowChanges::Any,
    };

    /// Returns an UPDATE of these columns; of any column if there are none, or more than `MOST_COLUMNS`.
    pub(crate) fn update_of(columns: impl IntoIterator<Item = Column>) -> Self {
        let mut columns: Vec<_> = columns.into_iter().collect();
        columns.sort_unstable();
        columns.dedup();
        let update = match columns.len() {
            1..=MOST_COLUMNS => Columns::These(columns),
            _ => Columns::Any,
        };
        Self { update, ..Self::NONE }
    }

    pub(crate) fn add_all(&mut self, other: &Self) {
        match (self.is_none(), other.is_none()) {
            (_, true) => return,
            (true, false) => return self.clone_from(other),
            (false, false) => self.rows.add_all(&other.rows),
        }
        self.insert |= other.insert;
        self.update.add_all(&other.update);
        self.delete |= other.delete;
        self.truncate |= other.truncate;
        self.replace |= other.replace;
        self.define |= other.define;
    }

    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.add_all(other);
        self
    }

    /// Returns `true` if the two sets have an operation in common. Two UPDATEs do if they have a column in common.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        (self.insert && other.insert)
            || self.update.meets(&other.update)
            || (self.delete && other.delete)
            || (self.truncate && other.truncate)
            || (self.replace && other.replace)
            || (self.define && other.define)
    }

    /// Returns `true` if all operations of `other` are among these.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.insert >= other.insert
            && self.update.covers(&other.update)
            && self.delete >= other.delete
            && self.truncate >= other.truncate
            && self.replace >= other.replace
            && self.define >= other.define
            && (other.is_none() || self.rows.cover(&other.rows))
    }

    /// Returns the same operations, performed on these rows only.
    pub(in crate::sql) fn on_rows(mut self, rows: RowChanges) -> Self {
        self.rows = rows;
        self
    }

    /// Returns `true` if the operations are the same, whatever their rows.
    pub(crate) fn are_as(&self, other: &Self) -> bool {
        let Self {
            insert,
            update,
            delete,
            truncate,
            replace,
            define,
            rows: _,
        } = self;
        [*insert, *delete, *truncate, *replace, *define]
            == [other.insert, other.delete, other.truncate, other.replace, other.define]
            && *update == other.update
    }

    pub(crate) fn is_none(&self) -> bool {
        self.are_as(&Self::NONE)
    }

    /// Returns the operations as words for display: `INSERT`, `UPDATE OF a, b`.
    pub(crate) fn words(&self) -> Vec<String> {
        let Operations {
            insert,
            update,
            delete,
            truncate,
            replace,
            define: _,
            rows: _,
        } = self;
        let update = match update {
            Columns::None => None,
            Columns::Any => Some("UPDATE".to_owned()),
            Columns::These(columns) => {
                let columns: Vec<&str> = columns.iter().map(TableName::as_str).collect();
                Some(format!("UPDATE OF {}", columns.join(", ")))
            }
        };
        let named = |is: bool, name: &str| is.then(|| name.to_owned());
        let operations = [
            named(*insert, "INSERT"),
            update,
            named(*delete, "DELETE"),
            named(*truncate, "TRUNCATE"),
            named(*replace, "REPLACE"),
        ];
        operations.into_iter().flatten().collect()
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
    fn updates_meet_in_a_column() {
        assert!(update("a b").meets(&update("b c")));
        assert!(!update("a b").meets(&update("c d")));
        assert!(update("a").meets(&Operations::UPDATE) && Operations::UPDATE.meets(&update("a")));
        assert!(!update("a").meets(&Operations::INSERT.and(&Operations::DELETE)));
        assert!(!Operations::NONE.meets(&Operations::ALL));
    }

    #[test]
    fn all_covers_each() {
        for one in [
            Operations::INSERT,
            Operations::UPDATE,
            Operations::DELETE,
            Operations::TRUNCATE,
            Operations::REPLACE,
            update("a"),
        ] {
            assert!(Operations::ALL.covers(&one) && Operations::ALL.meets(&one));
            assert!(!Operations::NONE.covers(&one) && !one.covers(&Operations::ALL));
        }
        assert!(update("a b").covers(&update("b")) && !update("b").covers(&update("a b")));
    }

    #[test]
    fn too_many_columns_are_any() {
        let columns = |count: usize| (0..count).map(|column| name(&format!("c{column}")));
        let (few, many) = (
            Operations::update_of(columns(MOST_COLUMNS)),
            Operations::update_of(columns(MOST_COLUMNS + 1)),
        );
        assert_ne!(few, Operations::UPDATE);
        assert_eq!(many, Operations::UPDATE);
        assert_eq!(few.and(&update("another")), Operations::UPDATE);
        assert_eq!(Operations::update_of([]), Operations::UPDATE);
    }
}
