//! Reads SQL text: which tables a statement reads and writes, by which operations, and what it leaves behind on its
//! connection.
//!
//! A *text* is the SQL that one call sends to the database: one statement, or several.
//!
//! An entry is stamped with the tables that its SELECT reads, and a write gives the tables that it changes a new
//! generation. If a table is missed here, the cache returns wrong rows; a table too many costs a hit. So every rule
//! errs on the side of too many tables: what is not understood reads and writes [everything](Tables::Everything).
//!
//! `docs/sql.md` in the repository describes all of this, with sessions and the catalog.
//!
//! # Modules
//!
//! | module | what it does | imports |
//! | --- | --- | --- |
//! | [`facts`] | what can be known of a statement, as data | – |
//! | [`tokens`] | reads and rewrites tokens, in no particular dialect | facts |
//! | [`dialect`] | how the databases differ: a table of facts and rules for each | facts, tokens |
//! | [`spelling`], [`split`] | turn a text into the tokens of its statements | dialect, tokens |
//! | [`session`] | what a statement leaves behind on its connection, and what it shows of it | dialect, facts, tokens |
//! | [`statement`] | turns one statement into its facts | dialect, facts, session, tokens |
//! | [`body`] | reads code in the database, as a catalog shows it | any of the above |
//! | [`separable`] | whether a SELECT can be sent for several keys at once | dialect, split, statement, tokens |
//! | [`unbounded`] | why a SELECT may read any table, in words | dialect, split, statement |
//! | [`shown`](mod@shown) | removes the values from a text, for display | dialect, split, tokens |
//! | [`memo`], [`observed`], [`readings`] | turn a text into its [`Analysis`]: from memory, from an event, in an unknown dialect | any of the above |
//!
//! # How a text is read
//!
//! Comments are removed, and quotes are read by the database's rules ([`spelling`]). The text is tokenised and split
//! into statements ([`split`]). Statements that a few words describe in full (`BEGIN`, `SET`, `PRAGMA`, DDL, `COPY`, …)
//! are read from those words only, so they are understood even with an option that the parser does not know. SELECT,
//! INSERT, UPDATE, DELETE, MERGE and REPLACE are rewritten to syntax that sqlparser accepts, parsed, and visited.
//!
//! What sqlparser does not parse is read from its tokens. No parser accepts all valid SQL: databases extend it, and
//! users define operators. But a statement of these kinds changes a table only after a *head* (`INSERT INTO t`,
//! `UPDATE t`, …), and the words of a head are among the tokens. A text without heads writes nothing, and reads at most
//! the tables that its words name. A text with heads writes the tables that they name. The statement is unknown only if
//! one of its heads is not understood.
//!
//! # Operations
//!
//! Writes carry their operations, and an UPDATE carries the columns of its SET list ([`Operations`]). The catalog knows
//! what else an operation changes: by a trigger, or by a key that cascades. A statement that is not known to perform
//! one particular operation counts as performing all of them. This applies to DDL, and to what is not understood.
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
//! - A statement with a function in FROM reads everything, unless the function is a well-known one that reads no table.
//!   So does a statement that reads a system catalog (`information_schema`, `pg_…`, `sqlite_…`).
//! - A statement that calls a PostgreSQL function with the text of a query, or the name of a table (`query_to_xml`),
//!   reads everything and calls anything, wherever the call is.
//! - A name that may or may not refer to a CTE counts as a table, too. So does every word that could name a table, in a
//!   statement that is not parsed.
//! - `CALL`, `DO` and `EXECUTE` write everything. So does DDL on triggers, functions and privileges, DDL with
//!   `CASCADE`, and anything that changes what later texts mean ([`StatementKind::SessionChange`]).
//! - `VACUUM` on SQLite writes everything, since it may change the `rowid` of any row. `VACUUM FULL` and `CLUSTER` on
//!   PostgreSQL write their tables.
//! - MySQL's executable comments (`/*! … */`) make the whole text unknown. So do quotes that end elsewhere under
//!   another server setting ([`spelling`]).
//!
//! # What the text does not show
//!
//! - The effects of functions that are called in expressions: `SELECT refresh_person()` may write or read any table.
//!   The names of these functions are known ([`Calls`]), and their effects may be ([`SideEffect`]). A function that is
//!   called by an operator or a cast, or as if it were a column, is known only to PostgreSQL's catalog.
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
mod unbounded;

#[cfg(test)]
mod tests;

pub(crate) use analysis::Analysis;
pub(crate) use dialect::{Behaviour, Dialect, Language, conninfo, is_answer, leaves_in_doubt};
pub(crate) use facts::{
    Calls, Column, Columns, Image, MOST_VALUES, NamedColumn, Occurrence, Operand, Operations, RowChange, RowChanges,
    SessionChange, SettingValue, SideEffect, StatementFacts, StatementKind, TableName, Tables, Value, Writes,
    canonical, folded,
};
pub(crate) use memo::analyse;
pub(crate) use observed::analyse_event;
pub(crate) use separable::inseparable;
pub(crate) use shown::shown;
pub(crate) use statement::{may_change_meaning, may_define};
pub(crate) use unbounded::why_any_table;
