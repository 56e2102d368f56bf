//! Foreign keys that change the referring rows.

use super::Facts;
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

/// What happens to the referring rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing: `NO ACTION`, `RESTRICT`.
    Nothing,
    Cascade,
    /// `SET NULL`, `SET DEFAULT`.
    Set,
}

impl Action {
    /// Parses an action as the databases spell it; PostgreSQL uses a letter.
    pub(super) fn of(rule: &str) -> Self {
        match rule {
            "a" | "r" | "NO ACTION" | "RESTRICT" => Self::Nothing,
            "c" | "CASCADE" => Self::Cascade,
            _ => Self::Set,
        }
    }
}

impl Key {
    pub(super) fn add_to(&self, facts: &mut Facts) {
        let columns = |names: &[String]| Operations::update_of(names.iter().map(|name| Column::new(name)));
        let [parent, child] = [&self.parent, &self.child].map(|name| TableName::new(name));
        let (removed, set) = (Operations::DELETE, columns(&self.child_columns));
        if self.on_delete != Action::Nothing {
            let does = if self.on_delete == Action::Cascade {
                removed
            } else {
                set.clone()
            };
            facts.add_effect(parent.clone(), Operations::DELETE, Writes::one(child.clone(), does));
        }
        if self.on_update != Action::Nothing {
            facts.add_effect(parent, columns(&self.parent_columns), Writes::one(child, set));
        }
    }
}
