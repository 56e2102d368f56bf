//! What a query shows of its session: no write changes it, and no other session has it.

use sqlparser::tokenizer::Token;

use super::{
    calls::{called, text},
    dense, parts,
};
use crate::sql::{
    Dialect,
    cursor::{Cursor, word},
    settings,
};

/// Functions that show what the session has done, or do something to it.
const POSTGRES: &[&str] = &[
    "currval",
    "inet_client_addr",
    "inet_client_port",
    "inet_server_addr",
    "inet_server_port",
    "lastval",
    "nextval",
    "pg_advisory_lock",
    "pg_advisory_lock_shared",
    "pg_advisory_unlock",
    "pg_advisory_unlock_all",
    "pg_advisory_unlock_shared",
    "pg_advisory_xact_lock",
    "pg_advisory_xact_lock_shared",
    "pg_backend_pid",
    "pg_current_xact_id",
    "pg_current_xact_id_if_assigned",
    "pg_cursor",
    "pg_is_other_temp_schema",
    "pg_listening_channels",
    "pg_my_temp_schema",
    "pg_notify",
    "pg_prepared_statement",
    "pg_sequence_last_value",
    "pg_show_all_settings",
    "pg_stat_get_activity",
    "pg_trigger_depth",
    "pg_try_advisory_lock",
    "pg_try_advisory_lock_shared",
    "pg_try_advisory_xact_lock",
    "pg_try_advisory_xact_lock_shared",
    "setseed",
    "setval",
    "txid_current",
    "txid_current_if_assigned",
];
const MYSQL: &[&str] = &[
    "connection_id",
    "found_rows",
    "get_lock",
    "is_free_lock",
    "is_used_lock",
    "last_insert_id",
    "lastval",
    "nextval",
    "release_all_locks",
    "release_lock",
    "row_count",
    "setval",
];
const SQLITE: &[&str] = &["changes", "last_insert_rowid", "total_changes"];

/// Relations that do, or that change without a write.
const POSTGRES_RELATIONS: &[&str] = &["pg_cursors", "pg_prepared_statements", "pg_sequences", "pg_settings"];
const MYSQL_RELATIONS: &[&str] = &[
    "global_status",
    "global_variables",
    "optimizer_trace",
    "processlist",
    "profiling",
    "session_account_connect_attrs",
    "session_connect_attrs",
    "session_status",
    "session_variables",
    "status_by_thread",
    "system_variables",
    "user_variables",
    "user_variables_by_thread",
    "variables_by_thread",
];

/// Columns of PostgreSQL's sequences, which change without a write.
const SEQUENCE_COLUMNS: &[&str] = &["last_value", "log_cnt", "is_called"];

/// Pragmas of SQLite, as functions, that show the database and not the connection.
const SCHEMA_PRAGMAS: &[&str] = &[
    "collation_list",
    "compile_options",
    "foreign_key_check",
    "foreign_key_list",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "module_list",
    "pragma_list",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Variables of MySQL that change by themselves, or have several values that are one to the key.
const MOVING: &[&str] = &[
    "error_count",
    "identity",
    "in_transaction",
    "insert_id",
    "last_gtid",
    "last_insert_id",
    "pseudo_thread_id",
    "rand_seed1",
    "rand_seed2",
    "timestamp",
    "transaction_isolation",
    "tx_isolation",
    "warning_count",
];

/// Does the statement show what only its session has, and is not part of the key?
pub(in crate::sql) fn shows_session(tokens: &[Token], dialect: Dialect) -> bool {
    let (functions, relations): (_, &[&str]) = match dialect {
        Dialect::Sqlite => (SQLITE, &[]),
        Dialect::Postgres => (POSTGRES, POSTGRES_RELATIONS),
        Dialect::Mysql => (MYSQL, MYSQL_RELATIONS),
    };
    let is_pragma = |name: &str| {
        let pragma = name.strip_prefix("pragma_");
        dialect == Dialect::Sqlite && pragma.is_some_and(|pragma| !SCHEMA_PRAGMAS.contains(&pragma))
    };
    let dense = dense(tokens);
    let named = |place: usize, token: &Token| match token {
        Token::Word(word) => {
            let name = word.value.to_ascii_lowercase();
            let is_called = dense.get(place + 1) == Some(&&Token::LParen);
            (is_called && functions.contains(&&*name))
                || relations.contains(&&*name)
                || (dialect == Dialect::Postgres && !is_called && SEQUENCE_COLUMNS.contains(&&*name))
                || (dialect == Dialect::Mysql && name == "sql_calc_found_rows")
                || is_pragma(&name)
        }
        // SQLite takes it for a name where one is due.
        Token::SingleQuotedString(name) => is_pragma(&name.to_ascii_lowercase()),
        _ => false,
    };
    dense.iter().enumerate().any(|(place, token)| named(place, token))
        || match dialect {
            Dialect::Sqlite => false,
            Dialect::Postgres => called(tokens, "current_setting").any(|arguments| !is_in_key(arguments)),
            Dialect::Mysql => shows_variable(tokens) || shows_sequence(tokens),
        }
}

/// `current_setting('search_path')`, and any other that a `SET` makes part of the key.
fn is_in_key<'a>(arguments: Option<&'a [Token]>) -> bool {
    let inside = |arguments: &'a [Token]| arguments.get(1..arguments.len().saturating_sub(1));
    let first = arguments
        .and_then(inside)
        .and_then(|inside| parts(inside).first().copied());
    first.and_then(text).is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        // Values of it that print all numbers alike are one to the key.
        name != "extra_float_digits" && !settings::is_harmless(&name, Dialect::Postgres)
    })
}

/// `@@wait_timeout`, `@@session.identity`; `@@global.x`, which any session may set.
fn shows_variable(tokens: &[Token]) -> bool {
    let mut cursor = Cursor::new(tokens);
    while let Some(token) = cursor.next() {
        let first = match token {
            Token::Word(word) if word.value.starts_with("@@") => Some(word.value.trim_start_matches('@')),
            Token::AtAt => cursor.identifier(),
            _ => None,
        };
        let Some(first) = first else { continue };
        let last = match cursor.eat_token(&Token::Period) {
            true => cursor.identifier().unwrap_or_default(),
            false => first,
        };
        let name = last.to_ascii_lowercase();
        if first.eq_ignore_ascii_case("global") {
            return true;
        }
        if settings::is_harmless(&name, Dialect::Mysql) || MOVING.contains(&&*name) {
            return true;
        }
    }
    false
}

/// `NEXT VALUE FOR s`, `PREVIOUS VALUE FOR s`
fn shows_sequence(tokens: &[Token]) -> bool {
    let words = dense(tokens);
    words.windows(3).any(|three| {
        let is =
            |place: usize, expected: &str| word(three[place]).is_some_and(|word| word.eq_ignore_ascii_case(expected));
        (is(0, "NEXT") || is(0, "PREVIOUS")) && is(1, "VALUE") && is(2, "FOR")
    })
}
