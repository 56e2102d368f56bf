//! The slots that the writes of one connection move.

use super::shape::{ColumnValues, Shape, Tags, canonical, tags};
use super::shapes::Shapes;
use super::slots::table_slots;
use crate::catalog::ColumnKind;
use crate::fault::{Mutation, is_mutated};
use crate::generation::{Registry, ShapeList, ShapePart, Slot};
use crate::sql::{Image, MOST_VALUES, Operand, RowChange, RowChanges, Value, Writes};

/// The number of writes of a connection that are memoised. UPDATEs of different columns count as different writes.
/// Beyond the bound, the memo is emptied.
const CAPACITY: usize = 64;

/// Writes and their slots in one namespace, without those of rows.
///
/// Most connections write to a few tables again and again, and the position of a slot takes a SHA-256 to compute.
#[derive(Debug, Default)]
pub(crate) struct WrittenSlotsMemo(Vec<(Writes, WrittenSlots)>);

/// The slots that a write moves.
#[derive(Debug)]
pub(crate) struct WrittenSlots {
    /// The slots of the tables, and of the operations on them.
    pub(crate) slots: Vec<Slot>,
    /// Where to find the shapes that are in use, for each table in order.
    lists: Vec<ShapeList>,
}

impl WrittenSlots {
    pub(crate) fn of(namespace: &str, writes: &Writes) -> Self {
        let lists = writes
            .known()
            .iter()
            .map(|(table, _)| ShapeList::of(namespace, table.as_str()));
        Self {
            slots: table_slots(namespace, writes),
            lists: lists.collect(),
        }
    }

    /// Returns the slots of the rows that a write moves: those of the shapes that are in use. `shapes` are those that
    /// this process knows. Of any other shape the write counts as touching every row.
    pub(crate) fn rows(&self, writes: &Writes, shapes: Option<&Shapes>, registry: &Registry<'_>) -> Vec<Slot> {
        let mut slots = Vec::new();
        for ((table, operations), list) in writes.known().iter().zip(&self.lists) {
            let known = shapes.and_then(|shapes| shapes.table(table));
            for id in registry.shapes(*list) {
                match known.and_then(|known| known.all_shapes().find(|shape| shape.id == id)) {
                    Some(shape) if !shape.counts(operations) => {}
                    Some(shape) => move_rows(shape, &operations.rows, &mut slots),
                    None if is_mutated(Mutation::RowsRegistry) => {}
                    // Tables may share a list.
                    None if shapes.is_some_and(|shapes| shapes.know(id)) => {}
                    None => slots.push(Slot::of_shape(id, ShapePart::Unknown)),
                }
            }
        }
        slots.sort_unstable();
        slots.dedup();
        slots
    }
}

impl WrittenSlotsMemo {
    /// Returns everything that these writes move in the namespace, which must be the same at each call.
    pub(crate) fn get(&mut self, namespace: &str, writes: &Writes) -> &WrittenSlots {
        let place = match self.0.iter().position(|(known, _)| known.are_as(writes)) {
            Some(place) => place,
            None => {
                if self.0.len() == CAPACITY {
                    self.0.clear();
                }
                self.0.push((writes.clone(), WrittenSlots::of(namespace, writes)));
                self.0.len() - 1
            }
        };
        // The next write is probably the same, so it is put where it is found first.
        self.0.swap(0, place);
        &self.0[0].1
    }
}

fn move_rows(shape: &Shape, changes: &RowChanges, slots: &mut Vec<Slot>) {
    let changes = match changes {
        RowChanges::Any if is_mutated(Mutation::RowsAny) => return,
        RowChanges::Any => return slots.push(shape.unknown),
        RowChanges::These(changes) => changes,
    };
    for RowChange { before, after } in changes.iter() {
        if let Some(before) = before.as_ref().filter(|_| !is_mutated(Mutation::RowsBefore)) {
            match tags_of(shape, before, |_, _| true) {
                Some(tags) => slots.extend(tags),
                None if is_mutated(Mutation::RowsUnknown) => {}
                None => slots.push(shape.unknown),
            }
        }
        if let Some(after) = after.as_ref().filter(|_| !is_mutated(Mutation::RowsAfter)) {
            let is_new = before.is_none();
            match tags_of(shape, after, |kind, value| is_kept(kind, value, is_new)) {
                Some(tags) => slots.extend(tags),
                None if is_new => slots.push(shape.inserted),
                None => slots.push(shape.unknown),
            }
        }
    }
}

/// Returns the tags of rows; `None` if a value is not known.
fn tags_of(shape: &Shape, image: &Image, counts: impl Fn(ColumnKind, Value) -> bool) -> Option<Tags> {
    let mut columns = Vec::with_capacity(shape.columns.len());
    for (column, kind) in &shape.columns {
        let values = image.get(column)?.iter().map(|operand| match operand {
            Operand::Value(value) if counts(*kind, *value) => canonical(*kind, *value),
            _ => None,
        });
        columns.push(values.collect::<Option<ColumnValues>>()?);
    }
    tags(shape.id, &columns, MOST_VALUES)
}

/// Returns `true` if a column that is set to this value has exactly this value afterwards.
fn is_kept(kind: ColumnKind, value: Value, is_new: bool) -> bool {
    match (kind, value) {
        (
            ColumnKind::Integer {
                min,
                max,
                zero_is_generated,
                ..
            },
            Value::Integer(value),
        ) => (min..=max).contains(&value) && !(is_new && zero_is_generated && value == 0),
        (ColumnKind::Integer { zero_is_generated, .. }, Value::Bool(false)) => !(is_new && zero_is_generated),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Operations, canonical};

    #[test]
    fn memoised_slots_are_the_derived_ones() {
        let mut memo = WrittenSlotsMemo::default();
        for round in 0..3 {
            for table in 0..=CAPACITY + round {
                let writes = Writes::one(canonical(&format!("table{table}")), Operations::INSERT);
                assert_eq!(memo.get("tenant", &writes).slots, table_slots("tenant", &writes));
                assert!(memo.0.len() <= CAPACITY);
            }
        }
        assert_eq!(
            memo.get("tenant", &Writes::Everything).slots,
            table_slots("tenant", &Writes::Everything)
        );
        assert!(memo.get("tenant", &Writes::Nothing).slots.is_empty());
    }
}
