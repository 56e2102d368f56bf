//! The parents of rows. If a query fixes a foreign key, its rows change with one parent only, and not with every parent
//! that is removed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::closure::causes_beside;
use crate::catalog::{Effect, Facts, Reference};
use crate::sql::{Column, Operations, TableName};

/// The foreign keys through which rows change with the row to which they refer.
#[derive(Debug, Default)]
pub(super) struct Parents {
    facts: Facts,
    /// For each table that refers to others.
    of: HashMap<TableName, Vec<Parent>>,
}

/// A foreign key of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parent {
    /// The table to which it refers, which is another.
    pub(super) table: TableName,
    reference: Reference,
}

impl Parents {
    pub(super) fn of(facts: &Facts) -> Self {
        let mut of: HashMap<TableName, Vec<Parent>> = HashMap::new();
        for effect in &facts.effects {
            let Some(reference) = &effect.through else { continue };
            for (child, _) in effect.does.known() {
                let parent = Parent {
                    table: effect.on.clone(),
                    reference: reference.clone(),
                };
                let known = of.entry(child.clone()).or_default();
                if *child != parent.table && !known.contains(&parent) {
                    known.push(parent);
                }
            }
        }
        Self {
            facts: facts.clone(),
            of,
        }
    }

    /// Returns the foreign keys of a table.
    pub(super) fn get(&self, table: &TableName) -> &[Parent] {
        self.of.get(table).map_or(&[], |parents| parents)
    }

    /// Returns the sets of columns of a table to which others refer, each sorted.
    pub(super) fn referred_of(&self, table: &TableName) -> impl Iterator<Item = Vec<&Column>> {
        let parents = self.of.values().flatten().filter(|parent| parent.table == *table);
        let sets: BTreeSet<Vec<&Column>> = parents.map(|parent| parent.referred().collect()).collect();
        sets.into_iter()
    }

    /// Returns what a query depends on beside a table that it reads, and beside the rows to which `known` foreign keys
    /// of the table refer.
    pub(super) fn dependencies<'a>(
        &'a self,
        table: &'a TableName,
        known: &[&Parent],
    ) -> BTreeMap<&'a TableName, Operations> {
        let is_known = |effect: &Effect| known.iter().any(|parent| parent.explains(effect));
        causes_beside(&self.facts, table, is_known)
    }
}

impl Parent {
    /// Returns the pairs of the table's column and the parent's, sorted by the latter.
    pub(super) fn pairs(&self) -> &[(Column, Column)] {
        self.reference.pairs()
    }

    /// Returns the parent's columns, sorted.
    pub(super) fn referred(&self) -> impl Iterator<Item = &Column> {
        self.pairs().iter().map(|(_, column)| column)
    }

    fn explains(&self, effect: &Effect) -> bool {
        effect.on == self.table && effect.through.as_ref() == Some(&self.reference)
    }
}
