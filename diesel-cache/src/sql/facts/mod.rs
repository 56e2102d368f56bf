//! What can be known of a statement: the tables it reads and writes, the functions it calls, and what it leaves behind.

mod calls;
mod change;
mod name;
mod operations;
mod rows;
mod side_effect;
mod statement;
mod tables;
mod writes;

pub(crate) use calls::Calls;
pub(crate) use change::{SessionChange, SettingValue};
pub(in crate::sql) use name::cut;
pub(crate) use name::{Column, NamedColumn, TableName, canonical, folded};
pub(crate) use operations::{Columns, Operations};
pub(crate) use rows::{Image, MOST_VALUES, Occurrence, Operand, RowChange, RowChanges, Value};
pub(crate) use side_effect::SideEffect;
pub(crate) use statement::{StatementFacts, StatementKind};
pub(crate) use tables::Tables;
pub(crate) use writes::Writes;
