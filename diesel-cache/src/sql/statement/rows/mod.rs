//! Which rows a parsed statement reads and writes, by the conditions of its text that compare a column with a constant.
//!
//! A condition counts if every row that takes part must meet it: as a conjunct of WHERE, or of an ON that filters the
//! row. Conditions that are not understood do not count. A table without conditions counts as read or written in all
//! rows.
//!
//! - [`plain`]: whether the parser reads a statement as the database does;
//! - [`columns`]: the columns that a statement reads;
//! - [`known`]: the functions that it may call;
//! - [`conditions`]: the conjuncts of an expression;
//! - [`sources`]: the tables of a FROM clause, by the names that qualify columns;
//! - [`reads`]: one SELECT;
//! - [`writes`]: INSERT, UPDATE and DELETE, with the rows before and after.

mod columns;
mod conditions;
mod known;
mod plain;
mod reads;
mod sources;
mod writes;

pub(super) use columns::{Names, Source, names_columns};
pub(in crate::sql) use known::AGGREGATES;
pub(super) use known::calls_are_known;
pub(super) use plain::is_plain;
pub(super) use reads::{occurrences, proving_select};
pub(super) use writes::{deleted, inserted, updated};
