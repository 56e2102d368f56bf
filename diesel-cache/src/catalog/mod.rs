//! Facts about tables that SQL text does not show: cascading keys, triggers, views, inheritance and rules.
//!
//! # Two kinds of facts
//!
//! [`Facts`] hold two relations between tables, which must be kept apart:
//!
//! - **shows**: a read of one table reads rows of another, as a view reads its tables, and a table its partitions.
//! - **changes**: an operation on one table performs an operation on another, through a cascading key, a trigger, a
//!   view that can be written to, or a table's partitions.
//!
//! A read of `x` then depends on everything that `x` shows, at any depth, and on every operation that leads to any
//! operation on one of those, through any number of steps (the [`footprint`](crate::footprint) room takes this
//! closure). If there were one relation only, two tables that a view joins would depend on each other: the view shows
//! one of them, and a write to the view would change the other.
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
//! The closure is computed when an entry is stamped and when it is checked, never when a write moves generations. So
//! the guarantee of a process rests on the facts that it knows itself. It does not accept entries that a process with
//! fewer facts has stored, and it notices the writes of a process without any facts.
//!
//! # On the writing side
//!
//! The process that calls a function must know what the function writes. The same is true of changes of the session by
//! a view's query, a default or a trigger ([`SideEffects`]).
//!
//! # What cannot be seen through
//!
//! Code is searched for the beginnings of statements that write ([`sql::body`](crate::sql::body)). Errors are on the
//! safe side. A statement that is not understood counts as any change to every table that it names. Code in an
//! unsupported language counts as a change to every table that it names, directly or through a function. Code that
//! builds its statements at run time counts as a change to any table ([`Writes::Everything`]). The [`Introspection`]
//! reports this.
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
