//! What a MySQL query shows of its session.

use sqlparser::tokenizer::Token;

use super::settings;
use crate::sql::tokens::{Cursor, dense, word};

/// Functions that show what the session has done, or do something to it.
const FUNCTIONS: &[&str] = &[
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

/// Relations that show what the session has done, or that change without a write.
const RELATIONS: &[&str] = &[
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

/// Variables that change without a `SET`, or of which the key does not distinguish all values.
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

pub(super) fn shows(name: &str, is_called: bool) -> bool {
    (is_called && FUNCTIONS.contains(&name)) || RELATIONS.contains(&name) || name == "sql_calc_found_rows"
}

pub(super) fn shows_by_expressions(tokens: &[Token]) -> bool {
    shows_variable(tokens) || shows_sequence(tokens)
}

/// Returns `true` for variables that are not part of the key: `@@wait_timeout`, `@@session.identity`, and `@@global.x`,
/// which any session may set.
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
        if settings::HARMLESS.contains(&&*name) || MOVING.contains(&&*name) {
            return true;
        }
    }
    false
}

/// Returns `true` for `NEXT VALUE FOR s` and `PREVIOUS VALUE FOR s`.
fn shows_sequence(tokens: &[Token]) -> bool {
    let words = dense(tokens);
    words.windows(3).any(|three| {
        let is =
            |place: usize, expected: &str| word(three[place]).is_some_and(|word| word.eq_ignore_ascii_case(expected));
        (is(0, "NEXT") || is(0, "PREVIOUS")) && is(1, "VALUE") && is(2, "FOR")
    })
}
