//! What a statement does to tables: which of them it writes, and by which operations.
//!
//! The operation decides what a write brings with it: a key that cascades on delete is of no concern to an INSERT, and a trigger
//! `AFTER UPDATE OF name` none to an UPDATE of other columns.

use std::sync::Arc;

use super::{TableName, Tables};

/// The canonical name of a column: folded as a table's is.
pub(crate) type Column = TableName;

/// An UPDATE that sets more columns than this counts as one of any column: each column has a slot that the statement has to move.
const MOST_COLUMNS: usize = 32;

/// The columns that an UPDATE sets, or that it has to set to be of interest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Columns {
    /// There is no UPDATE.
    #[default]
    None,
    /// These, sorted, each once; at least one.
    These(Vec<Column>),
    /// Any of the table's.
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
    /// SQLite's `OR REPLACE`, beside what else the statement does: the triggers that it fires replace rows as well, whatever their own
    /// statements say.
    pub(crate) replace: bool,
}

impl Operations {
    pub(crate) const NONE: Self = Self {
        insert: false,
        update: Columns::None,
        delete: false,
        truncate: false,
        replace: false,
    };
    pub(crate) const INSERT: Self = Self {
        insert: true,
        ..Self::NONE
    };
    /// An UPDATE of any column, or of nobody knows which.
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
    /// Any of them: DDL, what is invalidated by hand, what is not understood.
    pub(crate) const ALL: Self = Self {
        insert: true,
        update: Columns::Any,
        delete: true,
        truncate: true,
        replace: true,
    };

    /// An UPDATE of these columns; of any, if there are none.
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
        self.insert |= other.insert;
        self.update.add_all(&other.update);
        self.delete |= other.delete;
        self.truncate |= other.truncate;
        self.replace |= other.replace;
    }

    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.add_all(other);
        self
    }

    /// Is one of these operations one of those? An UPDATE is one of another's if they have a column in common.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        (self.insert && other.insert)
            || self.update.meets(&other.update)
            || (self.delete && other.delete)
            || (self.truncate && other.truncate)
            || (self.replace && other.replace)
    }

    /// Are all of those operations among these?
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.insert >= other.insert
            && self.update.covers(&other.update)
            && self.delete >= other.delete
            && self.truncate >= other.truncate
            && self.replace >= other.replace
    }

    pub(crate) fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// For people: `INSERT`, `UPDATE OF a, b`.
    pub(crate) fn words(&self) -> Vec<String> {
        let Operations {
            insert,
            update,
            delete,
            truncate,
            replace,
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

/// The tables that are written, and how. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Writes {
    #[default]
    Nothing,
    /// These, sorted, each once; at least one.
    Known(Arc<[(TableName, Operations)]>),
    /// It could not be known: any operation on any table.
    Everything,
}

impl Writes {
    pub(crate) fn one(table: TableName, operations: Operations) -> Self {
        Self::Known([(table, operations)].into())
    }

    /// The same operations on each of these.
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

    /// What is known to be done to this table.
    pub(crate) fn on(&self, table: &TableName) -> Option<&Operations> {
        let known = self.known();
        let place = known.binary_search_by_key(&table, |(table, _)| table).ok()?;
        Some(&known[place].1)
    }

    /// The known tables; none of everything.
    pub(crate) fn known(&self) -> &[(TableName, Operations)] {
        match self {
            Self::Known(known) => known,
            Self::Nothing | Self::Everything => &[],
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::Nothing
    }

    /// The tables alone.
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
