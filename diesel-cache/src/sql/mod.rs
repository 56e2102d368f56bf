//! SQL text to facts: which tables a statement reads and writes, by which operations, and what it leaves behind on its
//! connection.
//!
//! An entry is stamped with the tables that its SELECT reads, and a write moves the tables that it changes. A table
//! missed here is a wrong answer from the cache; a table too many costs a hit. Every rule errs in that direction: what
//! is not understood reads and writes [everything](Tables::Everything).
//!
//! `docs/sql.md` in the repository describes all of it, with sessions and the catalog.
//!
//! # Rooms
//!
//! | module | what it does | imports |
//! | --- | --- | --- |
//! | [`facts`] | what can be known of a statement, as data | – |
//! | [`tokens`] | reads and rewrites tokens, in no particular dialect | facts |
//! | [`dialect`] | what the databases differ in, one table of facts and rules for each | facts, tokens |
//! | [`spelling`], [`split`] | a text to the tokens of its statements | dialect, tokens |
//! | [`session`] | what a statement leaves behind on its connection, or shows of it | dialect, facts, tokens |
//! | [`statement`] | one statement to its facts | dialect, facts, session, tokens |
//! | [`body`] | code in the database, as a catalog shows it | all of them |
//! | [`separable`] | whether a SELECT can be asked for several keys at once | dialect, split, statement, tokens |
//! | [`shown`] | a text without the values in it, for people | dialect, split, tokens |
//! | [`memo`], [`observed`], [`readings`] | a text to its [`Analysis`]: remembered, from an event, in any dialect | all of them |
//!
//! # How a text is read
//!
//! Comments are removed, and quotes are read by the database's rules ([`spelling`]). The text is tokenised and split
//! into statements ([`split`]). Statements that a few words describe in full (`BEGIN`, `SET`, `PRAGMA`, DDL, `COPY`, …)
//! are read by those words, so that an option which the parser does not know leaves them understood. SELECT, INSERT,
//! UPDATE, DELETE, MERGE and REPLACE are rewritten in words that sqlparser knows, parsed, and visited.
//!
//! What sqlparser does not parse is read off its tokens. No parser knows all valid SQL: databases have more of it, and
//! users define operators. But a statement of these kinds changes a table only behind a head (`INSERT INTO t`,
//! `UPDATE t`, …), and heads are words. A text without heads writes nothing, and reads at most the tables that its
//! words name. A text with heads writes their tables. Only where a head is odd is the statement unknown.
//!
//! # Operations
//!
//! Writes carry their operations, and an UPDATE the columns of its SET list ([`Operations`]): the catalog knows what an
//! operation brings with it. A statement that is not known to perform one operation performs all: DDL, and what is not
//! understood.
//!
//! # Names
//!
//! A table's canonical name is the last component of its name, folded to lower case whether quoted or not
//! ([`TableName`]). Two spellings that may mean one table (`person`, `main.person`, `public.person`, `"Person"`)
//! therefore always agree, whatever the search path, the default database or `lower_case_table_names`. The price:
//! `audit.person` and `public.person` invalidate each other.
//!
//! # What counts as more than it is
//!
//! - Functions in FROM read everything, except well-known ones that read no table. So do the catalogs
//!   (`information_schema`, `pg_…`, `sqlite_…`).
//! - PostgreSQL's functions that are handed the text of a query, or the name of a table (`query_to_xml`), read
//!   everything and call anything, wherever they stand.
//! - A name that may or may not mean a CTE is a table too. So is any word of a statement that is not parsed, unless it
//!   is reserved.
//! - `CALL`, `DO`, `EXECUTE`, triggers, functions, privileges and `CASCADE` write everything. So does whatever changes
//!   the meaning of a text ([`StatementKind::SessionChange`]).
//! - `VACUUM` on SQLite writes everything, since it gives rows other numbers. `VACUUM FULL` and `CLUSTER` on PostgreSQL
//!   write their tables.
//! - MySQL's executable comments (`/*! … */`) make the whole text unknown. So do quotes that a setting of the server
//!   may end elsewhere ([`spelling`]).
//!
//! # What the text does not show
//!
//! - What functions do that are called in expressions: `SELECT refresh_person()` may write or read any table. Their
//!   names are known ([`Calls`]), and their effects may be ([`SideEffect`]). The name of a function behind an operator
//!   or a cast, or called as if it were a column, is known to PostgreSQL's catalog alone.
//! - Views, triggers, cascading keys, inheritance and partitions: the database's catalog knows them. See
//!   [`catalog`](crate::catalog).

mod analysis;
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "each database needs its part of it")
)]
pub(crate) mod body;
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "each database needs its part of it")
)]
mod dialect;
mod facts;
mod memo;
mod observed;
mod readings;
mod separable;
mod session;
mod shown;
mod spelling;
mod split;
mod statement;
mod tokens;

#[cfg(test)]
mod tests;

pub(crate) use analysis::Analysis;
pub(crate) use dialect::{Dialect, Language, conninfo, is_answer, leaves_in_doubt};
pub(crate) use facts::{
    Calls, Column, Columns, Image, MOST_VALUES, NamedColumn, Occurrence, Operand, Operations, RowChange, RowChanges,
    SessionChange, SettingValue, SideEffect, StatementFacts, StatementKind, TableName, Tables, Value, Writes,
    canonical, folded,
};
pub(crate) use memo::analyse;
pub(crate) use observed::analyse_event;
pub(crate) use separable::inseparable;
pub(crate) use shown::shown;
pub(crate) use statement::{may_change_meaning, may_define, why_any_table};
