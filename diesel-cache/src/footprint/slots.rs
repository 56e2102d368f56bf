//! The slots that stand for tables, and for operations on them.
//!
//! Every write moves the slot of each table that it writes, its *whole*, on which every reader of the table depends.
//! Beside it move the slots of its operations, for the readers of *other* tables to which the write leads (see
//! [`catalog`](crate::catalog)):
//!
//! | operation | slots that a write moves | slots that a reader depends on |
//! | --- | --- | --- |
//! | INSERT | `insert` | `insert` |
//! | DELETE | `delete` | `delete` |
//! | TRUNCATE | `truncate` | `truncate` |
//! | DDL | all of these, and `define` | the shapes of its rows depend on `define` |
//! | SQLite's `OR REPLACE` | `replace`, and those of what else it does | `replace` |
//! | UPDATE of known columns | `update`, and one for each column | one for each column, and `unknown` or `delete` |
//! | UPDATE of unknown columns | `update`, `unknown`, `delete` | `update` |
//!
//! An UPDATE of unknown columns moves `delete` too, so that a reader that depends on a key's removal and on its change,
//! as a child does on its parent, needs no third slot. A reader that depends on every INSERT, UPDATE and DELETE depends
//! on the whole.
//!
//! Writers need no catalog: the text of a write shows which slots it moves.

use smallvec::SmallVec;

use crate::generation::Slot;
use crate::sql::{Columns, Operations, TableName, Writes};

/// The table that stands for "any table at all": moved by every write, stamped by queries whose tables cannot be known.
/// No table has this name, as names have no control characters.
const ANY_TABLE: &str = "\u{0}any";

/// The slots of tables. Those of a usual query are in place: counting references to them would cost a load more than
/// copying them.
pub(crate) type TableSlots = SmallVec<[Slot; 6]>;

/// The slots of one table that a reader depends on.
pub(crate) type Watched = SmallVec<[Slot; 2]>;

pub(crate) fn any_table(namespace: &str) -> Slot {
    Slot::table(namespace, ANY_TABLE)
}

pub(crate) fn whole(namespace: &str, table: &TableName) -> Slot {
    Slot::table(namespace, table.as_str())
}

/// Returns every slot that these writes move, but for those of rows.
pub(crate) fn table_slots(namespace: &str, writes: &Writes) -> Vec<Slot> {
    match writes {
        Writes::Everything => vec![Slot::everything(namespace)],
        Writes::Nothing => Vec::new(),
        Writes::Known(tables) => {
            let mut slots = Vec::new();
            for (table, operations) in tables.iter() {
                slots.push(whole(namespace, table));
                move_operations(namespace, table, operations, &mut slots);
            }
            slots.push(any_table(namespace));
            slots
        }
    }
}

fn move_operations(namespace: &str, table: &TableName, operations: &Operations, slots: &mut Vec<Slot>) {
    let mut push = |operation: &[&str]| slots.push(slot(namespace, table, operation));
    if operations.insert {
        push(&["insert"]);
    }
    if operations.delete || operations.update == Columns::Any {
        push(&["delete"]);
    }
    if operations.truncate {
        push(&["truncate"]);
    }
    if operations.replace {
        push(&["replace"]);
    }
    if operations.define {
        slots.push(definition(namespace, table));
    }
    let mut push = |operation: &[&str]| slots.push(slot(namespace, table, operation));
    match &operations.update {
        Columns::None => {}
        Columns::These(columns) => {
            push(&["update"]);
            columns.iter().for_each(|column| push(&["column", column.as_str()]));
        }
        Columns::Any => {
            push(&["update"]);
            push(&["unknown"]);
        }
    }
}

/// Returns slots that move with each of these operations on the table, and with as few others as possible.
pub(crate) fn watched(namespace: &str, table: &TableName, operations: &Operations) -> Watched {
    let mut slots = Watched::new();
    if operations.insert && operations.delete && operations.update == Columns::Any {
        slots.push(whole(namespace, table));
        return slots;
    }
    let mut push = |operation: &[&str]| slots.push(slot(namespace, table, operation));
    if operations.insert {
        push(&["insert"]);
    }
    if operations.delete {
        push(&["delete"]);
    }
    if operations.truncate {
        push(&["truncate"]);
    }
    if operations.replace {
        push(&["replace"]);
    }
    match &operations.update {
        Columns::None => {}
        Columns::These(columns) => {
            columns.iter().for_each(|column| push(&["column", column.as_str()]));
            if !operations.delete {
                push(&["unknown"]);
            }
        }
        Columns::Any => push(&["update"]),
    }
    slots
}

/// Returns the slot that moves when the table is redefined.
pub(super) fn definition(namespace: &str, table: &TableName) -> Slot {
    Slot::definition(namespace, table.as_str())
}

/// Returns the slot that moves when something is redefined that may belong to any table.
pub(crate) fn any_definition(namespace: &str) -> Slot {
    Slot::definition(namespace, ANY_TABLE)
}

fn slot(namespace: &str, table: &TableName, operation: &[&str]) -> Slot {
    Slot::operation(namespace, table.as_str(), operation)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Returns all sets of operations on a table with the columns `a` and `b`.
    fn sets() -> Vec<Operations> {
        let updates = [
            Operations::NONE,
            update("a"),
            update("b"),
            update("a b"),
            Operations::UPDATE,
        ];
        let mut sets = Vec::new();
        for bits in 0..16 {
            for update in &updates {
                sets.push(Operations {
                    insert: bits & 1 != 0,
                    delete: bits & 2 != 0,
                    truncate: bits & 4 != 0,
                    replace: bits & 8 != 0,
                    ..update.clone()
                });
            }
        }
        sets
    }

    fn update(columns: &str) -> Operations {
        Operations::update_of(columns.split(' ').map(TableName::new))
    }

    fn moves(written: &Operations, read: &Operations) -> bool {
        let table = TableName::new("person");
        let moved: HashSet<_> = table_slots("", &Writes::one(table.clone(), written.clone()))
            .into_iter()
            .collect();
        watched("", &table, read).iter().any(|slot| moved.contains(slot))
    }

    #[test]
    fn a_reader_of_an_operation_sees_each_such_write() {
        for written in sets() {
            for read in sets() {
                if written.meets(&read) {
                    assert!(moves(&written, &read), "{written:?}, {read:?}");
                }
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore)] // fewer slots there
    fn a_reader_of_an_operation_sees_no_other_write() {
        let all = Operations::INSERT.and(&Operations::UPDATE).and(&Operations::DELETE);
        for written in sets().iter().filter(|written| !written.is_none()) {
            for read in sets() {
                // An UPDATE of unknown columns also counts as a DELETE, and a reader of all three operations depends on
                // the whole.
                let coarse = (written.update == Columns::Any && read.delete) || read.covers(&all);
                if !written.meets(&read) && !coarse {
                    assert!(!moves(written, &read), "{written:?}, {read:?}");
                }
            }
        }
    }

    #[test]
    fn a_write_of_all_operations_moves_every_reader() {
        for read in sets().iter().filter(|read| !read.is_none()) {
            assert!(moves(&Operations::ALL, read), "{read:?}");
        }
        assert_eq!(
            watched("", &TableName::new("person"), &Operations::ALL).as_slice(),
            [Slot::table("", "person")]
        );
    }
}
