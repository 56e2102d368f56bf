//! The relations between tables, step by step.

use std::collections::{BTreeMap, BTreeSet};

use crate::sql::{Column, Columns, Operations, TableName, Tables, Writes};

/// Which tables show rows of others, and which operations on them change others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) shows: BTreeMap<TableName, Tables>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) passes: BTreeSet<Pass>,
}

/// An effect: each of the operations `when` on the table `on` also performs the operations in `does`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    pub(crate) on: TableName,
    pub(crate) when: Operations,
    pub(crate) does: Writes,
    /// Whether the effect is limited to those rows of the table `on` that the operation changes.
    pub(crate) is_of_same_rows: bool,
    /// The foreign key that causes the effect, if only rows change that have, or receive, the values of the row that
    /// the operation changes.
    pub(crate) through: Option<Reference>,
}

/// The columns of a foreign key, each with the column to which it refers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference(Vec<(Column, Column)>);

impl Reference {
    pub(crate) fn new(pairs: impl IntoIterator<Item = (Column, Column)>) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        // In the order of a shape of the table to which they refer.
        pairs.sort_unstable_by(|(_, one), (_, other)| one.cmp(other));
        Self(pairs)
    }

    /// Returns the pairs of a child's column and its parent's, in the order of the latter.
    pub(crate) fn pairs(&self) -> &[(Column, Column)] {
        &self.0
    }
}

/// The operations on the table `from` that are also performed on the table `to`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pass {
    pub(crate) from: TableName,
    pub(crate) to: TableName,
    pub(crate) what: Passed,
}

/// The operations that a table passes on to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Passed {
    /// Everything; columns have the same names in both.
    All,
    /// Everything but INSERTs; columns have the same names in both.
    AllButInserts,
    /// Everything; columns may have other names in the other table.
    Renamed,
}

impl Facts {
    /// Records that a read of `view` reads `tables`.
    pub(crate) fn add_shown(&mut self, view: TableName, tables: &Tables) {
        self.shows.entry(view).or_insert(Tables::NONE).add_all(tables);
    }

    /// Records that any write to `written` may change `tables` in any way.
    pub(crate) fn add_changed(&mut self, written: TableName, tables: &Tables) {
        self.add_effect(written, Operations::ALL, Writes::to(tables, &Operations::ALL));
    }

    /// Records that each of the operations `when` on `on` may also perform `does`.
    pub(crate) fn add_effect(&mut self, on: TableName, when: Operations, does: Writes) {
        self.add_reference(on, when, does, None);
    }

    /// Like [`add_effect`](Self::add_effect), through a foreign key.
    pub(crate) fn add_reference(&mut self, on: TableName, when: Operations, does: Writes, through: Option<Reference>) {
        self.add(Effect {
            on,
            when,
            does,
            is_of_same_rows: false,
            through,
        });
    }

    fn add(&mut self, effect: Effect) {
        let is_nothing = effect.when.is_none() || effect.does.is_empty();
        if !is_nothing && !self.effects.contains(&effect) {
            self.effects.push(effect);
        }
    }

    /// Records that an UPDATE of any column of a table may change these columns, which are derived from others.
    pub(crate) fn add_derived(&mut self, table: &str, columns: &[String]) {
        let table = TableName::new(table);
        let derived = Operations::update_of(columns.iter().map(|column| Column::new(column)));
        self.add_to_same_rows(&table, Operations::UPDATE, derived);
    }

    /// Records that the UPDATEs `when` of a table also change these columns of its rows.
    pub(crate) fn add_assigned(&mut self, table: &TableName, when: Operations, columns: Columns) {
        let does = Operations {
            update: columns,
            ..Operations::NONE
        };
        if !does.is_none() {
            self.add_to_same_rows(table, when, does);
        }
    }

    fn add_to_same_rows(&mut self, table: &TableName, when: Operations, does: Operations) {
        self.add(Effect {
            on: table.clone(),
            when,
            does: Writes::one(table.clone(), does),
            is_of_same_rows: true,
            through: None,
        });
    }

    /// Records that an operation on `from` is also one on `to`.
    pub(crate) fn add_pass(&mut self, from: TableName, to: TableName, what: Passed) {
        self.passes.insert(Pass { from, to, what });
    }

    pub(crate) fn add_all(&mut self, other: &Self) {
        for (view, tables) in &other.shows {
            self.add_shown(view.clone(), tables);
        }
        other.effects.iter().for_each(|effect| self.add(effect.clone()));
        self.passes.extend(other.passes.iter().cloned());
    }

    /// Returns `true` for a table that shows only its own rows and passes no operations on.
    ///
    /// A write through a view counts as a write to the view, on which readers of the view's tables depend.
    pub(crate) fn is_plain(&self, table: &TableName) -> bool {
        let is_passed = |pass: &Pass| pass.from == *table || (pass.to == *table && pass.what != Passed::Renamed);
        !self.shows.contains_key(table) && !self.passes.iter().any(is_passed)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shows.is_empty() && self.effects.is_empty() && self.passes.is_empty()
    }
}
