//! What tells one database's SQL from another's.

use sqlparser::dialect::Dialect as ParserDialect;

/// The facts about a database's SQL. Every field is set for every database, so that the compiler names what a new one has to answer.
pub(in crate::sql) struct Syntax {
    /// The dialect that sqlparser parses by.
    pub(in crate::sql) parser: &'static dyn ParserDialect,

    // --- how a text is spelled ---
    /// Characters that quote names, beside `"`.
    pub(in crate::sql) name_quotes: &'static [char],
    /// `$tag$ … $tag$` is a literal.
    pub(in crate::sql) dollar_quotes: bool,
    /// A literal goes on in the next line: `'a'⏎'b'`.
    pub(in crate::sql) literals_continue: bool,
    /// `E'…'` is a literal with escapes.
    pub(in crate::sql) escape_literals: bool,
    /// `B'…'` is a literal.
    pub(in crate::sql) bit_literals: bool,
    /// `N'…'` is a literal.
    pub(in crate::sql) national_literals: bool,
    /// `U&'…'` and `U&"…"` spell characters by their numbers.
    pub(in crate::sql) unicode_escapes: bool,
    /// A backslash takes the next character along in `'…'` and `"…"`, unless a setting says otherwise.
    pub(in crate::sql) escapes_by_default: bool,
    /// Whether it does in `'…'`, and in `"…"`, under settings other than the default ones.
    pub(in crate::sql) unusual_escapes: &'static [(bool, bool)],
    /// The server takes a text apart as a whole before it runs any of it.
    pub(in crate::sql) parses_whole_text: bool,
    /// The server refuses a backslash outside of literals and names, but for those listed here.
    pub(in crate::sql) backslashes: Option<&'static [&'static str]>,
    /// A setting makes `[…]` a name.
    pub(in crate::sql) brackets_may_quote: bool,
    /// `$a(…)` is the name of a variable.
    pub(in crate::sql) variables_take_brackets: bool,
    /// `@b` and `t.b` are names, whatever follows `b`.
    pub(in crate::sql) names_follow_at_and_dot: bool,
    /// Characters that give their text a meaning of its own.
    pub(in crate::sql) special_bytes: &'static [u8],
    /// A comment to the end of the line begins with `--` only if white space follows, or with `#`.
    pub(in crate::sql) hash_comments: bool,
    /// What ends such a comment.
    pub(in crate::sql) comment_ends: &'static [char],
    /// `/* … */` may hold another one.
    pub(in crate::sql) comments_nest: bool,
    /// `/*! … */` is run, depending on the server's version.
    pub(in crate::sql) executable_comments: bool,
    /// `SELECT@a` is two words.
    pub(in crate::sql) variables_touch_words: bool,
    /// A name may stand in single quotes.
    pub(in crate::sql) single_quoted_names: bool,
    /// A name may stand in what the parser takes for a string in double quotes.
    pub(in crate::sql) double_quoted_names: bool,
    /// `?` is an operator.
    pub(in crate::sql) question_operator: bool,

    // --- what statements do ---
    /// `INSERT t` and `REPLACE t` need no INTO, and reserve their words.
    pub(in crate::sql) optional_into: bool,
    /// `REPLACE INTO t` is a statement.
    pub(in crate::sql) replace_statement: bool,
    /// `INSERT OR IGNORE`, `UPDATE OR REPLACE`, …
    pub(in crate::sql) conflict_clauses: bool,
    /// Replacing a row is an operation of its own, which fires triggers for it.
    pub(in crate::sql) replaces_rows: bool,
    /// An UPDATE or DELETE may change every table that it joins.
    pub(in crate::sql) writes_joined_tables: bool,
    /// `SELECT … INTO t` makes a table. Elsewhere the target is a variable or a file.
    pub(in crate::sql) select_into_table: bool,
    /// `SELECT … INTO OUTFILE` writes a file.
    pub(in crate::sql) select_into_file: bool,
    /// `COPY t FROM` writes a table.
    pub(in crate::sql) copy_statement: bool,
    /// `CREATE TABLE` may put the table into others, and take it from a query that writes.
    pub(in crate::sql) create_joins_tables: bool,
    /// Names for the column that is the `INTEGER PRIMARY KEY`, whatever that is called.
    pub(in crate::sql) row_ids: &'static [&'static str],
    /// A column may be named that changes when a row is merely locked.
    pub(in crate::sql) lock_columns: bool,
    /// `package.f()` calls a function that belongs to a package.
    pub(in crate::sql) packages: bool,
    /// A function may run a text that it is handed.
    pub(in crate::sql) text_functions: bool,
    /// `NEXT VALUE FOR s` moves a sequence.
    pub(in crate::sql) next_value: bool,
    /// Whether `VACUUM` gives rows other places: always, only as `VACUUM FULL`, or not at all, as there is no such statement.
    pub(in crate::sql) vacuum: Vacuum,
    /// The table of the catalog that ANALYZE, COMMENT, CREATE INDEX and the like write.
    pub(in crate::sql) statistics: &'static str,
    /// `ANALYZE SELECT …` runs the statement; `ANALYZE TABLE t` gathers statistics.
    pub(in crate::sql) analyze_runs: bool,

    // --- transactions ---
    /// DDL, account management and BEGIN commit the open transaction.
    pub(in crate::sql) commits_implicitly: bool,
    /// A write that fails may roll the transaction back: `INSERT OR ROLLBACK`.
    pub(in crate::sql) writes_may_roll_back: bool,
    /// A procedure may end a transaction only where it has begun it.
    pub(in crate::sql) procedures_keep_transactions: bool,
    /// `XA BEGIN` and its kin.
    pub(in crate::sql) xa: bool,
    /// `PREPARE TRANSACTION`.
    pub(in crate::sql) prepares_transactions: bool,
    /// `END` closes a block.
    pub(in crate::sql) end_closes_blocks: bool,
    /// Savepoints whose names are quoted differ by case, and names are cut to the length of an identifier.
    pub(in crate::sql) savepoints_by_case: bool,

    // --- the session ---
    /// Settings no value of which changes what a query returns.
    pub(in crate::sql) harmless: &'static [&'static str],
    /// `SET` assigns variables, begins `SET STATEMENT … FOR`, and manages accounts.
    pub(in crate::sql) set_assigns: bool,
    /// Statements that run others, which their text does not show, beside CALL, DO and EXECUTE.
    pub(in crate::sql) routines: &'static [&'static str],
    /// `DO` runs an anonymous block, of which only a string is seen.
    pub(in crate::sql) anonymous_blocks: bool,
    /// `LOAD` loads a library.
    pub(in crate::sql) loads_libraries: bool,
    /// The tokenizer takes `\a` and `\f` for other characters than the database does.
    pub(in crate::sql) misread_escapes: bool,
    /// A pragma takes effect while it is prepared, even to be explained.
    pub(in crate::sql) pragmas_run_when_explained: bool,
    /// The mode that stored code was made in is known.
    pub(in crate::sql) stored_code_has_mode: bool,
    /// Functions that show what the session has done, or do something to it.
    pub(in crate::sql) session_functions: &'static [&'static str],
    /// Relations that do, or that change without a write.
    pub(in crate::sql) session_relations: &'static [&'static str],
    /// Words, not called as functions, that show what changes without a write.
    pub(in crate::sql) session_words: &'static [&'static str],
    /// Pragmas, called as functions, that show the database and not the connection. `None` where there are no pragmas.
    pub(in crate::sql) schema_pragmas: Option<&'static [&'static str]>,
}

/// What `VACUUM` does to the places of rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum Vacuum {
    /// `VACUUM` gives rows other places; `VACUUM INTO` writes a file.
    MovesRows,
    /// Only `VACUUM FULL` does.
    FullMovesRows,
    /// There is no such statement.
    None,
}
