//! The SQL of each database, in one place.
//!
//! Each database is described by one [`Syntax`](syntax::Syntax): a table of facts (which quotes it has, which settings
//! are harmless) and of rules (what its `SET` leaves behind). The other modules of [`sql`](crate::sql) look facts up in
//! that table and name no database. The part that other rooms need is its [`Behaviour`]: how its connections and
//! transactions behave. [`detect`] finds the dialect of a connection or a text.
//!
//! # Adding a database
//!
//! 1. Add a variant to [`Dialect`]. The compiler then asks for its arms in [`Dialect::syntax`] and [`Dialect::index`];
//!    the variant goes into [`Dialect::ALL`] at that index.
//! 2. Add a folder with a `SYNTAX`. The compiler names every fact that is missing.
//! 3. If code in the database can write, add its languages to [`language`].
//! 4. Teach [`detect`] the form of its URLs, if the scheme is not enough.

mod behaviour;
mod database;
mod detect;
mod errors;
mod language;
mod mysql;
mod postgres;
mod setters;
mod sqlite;
mod syntax;

pub(crate) use behaviour::Behaviour;
pub(crate) use database::Dialect;
pub(crate) use errors::{is_answer, leaves_in_doubt};
pub(crate) use language::Language;
pub(crate) use postgres::conninfo;
/// SQLite's statements are read in this way in every dialect.
pub(in crate::sql) use sqlite::session::{attach, pragma};
pub(in crate::sql) use syntax::{
    QuotingMode, QuotingModes, SelectInto, Spelling, StatementSyntax, Stop, Vacuum, is_word_part,
};
