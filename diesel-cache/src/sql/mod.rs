//! Which tables a statement reads or writes, and by which operations it writes them.
//!
//! An entry is stamped with the tables its SELECT reads, and a write moves the tables it changes, so a table missed
//! here is a wrong answer from the cache, while a table too many costs a hit. Every rule below errs in that direction:
//! what is not understood reads and writes [`Tables::Everything`].
//!
//! `docs/sql.md` in the repository has the whole of it, with sessions and the catalog.
//!
//! # How
//!
//! A text is stripped of its comments, its quotes are read by the backend's rules ([`spelling`]), and it is tokenised
//! and split into statements ([`split`]). Statements that a few words describe in full (`BEGIN`, `SET`, `PRAGMA`, DDL,
//! `COPY`, …) are read by those words ([`control`], [`transaction`], [`settings`], [`define`]), so that an option the
//! parser has not heard of does not make them unknown. SELECT, INSERT, UPDATE, DELETE, MERGE and REPLACE are parsed by
//! sqlparser ([`parse`], after [`rewrite`]) and walked ([`visit`]).
//!
//! What sqlparser does not parse is read off its tokens ([`fallback`]). Valid SQL is never known in full: databases
//! have more of it than any parser, and users define operators. But a statement of these kinds changes a table only
//! behind a head (`INSERT INTO t`, `UPDATE t`, …), and heads are words. A text without one writes nothing, and reads at
//! most the tables that its words name ([`names`]); one with heads writes their tables. Only where a head is odd is the
//! statement unknown.
//!
//! # Operations
//!
//! What is written is told by operation, for UPDATE with the columns of its SET list ([`Operations`]): the catalog
//! knows what an operation brings with it. A statement that is not known to do one thing does all: DDL, and what is not
//! understood.
//!
//! # Names
//!
//! A table's canonical name is the last component of its name, folded to lower case whether quoted or not
//! ([`TableName`]). Two spellings that may mean one table (`person`, `main.person`, `public.person`, `"Person"`)
//! therefore always agree, whatever the search path, the default database or `lower_case_table_names`. The price:
//! `audit.person` and `public.person` invalidate each other.
//!
//! # What is read as more than it is
//!
//! - Functions in FROM, other than well-known ones that read no table, and the catalogs (`information_schema`, `pg_…`,
//!   `sqlite_…`) read everything.
//! - So do PostgreSQL's functions that are handed the text of a query, or the name of a table (`query_to_xml`),
//!   wherever they are called; and they call anything.
//! - A name that may or may not mean a CTE is a table too. So is any word of a statement that is not parsed, unless it
//!   is reserved.
//! - `CALL`, `DO`, `EXECUTE`, triggers, functions, privileges, `CASCADE` write everything. So does whatever changes the
//!   meaning of a text ([`StatementKind::SessionChange`]).
//! - `VACUUM` on SQLite writes everything, since it gives rows other numbers; `VACUUM FULL` and `CLUSTER` on PostgreSQL
//!   write their tables ([`upkeep`]).
//! - MySQL's executable comments (`/*! … */`) make the whole text unknown. So do quotes that a setting of the server
//!   may end elsewhere ([`spelling`]).
//!
//! # What is not seen
//!
//! - What functions do that are called in expressions: `SELECT refresh_person()` may write or read any table. Their
//!   names are known ([`Calls`]), and so may be what they do ([`SideEffect`]). Of a function behind an operator or a
//!   cast, or called as if it were a column, not even the name is; PostgreSQL's catalog knows it.
//! - Views, triggers, cascading keys, inheritance and partitions: the database's catalog knows them, the text does not;
//!   see [`catalog`](crate::catalog).

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
mod session;
mod spelling;
mod split;
mod statement;
mod tokens;

#[cfg(test)]
mod tests;

pub(crate) use analysis::Analysis;
pub(crate) use dialect::{Dialect, Language, conninfo, is_answer, leaves_in_doubt};
pub(crate) use facts::{
    Calls, Column, Columns, Operations, SessionChange, SettingValue, SideEffect, StatementFacts, StatementKind,
    TableName, Tables, Writes, canonical, folded,
};
pub(crate) use memo::analyse;
pub(crate) use observed::analyse_event;
pub(crate) use statement::may_change_meaning;
