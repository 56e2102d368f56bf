//! What tables have to do with each other, step by step.

use std::collections::BTreeMap;

use crate::tables::{TableName, Tables};

/// Which tables show rows of others, and whose writes change others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(super) shows: BTreeMap<TableName, Tables>,
    pub(super) changes: BTreeMap<TableName, Tables>,
}

impl Facts {
    /// A read of `view` reads `tables`.
    pub(crate) fn add_shown(&mut self, view: TableName, tables: &Tables) {
        self.shows.entry(view).or_insert(Tables::NONE).add_all(tables);
    }

    /// A write to `written` may change `tables`.
    pub(crate) fn add_changed(&mut self, written: TableName, tables: &Tables) {
        self.changes.entry(written).or_insert(Tables::NONE).add_all(tables);
    }

    pub(crate) fn add_all(&mut self, other: &Self) {
        for (view, tables) in &other.shows {
            self.add_shown(view.clone(), tables);
        }
        for (written, tables) in &other.changes {
            self.add_changed(written.clone(), tables);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shows.is_empty() && self.changes.is_empty()
    }
}
