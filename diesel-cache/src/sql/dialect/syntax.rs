//! The facts that a database's folder states.

use sqlparser::{dialect::Dialect as SqlDialect, tokenizer::Token};

use crate::sql::{
    facts::{Operations, SessionChange},
    tokens::{Cursor, Rule},
};

/// What the modules of [`sql`](crate::sql) know of one database.
pub(in crate::sql) struct Syntax {
    pub(in crate::sql) signature: Signature,
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

/// By what a database is recognised.
pub(in crate::sql) struct Signature {
    /// Its name in keys.
    pub(in crate::sql) key: &'static str,
    /// The name of Diesel's backend type, without the path.
    pub(in crate::sql) backend: &'static str,
    /// The schemes of its URLs.
    pub(in crate::sql) schemes: &'static [&'static str],
    /// Statements that Diesel sends to a new connection, and that no other database takes.
    pub(in crate::sql) setup: &'static [&'static str],
    /// Statements run in this process, so a statement that has returned is over, whatever its result.
    pub(in crate::sql) in_process: bool,
}

/// Where literals, quoted names and comments begin and end.
pub(in crate::sql) struct Spelling {
    /// The mode of a server whose settings are those that it comes with.
    pub(in crate::sql) usual: QuotingMode,
    /// The modes that settings of a server may choose instead.
    pub(in crate::sql) unusual: &'static [QuotingMode],
    /// The mode that stored code is read in: the usual one, where the catalog shows code that was made in another mode
    /// as if it had been made in that one.
    pub(in crate::sql) code: QuotingModes,
    /// The server takes a text apart before it runs any of its statements. Otherwise the first of them may set the mode
    /// for the next.
    pub(in crate::sql) splits_first: bool,
    /// Characters that sqlparser may read in another way than the database does, beside those that it may misread in
    /// every dialect, and dollars that may be quotes.
    pub(in crate::sql) odd: &'static [u8],
    /// Returns `true` if a comment to the end of the line begins here.
    pub(in crate::sql) begins_line_comment: fn(&str) -> bool,
    /// The characters that end such a comment.
    pub(in crate::sql) line_ends: &'static [char],
    /// `/* /* */ */` is one comment.
    pub(in crate::sql) nests_comments: bool,
    /// What a comment begins with that the server may run as code.
    pub(in crate::sql) executable_comments: &'static [&'static str],
    /// The quotes of names, beside `"…"`: the first character, the last, and whether two of the last are one inside.
    pub(in crate::sql) name_quotes: &'static [(char, char, bool)],
    /// Literals `'…'` are names where a name is due.
    pub(in crate::sql) single_quoted_names: bool,
    /// `"…"` is a literal to sqlparser, and may be a name to the server (`ANSI_QUOTES`).
    pub(in crate::sql) double_quoted_names: bool,
    /// `'a'` and a line break before `'b'` are one literal.
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
    /// `@b` and `t.b` are names, whatever follows.
    pub(in crate::sql) joins_names: bool,
    /// Whether a backslash stands for itself depends on the mode, so that it has to reach the tokens.
    pub(in crate::sql) keeps_backslashes: bool,
    /// sqlparser reads `\a` and `\f` in a literal as other characters than the server does.
    pub(in crate::sql) misreads_escapes: bool,
    /// `SELECT@a` is two words, which sqlparser takes for one.
    pub(in crate::sql) at_sign_begins_word: bool,
    /// Returns why a text cannot be read past this character, which stands outside of literals and comments: the
    /// character, the text before it, and the text from it on.
    pub(in crate::sql) stop: fn(char, &str, &str) -> Option<Stop>,
}

/// Where a backslash takes the next character along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) struct QuotingMode {
    /// In `'…'`, where no letter in front says otherwise.
    pub(in crate::sql) single: bool,
    /// In `"…"`.
    pub(in crate::sql) double: bool,
}

/// The modes that a text may be read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum QuotingModes {
    /// The usual one.
    Usual,
    /// Any.
    Any,
}

/// Why a text is read no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum Stop {
    /// It ends inside a literal, a quoted name or a comment. The server refuses such a text.
    Unfinished,
    /// The server refuses it.
    Refused,
    /// Its meaning is not known.
    NotUnderstood,
}

/// Returns `true` if the character may be part of a word. So may a dollar, but not as the first character.
pub(in crate::sql) fn is_word_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()
}

/// What statements there are, and what they read and write.
pub(in crate::sql) struct StatementSyntax {
    /// `INSERT t`, without `INTO`.
    pub(in crate::sql) into_is_optional: bool,
    /// `INSERT` and `REPLACE` are reserved: before anything but a bracket they begin a statement.
    pub(in crate::sql) reserves_insert: bool,
    /// `REPLACE INTO t`
    pub(in crate::sql) replace: bool,
    /// What a row in the way of a new one suffers in a REPLACE.
    pub(in crate::sql) replacing: Operations,
    /// `INSERT OR IGNORE`, `UPDATE OR REPLACE`
    pub(in crate::sql) conflict_clause: bool,
    /// UPDATE and DELETE may write several tables, which they join and name by aliases.
    pub(in crate::sql) joins_targets: bool,
    pub(in crate::sql) select_into: SelectInto,
    /// `COPY t FROM`
    pub(in crate::sql) copy: bool,
    /// `NEXT VALUE FOR s`
    pub(in crate::sql) next_value_for: bool,
    /// `?` is an operator, too, and sqlparser knows only that.
    pub(in crate::sql) question_is_operator: bool,
    /// A function may be in a package: `package.f(…)`.
    pub(in crate::sql) packages: bool,
    /// Functions that are handed the text of a query or the name of a table: they run the one and read the other.
    pub(in crate::sql) functions_running_texts: &'static [&'static str],
    /// Functions that make rows of their arguments alone.
    pub(in crate::sql) row_functions: &'static [&'static str],
    /// Schemas whose tables change without being written to.
    pub(in crate::sql) catalog_schemas: &'static [&'static str],
    /// Such tables in any schema.
    pub(in crate::sql) catalog_relations: &'static [&'static str],
    /// What the names of such tables begin with.
    pub(in crate::sql) catalog_prefixes: &'static [&'static str],
    /// Words that are literals, unless a table has a column of this name.
    pub(in crate::sql) ambiguous_words: &'static [&'static str],
    /// `a || b` joins texts. Elsewhere it is an OR.
    pub(in crate::sql) concatenates_by_pipes: bool,
    /// The catalog that a connection reads has the tables of every schema that a text can name.
    pub(in crate::sql) catalog_has_schemas: bool,
    /// Names for a column that has another name.
    pub(in crate::sql) row_ids: &'static [&'static str],
    /// Columns that change when a row is locked; a lock is no write.
    pub(in crate::sql) lock_columns: &'static [&'static str],
    /// A new table may become a part of others: `PARTITION OF`, `INHERITS`. A query that fills it may write tables.
    pub(in crate::sql) create_table_writes_others: bool,
    pub(in crate::sql) vacuum: Vacuum,
    /// A table of the catalog that stands for all of them: a query that reads a catalog reads everything, this table
    /// too.
    pub(in crate::sql) catalog_table: &'static str,
    /// `SET STATEMENT … FOR …`
    pub(in crate::sql) set_statement: bool,
    /// `ANALYZE` runs the statement behind it, unless that is the name of a table.
    pub(in crate::sql) analyze_runs: bool,
    /// A pragma takes effect while it is prepared, even to be explained.
    pub(in crate::sql) explain_runs_pragmas: bool,
    /// Verbs of statements in which others are nested, whole or in the pieces that their semicolons leave.
    pub(in crate::sql) compound: &'static [&'static str],
}

/// What `SELECT … INTO` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum SelectInto {
    /// There is no such statement.
    Nothing,
    /// Variables and files.
    Variables,
    /// A table, which it makes.
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
    /// Verbs of other statements that do, where they change nothing that a query could see.
    pub(in crate::sql) committing: &'static [&'static str],
    /// `INSERT OR ROLLBACK` ends the transaction if it fails.
    pub(in crate::sql) or_rollback: bool,
    /// `XA START` and its kin.
    pub(in crate::sql) xa: bool,
    /// `PREPARE TRANSACTION`
    pub(in crate::sql) prepare_transaction: bool,
    /// `END` is a COMMIT.
    pub(in crate::sql) end_commits: bool,
    /// A routine that does not understand ends transactions which it has not begun.
    pub(in crate::sql) routines_may_begin: bool,
    /// Returns the name of a savepoint, quoted or not, such that two names are equal if they are to the database.
    pub(in crate::sql) savepoint: fn(&str, bool) -> Box<str>,
    /// Reads a `SET` of the variable that turns autocommit on and off: `None` for any other `SET`, `Some(None)` where
    /// the value is not known.
    pub(in crate::sql) autocommit: fn(&Cursor<'_>) -> Option<Option<bool>>,
}

/// What a statement leaves behind on its connection, and what it shows of it.
pub(in crate::sql) struct SessionSyntax {
    /// Settings, or pragmas, no value of which changes what a query returns. In lower case.
    pub(in crate::sql) harmless_settings: &'static [&'static str],
    /// Settings that do, by their documentation.
    #[cfg(test)]
    pub(in crate::sql) meaningful_settings: &'static [&'static str],
    /// Reads a `SET`: the statement, and a cursor behind the verb.
    pub(in crate::sql) set: fn(&[Token], Cursor<'_>) -> Vec<SessionChange>,
    /// Reads a `RESET`.
    pub(in crate::sql) reset: fn(Cursor<'_>) -> Vec<SessionChange>,
    /// Reads a `DISCARD`.
    pub(in crate::sql) discard: fn(&Cursor<'_>) -> Vec<SessionChange>,
    /// `LOAD` loads a library, which may change whatever it likes.
    pub(in crate::sql) load_is_library: bool,
    /// Reads what any other statement sets by what it calls or assigns: the statement and its verb.
    pub(in crate::sql) set_by_expressions: fn(&[Token], &str) -> Vec<SessionChange>,
    /// Returns `true` if a SELECT is made to set something, harmless or not.
    pub(in crate::sql) select_sets: fn(&[Token]) -> bool,
    /// Returns `true` if a word of this name, in lower case, shows what only its session has, or what changes without a
    /// write; and whether the word stands before a bracket.
    pub(in crate::sql) shows: fn(&str, bool) -> bool,
    /// Returns `true` if several words together do.
    pub(in crate::sql) shows_by_expressions: fn(&[Token]) -> bool,
}

/// What code in the database may do to the session that runs it.
pub(in crate::sql) struct CodeSyntax {
    /// Returns `true` if a name gives a change away, wherever in the code it stands.
    pub(in crate::sql) names_a_change: fn(&[Token]) -> bool,
    /// `SET` may set a variable that is local to the code.
    pub(in crate::sql) local_variables: bool,
    /// `DO` runs an anonymous block, of which only a string is seen.
    pub(in crate::sql) anonymous_blocks: bool,
}
