//! Foreign keys that change the referring rows.

use super::{Facts, Reference};
use crate::sql::{Column, Operations, TableName, Writes};

/// A foreign key.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) parent: String,
    pub(super) child: String,
    /// The referenced columns; empty if they are not known.
    pub(super) parent_columns: Vec<String>,
    pub(super) child_columns: Vec<String>,
    pub(super) on_delete: Action,
    pub(super) on_update: Action,
}

/// The action on the referring rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing: `NO ACTION`, `RESTRICT`.
    Nothing,
    Cascade,
    SetNull,
    SetDefault,
}

impl Action {
    /// Parses an action as the databases spell it; PostgreSQL uses a letter.
    pub(super) fn of(rule: &str) -> Self {
        match rule {
            "a" | "r" | "NO ACTION" | "RESTRICT" => Self::Nothing,
            "c" | "CASCADE" => Self::Cascade,
            "n" | "SET NULL" => Self::SetNull,
            _ => Self::SetDefault,
        }
    }
}

impl Key {
    pub(super) fn add_to(&self, facts: &mut Facts) {
        let columns = |names: &[String]| Operations::update_of(names.iter().map(|name| Column::new(name)));
        let [parent, child] = [&self.parent, &self.child].map(|name| TableName::new(name));
        let set = || columns(&self.child_columns);
        let mut add = |when, action, does| {
            if action != Action::Nothing {
                let does = Writes::one(child.clone(), does);
                facts.add_reference(parent.clone(), when, does, self.reference(action));
            }
        };
        let does = match self.on_delete {
            Action::Cascade => Operations::DELETE,
            _ => set(),
        };
        add(Operations::DELETE, self.on_delete, does);
        add(columns(&self.parent_columns), self.on_update, set());
    }

    /// Returns the pairs of columns, if the action changes no rows but those that have, or get, the values of the row
    /// to which they refer.
    fn reference(&self, action: Action) -> Option<Reference> {
        let is_known = action != Action::SetDefault && self.parent_columns.len() == self.child_columns.len();
        let pairs = self.child_columns.iter().zip(&self.parent_columns);
        is_known.then(|| Reference::new(pairs.map(|(child, parent)| (Column::new(child), Column::new(parent)))))
    }
}
