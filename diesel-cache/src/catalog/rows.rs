//! What a catalog shows about the rows of tables: the columns whose values identify them, and the keys made of these.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use crate::sql::{Column, Columns, TableName};

/// The columns and keys of each table whose rows can be told apart by them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowFacts {
    tables: BTreeMap<TableName, TableRows>,
    /// Functions that are called by statements, and may read any row.
    functions: BTreeSet<TableName>,
    /// Columns to which the database itself assigns values, regardless of the statement.
    assigned: BTreeMap<TableName, Columns>,
}

/// The columns and keys of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableRows {
    /// The columns whose values are equal exactly when their texts are.
    pub(crate) columns: BTreeMap<Column, ColumnKind>,
    /// Sets of such columns: each unique key, and the columns of each foreign key. Sorted, without duplicates.
    pub(crate) keys: Vec<RowKey>,
    /// Every column of the table.
    all: BTreeSet<Box<str>>,
    /// The number of tables with this name.
    count: usize,
}

/// A set of columns by which rows are found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowKey {
    /// Sorted.
    pub(crate) columns: Vec<Column>,
    /// Whether no two rows have the same values.
    pub(crate) is_unique: bool,
}

/// The values that a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    /// Integers in this range. A database may replace a value outside the range by another.
    Integer {
        min: i64,
        max: i64,
        /// A new row with a 0 gets another value.
        zero_is_generated: bool,
        /// `true` is 1, and `false` is 0.
        takes_bools: bool,
    },
    Bool,
    Uuid,
}

impl ColumnKind {
    /// Integers of this many bits.
    pub(super) fn signed(bits: u32) -> Self {
        Self::Integer {
            min: i64::MIN >> (64 - bits),
            max: i64::MAX >> (64 - bits),
            zero_is_generated: false,
            takes_bools: false,
        }
    }

    #[cfg(feature = "mysql")]
    pub(super) fn unsigned(bits: u32) -> Self {
        Self::Integer {
            min: 0,
            // Larger values do not identify rows.
            max: if bits < 64 { (1 << bits) - 1 } else { i64::MAX },
            zero_is_generated: false,
            takes_bools: false,
        }
    }

    #[cfg(feature = "mysql")]
    pub(super) fn generated(mut self) -> Self {
        if let Self::Integer { zero_is_generated, .. } = &mut self {
            *zero_is_generated = true;
        }
        self
    }

    #[cfg(any(feature = "sqlite", feature = "mysql"))]
    pub(super) fn with_bools(mut self) -> Self {
        if let Self::Integer { takes_bools, .. } = &mut self {
            *takes_bools = true;
        }
        self
    }
}

impl TableRows {
    /// Returns every column of the table.
    pub(crate) fn all(&self) -> impl Iterator<Item = Column> {
        self.all.iter().map(|column| Column::new(column))
    }
}

impl RowFacts {
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&TableName, &TableRows)> {
        self.tables.iter()
    }

    pub(crate) fn get(&self, table: &TableName) -> Option<&TableRows> {
        self.tables.get(table)
    }

    pub(crate) fn functions(&self) -> &BTreeSet<TableName> {
        &self.functions
    }

    pub(super) fn add_function(&mut self, name: &TableName) {
        self.functions.insert(name.clone());
    }

    /// Records that there is a table.
    pub(super) fn add_table(&mut self, table: &str) {
        self.tables.entry(TableName::new(table)).or_default().count += 1;
    }

    /// Records a column, and what it holds, if its values identify rows.
    pub(super) fn add_column(&mut self, table: &str, column: &str, kind: Option<ColumnKind>) {
        let rows = self.tables.entry(TableName::new(table)).or_default();
        let name = Column::new(column);
        let is_new = rows
            .all
            .iter()
            .all(|other| Column::new(other) != name || **other == *column);
        rows.all.insert(column.into());
        match kind {
            Some(kind) if is_new => _ = rows.columns.insert(name, kind),
            // The names of two columns differ only in case.
            _ => _ = rows.columns.remove(&name),
        }
    }

    /// Records a unique key, or the columns of a foreign key.
    pub(super) fn add_key<C: AsRef<str>>(&mut self, table: &str, columns: &[C], is_unique: bool) {
        let mut columns: Vec<Column> = columns.iter().map(|column| Column::new(column.as_ref())).collect();
        columns.sort_unstable();
        columns.dedup();
        let rows = self.tables.entry(TableName::new(table)).or_default();
        rows.keys.push(RowKey { columns, is_unique });
    }

    /// Records columns to which the database itself assigns values, regardless of the statement.
    pub(super) fn add_assigned(&mut self, table: &TableName, assigned: &Columns) {
        self.assigned.entry(table.clone()).or_default().add_all(assigned);
    }

    /// Leaves what tells rows apart by the texts of statements: tables that have their name to themselves, show nothing
    /// but their own rows, and pass nothing on.
    pub(super) fn retain_plain(&mut self, facts: &Facts) {
        let assigned = std::mem::take(&mut self.assigned);
        self.tables.retain(|table, rows| {
            match assigned.get(table) {
                None | Some(Columns::None) => {}
                Some(Columns::These(columns)) => columns.iter().for_each(|column| _ = rows.columns.remove(column)),
                Some(Columns::Any) => rows.columns.clear(),
            }
            rows.keys.retain(|key| {
                !key.columns.is_empty() && key.columns.iter().all(|column| rows.columns.contains_key(column))
            });
            rows.keys.sort_unstable();
            rows.keys.dedup_by(|key, before| {
                let is_same = key.columns == before.columns;
                before.is_unique |= is_same && key.is_unique;
                is_same
            });
            rows.count == 1 && !rows.columns.is_empty() && facts.is_plain(table)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Tables;

    fn columns(facts: &RowFacts, table: &str) -> String {
        let rows = facts.get(&TableName::new(table));
        let names = rows.into_iter().flat_map(|rows| rows.columns.keys());
        names.map(Column::as_str).collect::<Vec<_>>().join(" ")
    }

    fn person() -> RowFacts {
        let mut facts = RowFacts::default();
        facts.add_table("person");
        facts.add_column("person", "id", Some(ColumnKind::signed(32)));
        facts.add_column("person", "team_id", Some(ColumnKind::signed(64)));
        facts.add_column("person", "name", None);
        facts.add_key("person", &["team_id"], false);
        facts.add_key("person", &["id"], true);
        facts.add_key("person", &["team_id"], true);
        facts.add_key("person", &["name"], true);
        facts.add_key("person", &["id", "name"], true);
        facts
    }

    #[test]
    fn keys_are_made_of_columns_that_identify_rows() {
        let mut facts = person();
        facts.retain_plain(&Facts::default());
        let keys = &facts.get(&TableName::new("person")).unwrap().keys;
        let shown: Vec<_> = keys
            .iter()
            .map(|key| (key.columns[0].as_str(), key.columns.len(), key.is_unique))
            .collect();
        assert_eq!(shown, [("id", 1, true), ("team_id", 1, true)]);
    }

    #[test]
    fn a_column_that_has_its_name_with_another_or_is_assigned_is_left_out() {
        let mut facts = person();
        facts.add_column("person", "ID", Some(ColumnKind::signed(32)));
        facts.add_column("person", "rank", Some(ColumnKind::signed(16)));
        facts.add_assigned(&TableName::new("person"), &Columns::These(vec![Column::new("rank")]));
        facts.retain_plain(&Facts::default());
        assert_eq!(columns(&facts, "person"), "team_id");
        facts.add_assigned(&TableName::new("person"), &Columns::Any);
        facts.retain_plain(&Facts::default());
        assert_eq!(columns(&facts, "person"), "");
    }

    #[test]
    fn a_table_that_is_not_what_its_name_says_is_left_out() {
        let table = TableName::new("person");
        let other = TableName::new("other");
        let mut twice = person();
        twice.add_table("PERSON");
        twice.retain_plain(&Facts::default());
        assert!(twice.get(&table).is_none());
        let mut shows = Facts::default();
        shows.add_shown(table.clone(), &Tables::one(other.clone()));
        let mut passes = Facts::default();
        passes.add_pass(other, table.clone(), super::super::Passed::All);
        for facts in [shows, passes] {
            let mut rows = person();
            rows.retain_plain(&facts);
            assert!(rows.get(&table).is_none());
        }
    }

    #[test]
    fn ranges_are_those_of_the_types() {
        for (kind, expected) in [
            (ColumnKind::signed(8), (-128, 127)),
            (ColumnKind::signed(16), (-32_768, 32_767)),
            (ColumnKind::signed(24), (-8_388_608, 8_388_607)),
            (ColumnKind::signed(64), (i64::MIN, i64::MAX)),
        ] {
            let ColumnKind::Integer { min, max, .. } = kind else {
                panic!()
            };
            assert_eq!((min, max), expected);
        }
    }
}
