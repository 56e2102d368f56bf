//! The rows that one query reads, as slots.

use std::sync::Arc;

use smallvec::SmallVec;

use super::definition::Defined;
use super::describe::{DescribedRows, describe};
use super::parents::Parent;
use super::shape::{ColumnValues, Shape, canonical, tags};
use super::shapes::{Shapes, TableShapes};
use super::slots::{TableSlots, watched};
use crate::catalog::ColumnKind;
use crate::fault::{Mutation, is_mutated};
use crate::generation::{Generations, Slot};
use crate::key::{Bind, Binds, Statement};
use crate::sql::{Column, MOST_VALUES, Occurrence, Operand, TableName};

/// The slots of the rows that a query reads, without the values of its binds.
#[derive(Clone, Debug)]
pub(super) struct RowReads {
    /// The slots that are the same for all binds.
    pub(super) fixed: TableSlots,
    uses: Vec<Use>,
}

/// One use of a table of which the query reads some rows.
#[derive(Clone, Debug)]
struct Use {
    name: TableName,
    table: Arc<TableShapes>,
    shape: Arc<Shape>,
    columns: Vec<(ColumnKind, Vec<Operand>)>,
    inserted: Inserted,
    /// Whether the query depends only on the existence of the row, because rows that it reads refer to the row.
    is_alone: bool,
}

/// When new rows of unknown values can change the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inserted {
    Matter,
    /// Only if the result is empty. Otherwise the result shows that the row exists, and there can be only one.
    WhileEmpty,
    /// Never: these are rows to which others refer, and nothing refers to a new row.
    Never,
}

/// The slots of rows, and of everything else that the query depends on, in ascending order.
#[derive(Debug)]
pub(super) struct RowSlots {
    pub(super) slots: SmallVec<[Slot; 8]>,
    /// Slots that no longer matter once the result is not empty.
    pub(super) inserted: InsertedSlots,
    /// The epoch in which a stamp of these slots is safe to take.
    pub(super) epoch: u64,
    /// The generations of the tables' definitions under which a stamp of these slots is safe.
    pub(super) defined: Defined,
}

/// The slots of new rows of unknown values, in some shapes.
pub(crate) type InsertedSlots = SmallVec<[Slot; 2]>;

impl RowReads {
    /// Returns the rows that a query reads of each table, where that is known; of all other tables, it reads any.
    pub(super) fn of(
        namespace: &str,
        shapes: &Shapes,
        statement: &Statement,
        extra: &[TableName],
    ) -> (Vec<TableName>, Self) {
        let mut reads = Self {
            fixed: TableSlots::new(),
            uses: Vec::new(),
        };
        let mut by_row: Vec<TableName> = Vec::new();
        for name in statement.reads().known().iter().filter(|table| !extra.contains(table)) {
            let Some(table) = shapes.table(name) else { continue };
            let occurrences: Vec<&Occurrence> = (statement.occurrences().iter())
                .filter(|occurrence| occurrence.table == *name)
                .collect();
            let is_stable = !table.stable.is_empty() && !shapes.read_volatile(table, statement);
            let choice = if is_stable { &table.stable } else { &table.shapes };
            let uses: Option<Vec<Use>> = occurrences
                .iter()
                .map(|occurrence| Use::of(shapes, table, choice, occurrence))
                .collect();
            match uses.filter(|uses| !uses.is_empty()) {
                Some(uses) => reads.add(uses),
                None if is_stable => reads.add(Vec::from_iter(Use::of_all(name, table))),
                None => continue,
            }
            let mut known = Vec::new();
            let mut parents = Vec::new();
            for parent in shapes.parents.get(name).iter().filter(|_| !occurrences.is_empty()) {
                let uses = occurrences
                    .iter()
                    .map(|occurrence| Use::of_parent(shapes, parent, occurrence));
                if let Some(uses) = uses.collect::<Option<Vec<_>>>() {
                    known.push(parent);
                    parents.extend(uses);
                }
            }
            let dependencies = shapes.parents.dependencies(name, &known);
            for (table, operations) in &dependencies {
                reads.fixed.extend(watched(namespace, table, operations));
            }
            for one in &mut parents {
                one.is_alone = !dependencies.contains_key(&one.name);
            }
            if !is_mutated(Mutation::RowsParents) {
                reads.add(parents);
            }
            by_row.push(name.clone());
        }
        (by_row, reads)
    }

    fn add(&mut self, uses: Vec<Use>) {
        let spreading = uses.iter().flat_map(|one| one.table.spreading.iter().copied());
        self.fixed
            .extend(spreading.filter(|_| !is_mutated(Mutation::RowsSpreading)));
        self.fixed.extend(uses.iter().map(|one| one.shape.unknown));
        // Writers know these shapes only while the table is defined as the catalog showed it.
        self.fixed.extend(uses.iter().flat_map(|one| one.table.definitions()));
        self.uses.extend(uses);
    }

    /// Returns the slots for these binds, with those of `base`; `None` if the query must be stamped with whole tables.
    pub(super) fn slots(&self, base: &[Slot], binds: &Binds, generations: &Generations) -> Option<RowSlots> {
        let mut reading = generations.read();
        if reading.epoch().is_none() {
            // The cluster may be lost. Then a reader may still judge entries by the kept mirror; no stamp can be taken.
            reading = generations.read_lost()?;
        }
        let epoch = reading.epoch()?;
        let mut slots = SmallVec::from_slice(base);
        let (mut inserted, mut defined) = (InsertedSlots::new(), Defined::new());
        for one in &self.uses {
            let shape = &one.shape;
            defined.extend(one.table.as_read(epoch, &reading)?);
            if !one.table.is_in_use(shape, epoch, generations) {
                return None;
            }
            let is_one = one.add_tags(binds, &mut slots)?;
            match one.inserted {
                _ if is_mutated(Mutation::RowsInserted) => {}
                Inserted::WhileEmpty if is_one => inserted.push(shape.inserted),
                Inserted::Matter | Inserted::WhileEmpty => slots.push(shape.inserted),
                Inserted::Never => {}
            }
        }
        inserted.retain(|slot| !slots.contains(slot));
        slots.sort_unstable();
        slots.dedup();
        Some(RowSlots {
            slots,
            inserted,
            epoch,
            defined,
        })
    }

    /// Describes for people on which rows the query depends.
    pub(super) fn describe(&self, binds: &Binds) -> Vec<DescribedRows> {
        let is_worth_it = |one: &&Use| one.inserted != Inserted::Never || one.is_alone;
        let worth_it = self.uses.iter().filter(is_worth_it);
        worth_it.map(|one| one.describe(binds)).collect()
    }
}

impl Use {
    /// Chooses the shape by which a use of a table is stamped: the first of which all columns have known values.
    fn of(shapes: &Shapes, table: &Arc<TableShapes>, choice: &[Arc<Shape>], occurrence: &Occurrence) -> Option<Self> {
        if !knows_its_way(shapes, occurrence) {
            return None;
        }
        let columns = |shape: &Shape| -> Option<Vec<(ColumnKind, Vec<Operand>)>> {
            let operands = |(column, kind): &(_, _)| Some((*kind, occurrence.rows.get(column)?.to_vec()));
            shape.columns.iter().map(operands).collect()
        };
        let (shape, columns) = choice.iter().find_map(|shape| Some((shape, columns(shape)?)))?;
        let is_proved = occurrence.proves && shape.is_unique;
        Some(Self {
            name: occurrence.table.clone(),
            shape: Arc::clone(shape),
            columns,
            inserted: if is_proved {
                Inserted::WhileEmpty
            } else {
                Inserted::Matter
            },
            is_alone: false,
            table: Arc::clone(table),
        })
    }

    /// Returns every row of a table of which the query reads no volatile columns.
    fn of_all(name: &TableName, table: &Arc<TableShapes>) -> Option<Self> {
        let shape = table.stable.iter().find(|shape| shape.columns.is_empty())?;
        Some(Self {
            name: name.clone(),
            shape: Arc::clone(shape),
            columns: Vec::new(),
            inserted: Inserted::Matter,
            is_alone: false,
            table: Arc::clone(table),
        })
    }

    /// Returns the rows to which those of a use of a table refer by a foreign key, if they are known.
    fn of_parent(shapes: &Shapes, parent: &Parent, occurrence: &Occurrence) -> Option<Self> {
        let child = shapes.table(&occurrence.table)?;
        let table = shapes.table(&parent.table)?;
        let is_referred = |shape: &&Arc<Shape>| shape.columns.iter().map(|(column, _)| column).eq(parent.referred());
        let shape = table.removals.iter().find(is_referred)?;
        let columns = parent
            .pairs()
            .iter()
            .zip(&shape.columns)
            .map(|((column, _), (_, kind))| {
                child.columns.get(column)?;
                Some((*kind, occurrence.rows.get(column)?.to_vec()))
            });
        let columns: Option<Vec<_>> = columns.collect();
        Some(Self {
            name: parent.table.clone(),
            shape: Arc::clone(shape),
            columns: columns.filter(|_| knows_its_way(shapes, occurrence))?,
            inserted: Inserted::Never,
            is_alone: false,
            table: Arc::clone(table),
        })
    }

    /// Adds the tags of the rows for these binds; `None` if the rows are not known. Returns `true` if all rows have the
    /// same values in the shape's columns, so that there is a single tag.
    fn add_tags(&self, binds: &Binds, slots: &mut SmallVec<[Slot; 8]>) -> Option<bool> {
        let id = self.shape.id;
        if let [(kind, operands)] = &*self.columns
            && let [operand] = &**operands
            && let Some(value) = value(*kind, *operand, binds)
        {
            // The usual case.
            slots.push(Slot::rows(id, [value]));
            return Some(true);
        }
        self.add_all_tags(binds, slots)
    }

    fn add_all_tags(&self, binds: &Binds, slots: &mut SmallVec<[Slot; 8]>) -> Option<bool> {
        let columns = self.columns.iter();
        let values: Option<Vec<ColumnValues>> =
            columns.map(|(kind, operands)| values(*kind, operands, binds)).collect();
        let values = values?;
        let tags = tags(self.shape.id, &values, MOST_VALUES)?;
        // Two rows may share a tag.
        let is_one = |values: &ColumnValues| values.iter().all(|value| *value == values[0]);
        let are_one = !tags.is_empty() && values.iter().all(is_one);
        slots.extend(tags);
        Some(are_one)
    }

    fn describe(&self, binds: &Binds) -> DescribedRows {
        let columns = self.shape.columns.iter().zip(&self.columns);
        let columns = columns.map(|((column, _), (kind, operands))| {
            let values = values(*kind, operands, binds).unwrap_or_default();
            (column, *kind, values)
        });
        DescribedRows {
            table: self.name.clone(),
            rows: describe(columns),
            but: self.shape.volatile().into(),
            are_parents: self.inserted == Inserted::Never,
        }
    }
}

/// Returns `true` if the columns from which the values are inferred compare in the same way as the values.
fn knows_its_way(shapes: &Shapes, occurrence: &Occurrence) -> bool {
    let is_known = |(table, column): &(TableName, Column)| {
        shapes
            .table(table)
            .is_some_and(|table| table.columns.contains_key(column))
    };
    occurrence.through.iter().all(is_known)
}

/// Returns the only value that a column may have; `None` if it is not known, or there may be several.
#[inline]
fn value(kind: ColumnKind, operand: Operand, binds: &Binds) -> Option<u128> {
    match operand {
        Operand::Value(value) => canonical(kind, value),
        Operand::Bind(number) => match binds.get(number)? {
            Bind::Value(value) => canonical(kind, *value),
            Bind::Elements(_) | Bind::Unknown => None,
        },
        Operand::Elements(_) => None,
    }
}

/// Returns the values that a column may have; `None` if one is not known.
fn values(kind: ColumnKind, operands: &[Operand], binds: &Binds) -> Option<ColumnValues> {
    let mut values = ColumnValues::new();
    for operand in operands {
        match *operand {
            Operand::Value(_) | Operand::Bind(_) => values.push(value(kind, *operand, binds)?),
            Operand::Elements(number) => match binds.get(number)? {
                Bind::Elements(elements) => {
                    for &value in elements {
                        values.push(canonical(kind, value)?);
                    }
                }
                Bind::Value(_) | Bind::Unknown => return None,
            },
        }
    }
    Some(values)
}
