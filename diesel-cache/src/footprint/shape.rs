//! One set of columns of a table, and the slots of its rows.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use smallvec::SmallVec;

use crate::catalog::ColumnKind;
use crate::generation::{Generations, ShapeId, ShapeList, ShapePart, Slot};
use crate::sql::{Column, Columns, Operations, TableName, Value};

/// A set of columns.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(super) id: ShapeId,
    /// Sorted by name.
    pub(super) columns: Vec<(Column, ColumnKind)>,
    pub(super) is_unique: bool,
    counts: Counts,
    pub(super) unknown: Slot,
    pub(super) inserted: Slot,
    /// The epoch in which all writers know that the shape is in use; 0 if there is none.
    used_in: AtomicU64,
}

/// Which writes move the slots of a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    Everything,
    /// Only those that remove values of its columns.
    Removals,
    /// All except those that set only these columns, which are sorted.
    AllBut(Box<[Column]>),
}

impl Shape {
    pub(super) fn new(
        namespace: &str,
        table: &TableName,
        columns: Vec<(Column, ColumnKind)>,
        is_unique: bool,
        counts: Counts,
    ) -> Self {
        let mut described: Vec<String> = columns
            .iter()
            .map(|(column, kind)| format!("{column} {kind:?}"))
            .collect();
        match &counts {
            Counts::Everything => {}
            Counts::Removals => described.push("removals".into()),
            Counts::AllBut(volatile) => described.extend(volatile.iter().map(|column| format!("but {column}"))),
        }
        let id = ShapeId::new(namespace, table.as_str(), described.iter().map(String::as_str));
        Self {
            id,
            columns,
            is_unique,
            counts,
            unknown: Slot::of_shape(id, ShapePart::Unknown),
            inserted: Slot::of_shape(id, ShapePart::Inserted),
            used_in: AtomicU64::new(0),
        }
    }

    /// Returns the columns whose changes do not move slots of the shape.
    pub(super) fn volatile(&self) -> &[Column] {
        match &self.counts {
            Counts::AllBut(volatile) => volatile,
            Counts::Everything | Counts::Removals => &[],
        }
    }

    /// Returns `true` if these operations on its table move slots of the shape.
    pub(super) fn counts(&self, operations: &Operations) -> bool {
        let Operations {
            insert,
            update,
            delete,
            truncate,
            replace,
            define,
            rows: _,
        } = operations;
        let removes = *delete || *truncate || *replace || *define;
        match (&self.counts, update) {
            (Counts::Everything, _) | (_, Columns::Any) => true,
            (Counts::Removals, Columns::None) => removes,
            (Counts::Removals, Columns::These(columns)) => {
                removes || self.columns.iter().any(|(column, _)| columns.contains(column))
            }
            (Counts::AllBut(_), Columns::None) => true,
            (Counts::AllBut(volatile), Columns::These(columns)) => {
                removes || *insert || !columns.iter().all(|column| volatile.contains(column))
            }
        }
    }

    /// Returns `true` if rows may be stamped by this shape in this epoch. `list` and `whole` are its table's.
    pub(super) fn is_in_use(&self, list: ShapeList, whole: Slot, epoch: u64, generations: &Generations) -> bool {
        if self.used_in.load(Relaxed) == epoch {
            return true;
        }
        let used_in = generations.use_shape(list, self.id, whole);
        if let Some(used_in) = used_in {
            self.used_in.store(used_in, Relaxed);
        }
        used_in == Some(epoch)
    }
}

/// The tags of a shape, without duplicates.
pub(super) type Tags = SmallVec<[Slot; 2]>;

/// The values that a column of a shape may have.
pub(super) type ColumnValues = SmallVec<[u128; 2]>;

/// Returns a slot for each combination of values; `None` if there are too many.
pub(super) fn tags(shape: ShapeId, columns: &[ColumnValues], most: usize) -> Option<Tags> {
    let mut tags = Tags::new();
    if let [values] = columns {
        // The usual case.
        if values.len() > most {
            return None;
        }
        tags.extend(values.iter().map(|value| Slot::rows(shape, [*value])));
    } else {
        let count = columns
            .iter()
            .try_fold(1_usize, |count, values| count.checked_mul(values.len()))?;
        if count > most {
            return None;
        }
        for number in 0..count {
            let mut rest = number;
            let combination = columns.iter().map(|values| {
                let value = values[rest % values.len()];
                rest /= values.len();
                value
            });
            tags.push(Slot::rows(shape, combination));
        }
    }
    tags.sort_unstable();
    tags.dedup();
    Some(tags)
}

/// Returns the canonical form of a value of the column; `None` if the column cannot be compared with such a value by
/// its text.
pub(super) fn canonical(kind: ColumnKind, value: Value) -> Option<u128> {
    match (kind, value) {
        (ColumnKind::Integer { .. }, Value::Integer(value)) => Some((value as u64).into()),
        (ColumnKind::Integer { takes_bools: true, .. }, Value::Bool(value)) => Some(value.into()),
        (ColumnKind::Bool, Value::Bool(value)) => Some(value.into()),
        (ColumnKind::Uuid, Value::Uuid(value)) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(update: &[&str]) -> Operations {
        match update {
            [] => Operations::NONE,
            _ => Operations::update_of(update.iter().map(|column| Column::new(column))),
        }
    }

    fn shape(counts: Counts) -> Shape {
        let columns = vec![(Column::new("id"), ColumnKind::Bool)];
        Shape::new("", &TableName::new("person"), columns, true, counts)
    }

    #[test]
    fn a_write_counts_where_it_may_matter() {
        let volatile = || Counts::AllBut([Column::new("seen"), Column::new("visits")].into());
        let [all, removals, but] = [Counts::Everything, Counts::Removals, volatile()].map(shape);
        for (operations, removes, matters) in [
            (operations(&["seen"]), false, false),
            (operations(&["seen", "visits"]), false, false),
            (operations(&["name", "seen"]), false, true),
            (operations(&["id"]), true, true),
            (Operations::UPDATE, true, true),
            (Operations::INSERT, false, true),
            (operations(&["seen"]).and(&Operations::INSERT), false, true),
            (Operations::DELETE, true, true),
            (Operations::TRUNCATE, true, true),
            (Operations::REPLACE, true, true),
            (operations(&["seen"]).and(&Operations::DELETE), true, true),
            (
                Operations {
                    define: true,
                    ..operations(&["seen"])
                },
                true,
                true,
            ),
        ] {
            assert!(all.counts(&operations), "{operations:?}");
            assert_eq!(removals.counts(&operations), removes, "{operations:?}");
            assert_eq!(but.counts(&operations), matters, "{operations:?}");
        }
    }

    #[test]
    fn shapes_that_count_differently_differ() {
        let but = |columns: &[&str]| Counts::AllBut(columns.iter().map(|column| Column::new(column)).collect());
        let ids = [
            Counts::Everything,
            Counts::Removals,
            but(&["a"]),
            but(&["a", "b"]),
            but(&["b"]),
        ];
        let ids: std::collections::HashSet<_> = ids.into_iter().map(|counts| shape(counts).id).collect();
        assert_eq!(ids.len(), 5);
    }
}
