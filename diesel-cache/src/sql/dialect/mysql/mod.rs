//! MySQL and MariaDB.

mod autocommit;
mod rewrite;
mod session;
mod settings;
mod shows;
mod variables;

use sqlparser::dialect::MySqlDialect;

use super::behaviour::Behaviour;
use super::syntax::{
    CodeSyntax, QuotingMode, QuotingModes, SelectInto, SessionSyntax, Signature, Spelling, StatementSyntax, Stop,
    Syntax, TransactionSyntax, Vacuum,
};
use crate::sql::facts::Operations;

pub(super) static SYNTAX: Syntax = Syntax {
    signature: Signature {
        key: "mysql",
        backend: "Mysql",
        schemes: &["mysql"],
        setup: &[
            "SET time_zone = '+00:00';",
            "SET character_set_client = 'utf8mb4'",
            "SET character_set_connection = 'utf8mb4'",
            "SET character_set_results = 'utf8mb4'",
        ],
    },
    behaviour: Behaviour {
        in_process: false,
        prepares_first_alone: false,
        one_at_a_time: true,
        mixes_up_answers: true,
        shows_collected_binds: false,
        locks_first: false,
        refuses_after_error: false,
        joins_statements: Some(false),
        rolls_back_settings: Some(false),
        tells_defaults: false,
        statements_keep_settings: true,
        // It forgets the savepoint at once.
        savepoint_begins: Some(false),
        savepoints_have_collation: true,
        // The protocol counts them in 16 bits.
        max_binds: 65_535,
        binds_arrays: false,
    },
    parser: &MySqlDialect {},
    spelling: Spelling {
        usual: QuotingMode {
            single: true,
            double: true,
        },
        unusual: &[
            // `NO_BACKSLASH_ESCAPES`
            QuotingMode {
                single: false,
                double: false,
            },
            // `ANSI_QUOTES`
            QuotingMode {
                single: true,
                double: false,
            },
        ],
        code: QuotingModes::Usual,
        splits_first: false,
        odd: b"#[",
        begins_line_comment,
        line_ends: &['\n'],
        nests_comments: false,
        executable_comments: &["/*!", "/*M!"],
        name_quotes: &[('`', '`', true)],
        single_quoted_names: false,
        double_quoted_names: true,
        unknown_names_are_literals: false,
        continues_literals: false,
        dollar_quotes: false,
        escape_literals: false,
        bit_literals: true,
        unicode_literals: false,
        national_literals: true,
        joins_names: true,
        keeps_backslashes: true,
        misreads_escapes: true,
        at_sign_begins_word: true,
        stop,
    },
    statements: StatementSyntax {
        into_is_optional: true,
        reserves_insert: true,
        replace: true,
        replacing: Operations::DELETE,
        conflict_clause: false,
        joins_targets: true,
        select_into: SelectInto::Variables,
        copy: false,
        next_value_for: true,
        question_is_operator: false,
        packages: true,
        functions_running_texts: &[],
        row_functions: &["json_table"],
        catalog_schemas: &["information_schema", "mysql", "performance_schema", "sys"],
        catalog_relations: &[],
        catalog_prefixes: &[],
        ambiguous_words: &[],
        concatenates_by_pipes: false,
        catalog_has_schemas: false,
        row_ids: &["_rowid"],
        lock_columns: &[],
        create_table_writes_others: false,
        vacuum: Vacuum::Nothing,
        catalog_table: "innodb_table_stats",
        set_statement: true,
        analyze_runs: true,
        explain_runs_pragmas: false,
        // Only MariaDB has these.
        compound: &[
            "BEGIN", "CASE", "ELSE", "ELSEIF", "END", "FOR", "IF", "LOOP", "REPEAT", "UNTIL", "WHEN", "WHILE",
        ],
    },
    transactions: TransactionSyntax {
        implicit_commit: true,
        committing: &["LOCK", "UNLOCK", "OPTIMIZE", "CHECK", "FLUSH", "ANALYZE", "RESET"],
        or_rollback: false,
        xa: true,
        prepare_transaction: false,
        // Here `END` closes a block.
        end_commits: false,
        routines_may_begin: true,
        savepoint: |name, _| name.to_ascii_lowercase().into(),
        autocommit: autocommit::autocommit,
    },
    session: SessionSyntax {
        harmless_settings: settings::HARMLESS,
        #[cfg(test)]
        meaningful_settings: settings::MEANINGFUL,
        set: session::set,
        // These are different statements on MySQL, which leave nothing behind.
        reset: |_| Vec::new(),
        discard: |_| Vec::new(),
        load_is_library: false,
        set_by_expressions: variables::set_by_expressions,
        select_sets: variables::select_sets,
        shows: shows::shows,
        shows_by_expressions: shows::shows_by_expressions,
    },
    code: CodeSyntax {
        names_a_change: variables::sets_user_variable,
        local_variables: true,
        anonymous_blocks: false,
    },
    rewrite: rewrite::rewrite,
};

/// Returns `true` for `-- a` and `#a`. `--a` is two minus signs.
fn begins_line_comment(rest: &str) -> bool {
    match rest.strip_prefix("--") {
        Some(rest) => {
            let next = rest.chars().next();
            next.is_none_or(|next| next.is_ascii_whitespace() || next.is_ascii_control())
        }
        None => rest.starts_with('#'),
    }
}

/// Returns why a text cannot be read past this character.
fn stop(c: char, _: &str, rest: &str) -> Option<Stop> {
    match c {
        // `\N` is NULL.
        '\\' if !rest.starts_with("\\N") => Some(Stop::Refused),
        // With `sql_mode = MSSQL`, MariaDB reads `[…]` as a name. No other mode accepts such brackets.
        '[' => Some(Stop::NotUnderstood),
        _ => None,
    }
}
