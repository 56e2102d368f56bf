//! What a PostgreSQL query shows of its session.

use sqlparser::tokenizer::Token;

use super::{set_config::text, settings};
use crate::sql::tokens::{called, parts};

/// Functions that show what the session has done, or do something to it.
const FUNCTIONS: &[&str] = &[
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

/// Relations that show what the session has done, or that change without a write.
const RELATIONS: &[&str] = &["pg_cursors", "pg_prepared_statements", "pg_sequences", "pg_settings"];

/// Columns of sequences, which change without a write.
const SEQUENCE_COLUMNS: &[&str] = &["last_value", "log_cnt", "is_called"];

pub(super) fn shows(name: &str, is_called: bool) -> bool {
    (is_called && FUNCTIONS.contains(&name))
        || RELATIONS.contains(&name)
        || (!is_called && SEQUENCE_COLUMNS.contains(&name))
}

/// Returns `true` if the statement reads a setting that is not part of the key.
pub(super) fn shows_setting(tokens: &[Token]) -> bool {
    called(tokens, "current_setting").any(|arguments| !is_in_key(arguments))
}

/// Returns `true` if these are the arguments of a call that reads a setting which a `SET` makes part of the key, such
/// as `current_setting('search_path')`.
fn is_in_key<'a>(arguments: Option<&'a [Token]>) -> bool {
    let inside = |arguments: &'a [Token]| arguments.get(1..arguments.len().saturating_sub(1));
    let first = arguments
        .and_then(inside)
        .and_then(|inside| parts(inside).first().copied());
    first.and_then(text).is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        // The key does not distinguish those values of `extra_float_digits` that print all numbers alike.
        name != "extra_float_digits" && !settings::HARMLESS.contains(&&*name)
    })
}
