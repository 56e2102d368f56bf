//! What the database knows of its tables and SQL text does not show: keys that cascade, triggers, views, inheritance, rules.
//!
//! # Two kinds of facts
//!
//! [`Facts`] hold two relations between tables, and must keep them apart:
//!
//! - **shows**: a read of the one reads rows of the other (a view its tables, a table its partitions);
//! - **changes**: a write to the one may change rows of the other (a cascading key, a trigger, a view that can be written to, a
//!   table and its partitions).
//!
//! A read of `x` then depends on everything that `x` shows, at any depth, and on every table whose write changes one of those,
//! through any number of steps ([`Dependencies`]). In one relation, two tables that a view joins would depend on each other: the
//! one is shown by the view, and a write to the view would change the other.
//!
//! # On the reading side
//!
//! The closure is taken where an entry is stamped and where it is judged, never where a write moves generations. So a process's
//! guarantee rests on what that process knows: it misses what another has stored knowing less. What was written by a process
//! that knows nothing reaches it all the same.
//!
//! # What cannot be seen through
//!
//! The errors are on the safe side: a trigger whose text cannot be parsed changes every table that the text names, directly or by
//! a function that it names; one that builds its statements at run time changes any table ([`Tables::Everything`]). The
//! [`Introspection`] says so.
//!
//! [`Tables::Everything`]: crate::tables::Tables::Everything

mod backend;
mod closure;
mod consequence;
mod facts;
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "each database needs its part of it")
)]
mod key;
mod known;
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
mod words;

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use backend::CatalogBackend;
pub(crate) use backend::Findings;
pub(crate) use closure::{Dependencies, Dependency};
pub use consequence::Consequence;
pub(crate) use facts::Facts;
pub(crate) use known::Catalogs;
pub use report::{Introspection, Opaque};
