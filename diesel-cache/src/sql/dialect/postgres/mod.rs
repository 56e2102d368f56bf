//! PostgreSQL.

pub(crate) mod conninfo;
mod functions;
mod rewrite;
pub(super) mod session;
mod set_config;
mod settings;
mod shows;

use sqlparser::dialect::PostgreSqlDialect;

use super::behaviour::Behaviour;
use super::setters::calls_a_setter;
use super::syntax::{
    CodeSyntax, QuotingMode, QuotingModes, SelectInto, SessionSyntax, Signature, Spelling, StatementSyntax, Stop,
    Syntax, TransactionSyntax, Vacuum,
};
use crate::sql::facts::{Operations, cut};

pub(super) static SYNTAX: Syntax = Syntax {
    signature: Signature {
        key: "postgres",
        backend: "Pg",
        schemes: &["postgres", "postgresql"],
        setup: &["SET TIME ZONE 'UTC'", "SET CLIENT_ENCODING TO 'UTF8'"],
    },
    behaviour: Behaviour {
        in_process: false,
        prepares_first_alone: false,
        one_at_a_time: false,
        mixes_up_answers: false,
        shows_collected_binds: false,
        locks_first: true,
        refuses_after_error: true,
        // A `BEGIN` among them takes over what came before it.
        joins_statements: Some(true),
        rolls_back_settings: Some(true),
        tells_defaults: true,
        statements_keep_settings: false,
        // It refuses the savepoint.
        savepoint_begins: Some(false),
        savepoints_have_collation: false,
        // The protocol counts them in 16 bits.
        max_binds: 65_535,
        binds_arrays: true,
    },
    parser: &PostgreSqlDialect {},
    spelling: Spelling {
        usual: QuotingMode {
            single: false,
            double: false,
        },
        // `standard_conforming_strings = off`
        unusual: &[QuotingMode {
            single: true,
            double: false,
        }],
        code: QuotingModes::Any,
        splits_first: true,
        odd: b"",
        begins_line_comment: |rest| rest.starts_with("--"),
        line_ends: &['\n', '\r'],
        nests_comments: true,
        executable_comments: &[],
        name_quotes: &[],
        single_quoted_names: false,
        double_quoted_names: false,
        unknown_names_are_literals: false,
        continues_literals: true,
        dollar_quotes: true,
        escape_literals: true,
        bit_literals: true,
        unicode_literals: true,
        national_literals: true,
        joins_names: false,
        keeps_backslashes: false,
        misreads_escapes: false,
        at_sign_begins_word: false,
        stop: |c, _, _| (c == '\\').then_some(Stop::Refused),
    },
    statements: StatementSyntax {
        into_is_optional: false,
        reserves_insert: false,
        replace: false,
        replacing: Operations::DELETE,
        conflict_clause: false,
        joins_targets: false,
        select_into: SelectInto::Table,
        copy: true,
        next_value_for: false,
        question_is_operator: true,
        packages: false,
        functions_running_texts: functions::RUNNING_TEXTS,
        row_functions: functions::ROWS,
        catalog_schemas: &["information_schema", "pg_catalog", "pg_toast"],
        catalog_relations: &[],
        catalog_prefixes: &["pg_"],
        ambiguous_words: &[],
        concatenates_by_pipes: true,
        catalog_has_schemas: true,
        row_ids: &[],
        // These columns record the transactions and commands that have written or locked a row.
        lock_columns: &["xmax", "cmin", "cmax"],
        create_table_writes_others: true,
        vacuum: Vacuum::Options,
        catalog_table: "pg_statistic",
        set_statement: false,
        analyze_runs: false,
        explain_runs_pragmas: false,
        compound: &[],
    },
    transactions: TransactionSyntax {
        implicit_commit: false,
        committing: &[],
        or_rollback: false,
        xa: false,
        prepare_transaction: true,
        end_commits: true,
        // A procedure that is called outside of a transaction leaves none open.
        routines_may_begin: false,
        savepoint: |name, quoted| match quoted {
            true => cut(name).into(),
            false => cut(&name.to_ascii_lowercase()).into(),
        },
        autocommit: |_| None,
    },
    session: SessionSyntax {
        harmless_settings: settings::HARMLESS,
        #[cfg(test)]
        meaningful_settings: settings::MEANINGFUL,
        set: |_, cursor| session::set(cursor),
        reset: session::reset,
        discard: session::discard,
        load_is_library: true,
        set_by_expressions: set_config::set_by_expressions,
        select_sets: calls_a_setter,
        shows: shows::shows,
        shows_by_expressions: shows::shows_setting,
    },
    code: CodeSyntax {
        names_a_change: session::names_a_change,
        local_variables: false,
        anonymous_blocks: true,
    },
    rewrite: rewrite::rewrite,
};
