//! The sets of columns of a table that make shapes.

use std::sync::Arc;

use super::settings::RowSettings;
use super::shape::{Counts, Shape};
use crate::catalog::{ColumnKind, TableRows};
use crate::sql::{Column, TableName};

/// The largest number of shapes of a table; further ones are left out. A write moves a slot or two for each shape.
const MOST_SHAPES: usize = 8;

/// The keys of a table, from the catalog.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    pub(super) namespace: &'a str,
    pub(super) table: &'a TableName,
    pub(super) rows: &'a TableRows,
}

/// Columns, with the kinds of their values.
type Columns = Vec<(Column, ColumnKind)>;

impl<'a> Keys<'a> {
    pub(super) fn of(namespace: &'a str, table: &'a TableName, rows: &'a TableRows) -> Self {
        Self { namespace, table, rows }
    }

    /// Returns a shape for each key, and for each set of columns that was declared. Shapes whose values the fewest rows
    /// share come first.
    pub(super) fn of_rows(&self, settings: &RowSettings) -> Vec<Arc<Shape>> {
        let sets = self.sets(settings).into_iter();
        sets.map(|(is_unique, columns)| self.shape(columns, is_unique, Counts::Everything))
            .collect()
    }

    /// Returns a shape for each of these sets of columns, to which others refer.
    pub(super) fn of_removals<'c>(&self, sets: impl Iterator<Item = Vec<&'c Column>>) -> Vec<Arc<Shape>> {
        sets.filter_map(|columns| self.with_kinds(columns))
            .map(|columns| self.shape(columns, false, Counts::Removals))
            .collect()
    }

    /// Returns the shapes for queries that read none of these columns.
    pub(super) fn but(&self, volatile: &[Column], settings: &RowSettings) -> Vec<Arc<Shape>> {
        let counts = || Counts::AllBut(volatile.into());
        let is_stable = |columns: &Columns| columns.iter().all(|(column, _)| !volatile.contains(column));
        let sets = self
            .sets(settings)
            .into_iter()
            .filter(|(_, columns)| is_stable(columns));
        sets.chain([(false, Columns::new())])
            .map(|(is_unique, columns)| self.shape(columns, is_unique, counts()))
            .collect()
    }

    fn sets(&self, settings: &RowSettings) -> Vec<(bool, Columns)> {
        let by_hand = settings.by.iter().filter(|(of, _)| of == self.table);
        let mut keys: Vec<(bool, &[Column])> = (self.rows.keys.iter())
            .map(|key| (key.is_unique, &*key.columns))
            .chain(by_hand.map(|(_, columns)| (false, &**columns)))
            .collect();
        keys.sort_by_key(|(is_unique, columns)| (!is_unique, columns.len()));
        let mut sets: Vec<(bool, Columns)> = Vec::new();
        for (is_unique, columns) in keys {
            let columns = self.with_kinds(columns).filter(|columns| !columns.is_empty());
            if let Some(columns) = columns
                && !sets.iter().any(|(_, known)| *known == columns)
                && sets.len() < MOST_SHAPES
            {
                sets.push((is_unique, columns));
            }
        }
        sets
    }

    /// Returns the columns with the kinds of their values; `None` if the values of one cannot identify rows.
    fn with_kinds<'c>(&self, columns: impl IntoIterator<Item = &'c Column>) -> Option<Columns> {
        let kind = |column: &Column| Some((column.clone(), *self.rows.columns.get(column)?));
        columns.into_iter().map(kind).collect()
    }

    fn shape(&self, columns: Columns, is_unique: bool, counts: Counts) -> Arc<Shape> {
        Arc::new(Shape::new(self.namespace, self.table, columns, is_unique, counts))
    }
}
