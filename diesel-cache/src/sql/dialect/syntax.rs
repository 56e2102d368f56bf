//! The facts that the folder of a database states.

use sqlparser::{dialect::Dialect as SqlDialect, tokenizer::Token};

use super::behaviour::Behaviour;
use crate::sql::{
    facts::{Operations, SessionChange},
    tokens::{Cursor, Rule},
};

/// What the modules of [`sql`](crate::sql) know of one database.
pub(in crate::sql) struct Syntax {
    pub(in crate::sql) signature: Signature,
    pub(in crate::sql) behaviour: Behaviour,
    /// sqlparser's dialect.
    pub(in crate::sql) parser: &'static (dyn SqlDialect + Sync),
    pub(in crate::sql) spelling: Spelling,
    pub(in crate::sql) statements: StatementSyntax,
    pub(in crate::sql) transactions: TransactionSyntax,
    pub(in crate::sql) session: SessionSyntax,
    pub(in crate::sql) code: CodeSyntax,
    /// Rewrites what sqlparser does not parse in this dialect.
    pub(in crate::sql) rewrite: Rule,
}

/// How a database is recognised.
pub(in crate::sql) struct Signature {
    /// Its name in keys.
    pub(in crate::sql) key: &'static str,
    /// The name of Diesel's backend type, without the path.
    pub(in crate::sql) backend: &'static str,
    /// The schemes of its URLs.
    pub(in crate::sql) schemes: &'static [&'static str],
    /// Statements that Diesel sends on a new connection, and that no other database accepts.
    pub(in crate::sql) setup: &'static [&'static str],
}

/// Where literals, quoted names and comments begin and end.
pub(in crate::sql) struct Spelling {
    /// The mode of a server with its default settings.
    pub(in crate::sql) usual: QuotingMode,
    /// The other modes that a server's settings may choose.
    pub(in crate::sql) unusual: &'static [QuotingMode],
    /// The modes in which stored code may have to be read. Only the usual one, if the catalog shows code that was
    /// created in another mode as if it had been created in the usual one.
    pub(in crate::sql) code: QuotingModes,
    /// The server splits a text into statements before it runs any of them. Otherwise the first statement may set the
    /// mode in which the next is read.
    pub(in crate::sql) splits_first: bool,
    /// Characters that sqlparser may read differently from the database. This excludes characters that it may misread
    /// in every dialect, and dollars that may be quotes.
    pub(in crate::sql) odd: &'static [u8],
    /// Returns `true` if a comment to the end of the line begins here.
    pub(in crate::sql) begins_line_comment: fn(&str) -> bool,
    /// The characters that end such a comment.
    pub(in crate::sql) line_ends: &'static [char],
    /// `/* /* */ */` is one comment.
    pub(in crate::sql) nests_comments: bool,
    /// The beginnings of comments that the server may run as code.
    pub(in crate::sql) executable_comments: &'static [&'static str],
    /// The quotes of names, besides `"…"`: the opening character, the closing one, and whether two closing characters
    /// inside stand for one.
    pub(in crate::sql) name_quotes: &'static [(char, char, bool)],
    /// A literal `'…'` is a name where a name is expected.
    pub(in crate::sql) single_quoted_names: bool,
    /// `"…"` is a literal to sqlparser, and may be a name to the server (`ANSI_QUOTES`).
    pub(in crate::sql) double_quoted_names: bool,
    /// `"…"` is a name to sqlparser, and a literal to the database if it knows no such name.
    pub(in crate::sql) unknown_names_are_literals: bool,
    /// `'a'` and `'b'` are one literal if there is a line break between them.
    pub(in crate::sql) continues_literals: bool,
    /// `$$…$$`, `$tag$…$tag$`
    pub(in crate::sql) dollar_quotes: bool,
    /// `E'…'`
    pub(in crate::sql) escape_literals: bool,
    /// `B'…'`
    pub(in crate::sql) bit_literals: bool,
    /// `U&'…'`, `U&"…"`
    pub(in crate::sql) unicode_literals: bool,
    /// `N'…'`
    pub(in crate::sql) national_literals: bool,
    /// `b` is the end of a name in `@b` and `t.b`, so a quote after it begins a plain literal.
    pub(in crate::sql) joins_names: bool,
    /// The mode decides whether a backslash is a character of its own, so it has to be kept in the tokens.
    pub(in crate::sql) keeps_backslashes: bool,
    /// sqlparser reads `\a` and `\f` in a literal differently from the server.
    pub(in crate::sql) misreads_escapes: bool,
    /// `SELECT@a` is two words, which sqlparser reads as one.
    pub(in crate::sql) at_sign_begins_word: bool,
    /// Returns why a text cannot be read past a character outside of literals and comments. The arguments are the
    /// character, the text before it, and the text that begins with it.
    pub(in crate::sql) stop: fn(char, &str, &str) -> Option<Stop>,
}

/// Where a backslash escapes the next character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) struct QuotingMode {
    /// In `'…'`, unless a letter before the quote decides it.
    pub(in crate::sql) single: bool,
    /// In `"…"`.
    pub(in crate::sql) double: bool,
}

/// The modes in which a text may have to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum QuotingModes {
    /// Only the usual mode.
    Usual,
    /// Any mode.
    Any,
}

/// Why the reading of a text stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum Stop {
    /// It ends inside a literal, a quoted name or a comment. The server refuses such a text.
    Unfinished,
    /// The server refuses it.
    Refused,
    /// Its meaning is not known.
    NotUnderstood,
}

/// Returns `true` if the character may be part of a word. A dollar may be, but not as the first character.
pub(in crate::sql) fn is_word_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()
}

/// Which statements there are, and what they read and write.
pub(in crate::sql) struct StatementSyntax {
    /// `INSERT t`, without `INTO`.
    pub(in crate::sql) into_is_optional: bool,
    /// `INSERT` and `REPLACE` are reserved words: they begin a statement unless a parenthesis follows.
    pub(in crate::sql) reserves_insert: bool,
    /// `REPLACE INTO t`
    pub(in crate::sql) replace: bool,
    /// What a REPLACE does to conflicting rows.
    pub(in crate::sql) replacing: Operations,
    /// `INSERT OR IGNORE`, `UPDATE OR REPLACE`
    pub(in crate::sql) conflict_clause: bool,
    /// UPDATE and DELETE may join several tables, write all of them, and name them by aliases.
    pub(in crate::sql) joins_targets: bool,
    pub(in crate::sql) select_into: SelectInto,
    /// `COPY t FROM`
    pub(in crate::sql) copy: bool,
    /// `NEXT VALUE FOR s`
    pub(in crate::sql) next_value_for: bool,
    /// `?` may also be an operator, and sqlparser reads it only as one.
    pub(in crate::sql) question_is_operator: bool,
    /// A function may belong to a package: `package.f(…)`.
    pub(in crate::sql) packages: bool,
    /// Functions that run a query that they are passed as text, or read a table that they are passed by name.
    pub(in crate::sql) functions_running_texts: &'static [&'static str],
    /// Functions that compute rows from their arguments only.
    pub(in crate::sql) row_functions: &'static [&'static str],
    /// Schemas whose tables change without a write to them.
    pub(in crate::sql) catalog_schemas: &'static [&'static str],
    /// Tables that change without a write to them, in any schema.
    pub(in crate::sql) catalog_relations: &'static [&'static str],
    /// The prefixes of the names of such tables.
    pub(in crate::sql) catalog_prefixes: &'static [&'static str],
    /// Words that are literals, unless a table has a column of this name.
    pub(in crate::sql) ambiguous_words: &'static [&'static str],
    /// `a || b` concatenates texts. Otherwise it is an OR.
    pub(in crate::sql) concatenates_by_pipes: bool,
    /// The catalog that a connection reads covers the tables of every schema that a text can name.
    pub(in crate::sql) catalog_has_schemas: bool,
    /// Aliases of a column: `rowid`.
    pub(in crate::sql) row_ids: &'static [&'static str],
    /// Columns that change when a row is locked. Locking is not a write.
    pub(in crate::sql) lock_columns: &'static [&'static str],
    /// A new table may become a part of other tables (`PARTITION OF`, `INHERITS`), and the query that fills it may
    /// write tables.
    pub(in crate::sql) create_table_writes_others: bool,
    pub(in crate::sql) vacuum: Vacuum,
    /// A table of the system catalog that represents all of them. A query that reads any of them reads everything, and
    /// so this table as well.
    pub(in crate::sql) catalog_table: &'static str,
    /// `SET STATEMENT … FOR …`
    pub(in crate::sql) set_statement: bool,
    /// `ANALYZE` runs the statement after it, except in `ANALYZE TABLE t`.
    pub(in crate::sql) analyze_runs: bool,
    /// A pragma takes effect when it is prepared, so `EXPLAIN PRAGMA …` runs it.
    pub(in crate::sql) explain_runs_pragmas: bool,
    /// Verbs of statements that contain other statements, whole or in the pieces into which their semicolons split
    /// them.
    pub(in crate::sql) compound: &'static [&'static str],
}

/// What the target of `SELECT … INTO` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum SelectInto {
    /// There is no such statement.
    Nothing,
    /// Variables and files.
    Variables,
    /// A table, which it creates.
    Table,
}

/// What `VACUUM` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum Vacuum {
    /// There is no such statement.
    Nothing,
    /// It rewrites every table; with `INTO`, it makes a copy.
    Everything,
    /// It rewrites tables with the option `FULL`.
    Options,
}

/// What begins and ends a transaction.
pub(in crate::sql) struct TransactionSyntax {
    /// DDL, `BEGIN` and statements about accounts commit the open transaction.
    pub(in crate::sql) implicit_commit: bool,
    /// Verbs of other statements that commit it, if they change no rows.
    pub(in crate::sql) committing: &'static [&'static str],
    /// `INSERT OR ROLLBACK` ends the transaction if it fails.
    pub(in crate::sql) or_rollback: bool,
    /// `XA START` and the like.
    pub(in crate::sql) xa: bool,
    /// `PREPARE TRANSACTION`
    pub(in crate::sql) prepare_transaction: bool,
    /// `END` is a COMMIT.
    pub(in crate::sql) end_commits: bool,
    /// A routine may leave a transaction open where there was none.
    pub(in crate::sql) routines_may_begin: bool,
    /// Returns the name of a savepoint in a form in which two names are equal if the database considers them equal. The
    /// arguments are the name as it is written, and whether it is quoted.
    pub(in crate::sql) savepoint: fn(&str, bool) -> Box<str>,
    /// Reads a `SET` of the variable that turns autocommit on and off. Returns `None` for any other `SET`, and
    /// `Some(None)` if the value is not known.
    pub(in crate::sql) autocommit: fn(&Cursor<'_>) -> Option<Option<bool>>,
}

/// What a statement leaves behind on its connection, and what it shows of the connection.
pub(in crate::sql) struct SessionSyntax {
    /// Settings, or pragmas, of which no value changes what a query returns. In lower case.
    pub(in crate::sql) harmless_settings: &'static [&'static str],
    /// Settings of which some value does, according to their documentation.
    #[cfg(test)]
    pub(in crate::sql) meaningful_settings: &'static [&'static str],
    /// Reads a `SET`. The arguments are the statement, and a cursor after the verb.
    pub(in crate::sql) set: fn(&[Token], Cursor<'_>) -> Vec<SessionChange>,
    /// Reads a `RESET`.
    pub(in crate::sql) reset: fn(Cursor<'_>) -> Vec<SessionChange>,
    /// Reads a `DISCARD`.
    pub(in crate::sql) discard: fn(&Cursor<'_>) -> Vec<SessionChange>,
    /// `LOAD` loads a library, which may change anything.
    pub(in crate::sql) load_is_library: bool,
    /// Returns what any other statement sets by the functions that it calls and the variables that it assigns. The
    /// arguments are the statement and its verb.
    pub(in crate::sql) set_by_expressions: fn(&[Token], &str) -> Vec<SessionChange>,
    /// Returns `true` if it is the purpose of a SELECT to set something, harmless or not.
    pub(in crate::sql) select_sets: fn(&[Token]) -> bool,
    /// Returns `true` if a word shows state that only its session has, or that changes without a write. The arguments
    /// are the word, in lower case, and whether a parenthesis follows it.
    pub(in crate::sql) shows: fn(&str, bool) -> bool,
    /// Returns `true` if several words together show such state.
    pub(in crate::sql) shows_by_expressions: fn(&[Token]) -> bool,
}

/// What code in the database may do to the session that runs it.
pub(in crate::sql) struct CodeSyntax {
    /// Returns `true` if the code contains a name that shows that it changes the session, wherever the name occurs.
    pub(in crate::sql) names_a_change: fn(&[Token]) -> bool,
    /// `SET` may set a variable that is local to the code.
    pub(in crate::sql) local_variables: bool,
    /// `DO` runs an anonymous block, which is only a string in the code around it.
    pub(in crate::sql) anonymous_blocks: bool,
}
