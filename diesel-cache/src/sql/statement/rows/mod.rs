//! Which rows a parsed statement reads and writes: the conditions that its text states as equalities with constants.
//!
//! A condition counts where it must hold for a row to take part: as a conjunct of WHERE, or of an ON that filters the
//! row. Nothing else does, so that what is not understood leaves a table without conditions, which stands for all of
//! its rows.
//!
//! - [`plain`]: whether the parser reads a statement as the database does;
//! - [`columns`]: the columns that a statement reads;
//! - [`known`]: the functions that it may call;
//! - [`conditions`]: the conjuncts of an expression;
//! - [`sources`]: the tables of a FROM clause, by the names that columns are qualified with;
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
