//! What the database knows of its tables and SQL text does not show: keys that cascade, triggers, views, inheritance,
//! rules.
//!
//! # Two kinds of facts
//!
//! [`Facts`] hold two relations between tables, which must be kept apart:
//!
//! - **shows**: a read of the one reads rows of the other (a view its tables, a table its partitions);
//! - **changes**: an operation on the one performs an operation on the other (a cascading key, a trigger, a view that
//!   can be written to, a table and its partitions).
//!
//! A read of `x` then depends on everything that `x` shows, at any depth, and on every operation that leads to any
//! operation on one of those, through any number of steps (the [`footprint`](crate::footprint) room takes this
//! closure). In one relation, two tables that a view joins would depend on each other: the one is shown by the view,
//! and a write to the view would change the other.
//!
//! # Operations
//!
//! A fact says which operations it takes (INSERT, UPDATE of some columns, DELETE, TRUNCATE) and which it performs, so
//! that deleting a parent leads to its children, and renaming it does not. What an operation does beside its text is a
//! fact, too:
//!
//! - a generated column changes with any column of its row, and a trigger may assign to columns of the row that fires
//!   it;
//! - a row whose partition key changes is deleted from one partition and inserted into another;
//! - an UPDATE through a view may set columns that have other names below;
//! - SQLite deletes rows in the way of others, if its schema or the statement says so; and a statement that says so
//!   says it for the statements of the triggers that it fires.
//!
//! Columns are identified by their names. Like a renamed table, a renamed column is found by the next introspection.
//!
//! # On the reading side
//!
//! The closure is taken where an entry is stamped and where it is judged, never where a write moves generations. So a
//! process's guarantee rests on what that process knows: it misses what another has stored knowing less. What was
//! written by a process that knows nothing reaches it all the same.
//!
//! # On the writing side
//!
//! What a function writes has to be known where it is called, and so has what a view's query, a default or a trigger
//! does to the session ([`SideEffects`]).
//!
//! # What cannot be seen through
//!
//! Code is read for the beginnings of the statements that write ([`sql::body`](crate::sql::body)). The errors are on
//! the safe side: a statement that is not understood changes, in any way, every table that it names; code in a language
//! that is not read changes every table that it names, directly or by a function that it names; code that builds its
//! statements at run time changes any table ([`Writes::Everything`]). The [`Introspection`] says so.
//!
//! [`Writes::Everything`]: crate::sql::Writes::Everything

mod backend;
#[cfg_attr(
    not(all(feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "each database needs its part of it")
)]
mod callers;
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "each database needs its part of it")
)]
mod connection;
mod consequence;
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "each database needs its part of it")
)]
mod facts;
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "each database needs its part of it")
)]
mod key;
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "each database needs its part of it")
)]
mod report;
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "each database needs its part of it")
)]
mod routine;
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "each database needs its part of it")
)]
mod rows;
mod side_effects;
#[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "others have no such calls"))]
mod spelling;
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "each database needs its part of it")
)]
mod words;

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use backend::CatalogBackend;
pub(crate) use backend::Findings;
#[cfg(feature = "async")]
pub(crate) use connection::AsyncConnection;
pub(crate) use connection::BlockingConnection;
pub use consequence::Consequence;
pub(crate) use facts::{Effect, Facts, Pass, Passed, Reference};
pub use report::{Introspection, Opaque};
pub(crate) use rows::{ColumnKind, RowFacts, TableRows};
pub(crate) use side_effects::SideEffects;
