//! Rules of the databases that decide what a transaction takes back.

use crate::sql::{Dialect, StatementFacts};

/// Returns `true` if the statement sets one thing, or fails and sets nothing.
pub(super) fn is_setting(statement: &StatementFacts) -> bool {
    const VERBS: &[&str] = &["SET", "RESET", "DISCARD", "USE", "ATTACH", "DETACH", "PRAGMA"];
    VERBS.contains(&&*statement.verb) && statement.session_changes.len() <= 1
}

/// Returns `true` if settings are part of the transaction in which they were made.
pub(super) fn takes_back(dialect: Option<Dialect>) -> bool {
    matches!(dialect, None | Some(Dialect::Postgres))
}
