//! The shapes of tables: the sets of columns by whose values the rows of a table have slots of their own.
//!
//! Beside the slot of the whole table, which every write moves, each shape has
//!
//! | slot | moved by a write that may touch |
//! | --- | --- |
//! | one for each *tag*, the values of the columns | a row that has, or gets, these values |
//! | `unknown` | rows whose values are not known |
//! | `inserted` | nothing but new rows whose values are not known |
//!
//! A query whose conditions fix the columns of a shape is stamped with these in place of the whole table.
//!
//! The columns to which a foreign key refers make a shape of a second kind, of *removals*. Only writes that remove a
//! value move its slots, as a DELETE does, or an UPDATE of these columns.
//!
//! Where columns were declared as volatile, each set of other columns makes a shape of a third kind, which an UPDATE of
//! volatile columns alone does not move.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::closure::Changes;
use super::definition::Definition;
use super::keys::Keys;
use super::parents::Parents;
use super::settings::RowSettings;
use super::shape::Shape;
use super::slots::{Watched, any_definition, definition, watched, whole};
use crate::catalog::{ColumnKind, Facts, RowFacts};
use crate::generation::{Definitions, Generations, Reading, ShapeId, ShapeList, Slot};
use crate::sql::{Calls, Column, StatementFacts, TableName};

/// The shapes of a namespace's tables.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    /// The databases to which the tables belong.
    homes: Vec<Arc<str>>,
    tables: HashMap<TableName, Arc<TableShapes>>,
    /// The shapes of all of these.
    ids: HashSet<ShapeId>,
    /// Functions that may read any row.
    functions: BTreeSet<TableName>,
    pub(super) parents: Parents,
}

/// The shapes of one table.
#[derive(Debug)]
pub(crate) struct TableShapes {
    pub(super) list: ShapeList,
    whole: Slot,
    /// The slot that moves when the table is redefined, and its generation before the catalog was read. Once the slot
    /// has moved, the shapes may no longer be right.
    definition: Definition,
    /// The same for DDL that does not name a table.
    any_definition: Definition,
    pub(super) shapes: Vec<Arc<Shape>>,
    /// The shapes of columns to which other tables refer.
    pub(super) removals: Vec<Arc<Shape>>,
    /// The volatile columns: they change often, and few queries read them.
    pub(super) volatile: Box<[Column]>,
    /// The shapes for queries that read none of these. The last has no columns: it stands for the whole table.
    pub(super) stable: Vec<Arc<Shape>>,
    /// The columns whose values are equal exactly when their texts are.
    pub(super) columns: BTreeMap<Column, ColumnKind>,
    /// The names of all columns.
    pub(super) all: BTreeSet<Column>,
    /// The slots of operations that also change other rows of the table than those on which they are performed.
    pub(super) spreading: Watched,
}

impl Shapes {
    /// Derives the shapes from the findings of a namespace's databases. A table on which they differ has no shapes.
    pub(super) fn of<'a>(
        namespace: &str,
        read: impl Iterator<Item = (&'a Arc<str>, &'a RowFacts, &'a Definitions)> + Clone,
        facts: &Facts,
        settings: &RowSettings,
    ) -> Self {
        let definitions: Vec<&Definitions> = read.clone().map(|(.., definitions)| definitions).collect();
        let mut shapes = Self {
            homes: read.clone().map(|(home, ..)| Arc::clone(home)).collect(),
            ..Self::default()
        };
        if settings.is_off {
            return shapes;
        }
        shapes.parents = Parents::of(facts);
        let changes = Changes::of(facts);
        for (_, rows, _) in read.clone() {
            shapes.functions.extend(rows.functions().iter().cloned());
            for (table, one) in rows.tables() {
                let is_same = |rows: &RowFacts| rows.get(table) == Some(one);
                if !shapes.tables.contains_key(table)
                    && facts.is_plain(table)
                    && !settings.whole.contains(table)
                    && read.clone().all(|(_, rows, _)| is_same(rows))
                {
                    let keys = Keys::of(namespace, table, one);
                    shapes.add(
                        table,
                        TableShapes::of(&keys, &changes, settings, &shapes.parents, &definitions),
                    );
                }
            }
        }
        shapes
    }

    fn add(&mut self, table: &TableName, found: TableShapes) {
        if found.all_shapes().next().is_some() {
            self.ids.extend(found.all_shapes().map(|shape| shape.id));
            self.tables.insert(table.clone(), Arc::new(found));
        }
    }

    /// Returns `true` if these are the shapes of the database to which a connection leads.
    pub(crate) fn are_of(&self, home: &str) -> bool {
        !self.tables.is_empty() && self.homes.iter().any(|known| **known == *home)
    }

    pub(super) fn table(&self, table: &TableName) -> Option<&Arc<TableShapes>> {
        self.tables.get(table)
    }

    /// Returns `true` if this is a shape of one of these tables.
    pub(super) fn know(&self, id: ShapeId) -> bool {
        self.ids.contains(&id)
    }

    /// Returns `true` if one of these tables has shapes.
    pub(crate) fn have_any<'a>(&self, mut tables: impl Iterator<Item = &'a TableName>) -> bool {
        tables.any(|table| self.tables.contains_key(table))
    }

    /// Returns `true` if the statement may read rows by a function that it calls.
    pub(super) fn may_be_read_by(&self, statement: &StatementFacts) -> bool {
        match &statement.calls {
            Calls::Anything => true,
            calls @ Calls::Known(_) => calls.into_iter().any(|name| self.functions.contains(name)),
        }
    }
}

impl TableShapes {
    fn of(
        keys: &Keys<'_>,
        changes: &Changes<'_>,
        settings: &RowSettings,
        parents: &Parents,
        definitions: &[&Definitions],
    ) -> Self {
        let Keys { namespace, table, rows } = *keys;
        let volatile = settings.volatile_of(table, changes);
        Self {
            list: ShapeList::of(namespace, table.as_str()),
            whole: whole(namespace, table),
            definition: Definition::of(definition(namespace, table), definitions),
            any_definition: Definition::of(any_definition(namespace), definitions),
            shapes: keys.of_rows(settings),
            removals: keys.of_removals(parents.referred_of(table)),
            stable: volatile
                .as_deref()
                .map_or_else(Vec::new, |volatile| keys.but(volatile, settings)),
            volatile: volatile.unwrap_or_default(),
            columns: rows.columns.clone(),
            all: rows.all().collect(),
            spreading: watched(namespace, table, &changes.spreading_over(table)),
        }
    }

    /// Returns the shapes of all kinds.
    pub(super) fn all_shapes(&self) -> impl Iterator<Item = &Arc<Shape>> {
        self.shapes.iter().chain(&self.removals).chain(&self.stable)
    }

    /// Returns the slots that move when the table is redefined.
    pub(super) fn definitions(&self) -> [Slot; 2] {
        [self.definition.slot, self.any_definition.slot]
    }

    /// Returns the generations of these slots; `None` unless the table is as the catalog showed it.
    pub(super) fn as_read(&self, epoch: u64, reading: &Reading<'_>) -> Option<[(Slot, u64); 2]> {
        let both = [self.definition, self.any_definition];
        let [table, any] = both.map(|definition| definition.standing(epoch, reading));
        Some([table?, any?])
    }

    /// Returns `true` if rows may be stamped by this shape in this epoch.
    pub(super) fn is_in_use(&self, shape: &Shape, epoch: u64, generations: &Generations) -> bool {
        shape.is_in_use(self.list, self.whole, epoch, generations)
    }
}
