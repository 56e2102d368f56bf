//! The settings of a cache that concern rows.

use std::collections::{BTreeMap, BTreeSet};

use super::closure::Changes;
use crate::sql::{Column, TableName};

/// The settings of a cache that concern rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowSettings {
    /// Whether no table has shapes.
    pub(crate) is_off: bool,
    /// Tables without shapes.
    pub(crate) whole: BTreeSet<TableName>,
    /// Additional sets of columns, from `rows_by`.
    pub(crate) by: Vec<(TableName, Vec<Column>)>,
    /// Volatile columns, whose changes do not matter to queries that do not read them.
    pub(crate) volatile: BTreeMap<TableName, BTreeSet<Column>>,
}

impl RowSettings {
    /// Returns the columns of a table that were declared as volatile; `None` if an UPDATE of them may change more.
    pub(super) fn volatile_of(&self, table: &TableName, changes: &Changes<'_>) -> Option<Box<[Column]>> {
        let columns = self.volatile.get(table).filter(|columns| !columns.is_empty())?;
        (!changes.follow_in(table, columns)).then(|| columns.iter().cloned().collect())
    }
}
