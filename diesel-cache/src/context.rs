//! What all regions of a cache share: generations, clock, listeners, and which slots an entry depends on.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::catalog::{Catalogs, Dependency};
use crate::clock::{Millis, Time};
use crate::event::Listeners;
use crate::footprint::{any_table, whole};
use crate::generation::{Generations, Slot};
use crate::tables::{Operations, TableName, Tables, Writes};

/// The part of every key and slot that keeps tenants and databases apart; empty by default.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Namespace(Arc<str>);

impl Namespace {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.into())
    }

    pub(crate) fn shared(&self) -> &Arc<str> {
        &self.0
    }
}

impl Deref for Namespace {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

pub(crate) struct Context {
    pub(crate) generations: Generations,
    pub(crate) clock: Time,
    pub(crate) listeners: Listeners,
    pub(crate) catalogs: Catalogs,
}

impl Context {
    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The writes that make a load stale: any to a table that its statement reads, or to one of `more`, and what the catalog adds.
    pub(crate) fn dependencies(&self, namespace: &Namespace, reads: &Tables, more: &[TableName]) -> Writes {
        let mut all = Writes::to(reads, &Operations::ALL);
        more.iter().for_each(|table| all.add(table.clone(), Operations::ALL));
        self.catalogs.visit(
            namespace.shared(),
            known(reads).iter().chain(more),
            |dependency| match dependency {
                Dependency::Table(table, operations, _) => all.add(table.clone(), operations.clone()),
                Dependency::Everything => all = Writes::Everything,
            },
        );
        all
    }

    /// Calls `see` with the tables, as slots, that an entry with these [dependencies](Self::dependencies) is stamped with.
    pub(crate) fn read_slots(
        &self,
        namespace: &Namespace,
        reads: &Tables,
        more: &[TableName],
        mut see: impl FnMut(Slot),
    ) {
        if *reads == Tables::Everything {
            see(any_table(namespace));
        }
        let named = || known(reads).iter().chain(more);
        named().for_each(|table| see(whole(namespace, table)));
        self.catalogs
            .visit(namespace.shared(), named(), |dependency| match dependency {
                Dependency::Table(.., slots) => slots.iter().copied().for_each(&mut see),
                Dependency::Everything => see(any_table(namespace)),
            });
    }
}

fn known(tables: &Tables) -> &[TableName] {
    match tables {
        Tables::Known(tables) => tables,
        Tables::Everything => &[],
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("generations", &self.generations)
            .finish_non_exhaustive()
    }
}
