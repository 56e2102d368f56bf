//! SQLite.

mod rewrite;
pub(super) mod session;
mod settings;
mod shows;

use sqlparser::dialect::SQLiteDialect;

use super::behaviour::Behaviour;
use super::postgres;
use super::setters::calls_a_setter;
use super::syntax::{
    CodeSyntax, QuotingMode, QuotingModes, SelectInto, SessionSyntax, Signature, Spelling, StatementSyntax, Stop,
    Syntax, TransactionSyntax, Vacuum, is_word_part,
};
use crate::sql::facts::Operations;

pub(super) static SYNTAX: Syntax = Syntax {
    signature: Signature {
        key: "sqlite",
        backend: "Sqlite",
        schemes: &["sqlite", "file"],
        setup: &[],
    },
    behaviour: Behaviour {
        in_process: true,
        prepares_first_alone: true,
        one_at_a_time: true,
        mixes_up_answers: false,
        shows_collected_binds: true,
        locks_first: false,
        refuses_after_error: false,
        joins_statements: Some(false),
        rolls_back_settings: Some(false),
        tells_defaults: false,
        statements_keep_settings: true,
        savepoint_begins: Some(true),
        savepoints_have_collation: false,
        // SQLITE_MAX_VARIABLE_NUMBER, by default.
        max_binds: 32_766,
        binds_arrays: false,
    },
    parser: &SQLiteDialect {},
    spelling: Spelling {
        usual: QuotingMode {
            single: false,
            double: false,
        },
        unusual: &[],
        code: QuotingModes::Any,
        splits_first: false,
        odd: b"#@:$",
        begins_line_comment: |rest| rest.starts_with("--"),
        line_ends: &['\n'],
        nests_comments: false,
        executable_comments: &[],
        name_quotes: &[('`', '`', true), ('[', ']', false)],
        single_quoted_names: true,
        double_quoted_names: false,
        unknown_names_are_literals: true,
        continues_literals: false,
        dollar_quotes: false,
        escape_literals: false,
        bit_literals: false,
        unicode_literals: false,
        national_literals: false,
        joins_names: false,
        keeps_backslashes: false,
        misreads_escapes: false,
        at_sign_begins_word: false,
        stop,
    },
    statements: StatementSyntax {
        into_is_optional: false,
        reserves_insert: false,
        replace: true,
        replacing: Operations {
            delete: true,
            replace: true,
            ..Operations::NONE
        },
        conflict_clause: true,
        joins_targets: false,
        select_into: SelectInto::Nothing,
        copy: false,
        next_value_for: false,
        question_is_operator: false,
        packages: false,
        functions_running_texts: &[],
        row_functions: &[
            "carray",
            "generate_series",
            "json_each",
            "json_tree",
            "jsonb_each",
            "jsonb_tree",
        ],
        catalog_schemas: &[],
        catalog_relations: &["dbstat"],
        catalog_prefixes: &["sqlite_", "pragma_"],
        ambiguous_words: &["FALSE", "TRUE"],
        concatenates_by_pipes: true,
        catalog_has_schemas: false,
        // Aliases of the `INTEGER PRIMARY KEY` column, whatever its name is.
        row_ids: &["rowid", "oid", "_rowid_"],
        lock_columns: &[],
        create_table_writes_others: false,
        vacuum: Vacuum::Everything,
        catalog_table: "sqlite_stat1",
        set_statement: false,
        analyze_runs: false,
        explain_runs_pragmas: true,
        compound: &[],
    },
    transactions: TransactionSyntax {
        implicit_commit: false,
        committing: &[],
        or_rollback: true,
        xa: false,
        prepare_transaction: true,
        end_commits: true,
        routines_may_begin: true,
        savepoint: |name, _| name.to_ascii_lowercase().into(),
        autocommit: |_| None,
    },
    session: SessionSyntax {
        harmless_settings: settings::HARMLESS,
        #[cfg(test)]
        meaningful_settings: settings::MEANINGFUL,
        // SQLite has none of these statements. They are read as PostgreSQL's, for a text whose dialect is not known.
        set: |_, cursor| postgres::session::set(cursor),
        reset: postgres::session::reset,
        discard: postgres::session::discard,
        load_is_library: false,
        set_by_expressions: session::set_by_expressions,
        select_sets: calls_a_setter,
        shows: shows::shows,
        shows_by_expressions: |_| false,
    },
    code: CodeSyntax {
        names_a_change: |_| false,
        local_variables: false,
        anonymous_blocks: false,
    },
    rewrite: rewrite::rewrite,
};

/// Returns why a text cannot be read past this character: `$a('…)`, quote and all, is the name of one variable.
fn stop(c: char, before: &str, _: &str) -> Option<Stop> {
    (c == '(' && follows_variable(before)).then_some(Stop::NotUnderstood)
}

fn follows_variable(before: &str) -> bool {
    const MARKS: [char; 4] = ['$', '@', ':', '#'];
    let rest = before.trim_end_matches(|c| is_word_part(c) || MARKS.contains(&c));
    before[rest.len()..].contains(MARKS)
}
