//! What one statement is, reads and writes.

mod calls;
mod classify;
mod define;
mod fallback;
mod functions;
mod identifiers;
mod load;
mod meaning;
mod names;
mod operations;
mod parse;
mod rows;
mod settings;
mod transaction;
mod upkeep;
mod visit;

pub(in crate::sql) use classify::classify;
pub(in crate::sql) use functions::{is_call, is_catalog, reads_named_tables, table_commands};
pub(crate) use meaning::{may_change_meaning, may_define};
pub(in crate::sql) use operations::column;
#[cfg(test)]
pub(in crate::sql) use parse::parsed;
pub(in crate::sql) use parse::{parser_error, see_parsed};
pub(in crate::sql) use rows::AGGREGATES;
pub(in crate::sql) use transaction::may_begin;
