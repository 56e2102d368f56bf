//! `SET`, `RESET`, `PRAGMA` and the like: which settings are harmless, and which change what a text means.
//!
//! A setting counts as harmless only if it is known to be. Any other may decide which table a name means
//! (`search_path`), which rows a session sees (`role`, a tenant's id for row security), how a text is read (`sql_mode`)
//! or how values are shown (`DateStyle`).

use crate::sql::{
    dialect::Dialect,
    facts::{SessionChange, SettingValue, StatementFacts, StatementKind},
    tokens::Cursor,
};

/// Returns the facts of a statement that leaves these changes behind: `SET`, `RESET`, `PRAGMA` and the like.
pub(super) fn facts(verb: &str, cursor: Cursor<'_>, dialect: Dialect, changes: &[SessionChange]) -> StatementFacts {
    let syntax = &dialect.syntax().transactions;
    if verb == "SET"
        && let Some(on) = (syntax.autocommit)(&cursor)
    {
        let mut facts = StatementFacts::new(StatementKind::Autocommit(on), verb);
        facts.commits = on != Some(false);
        return facts;
    }
    // A setting that gets the value of every new connection only undoes what was set before.
    let is_default = |change: &SessionChange| {
        matches!(
            change,
            SessionChange::Set {
                value: SettingValue::Default,
                ..
            }
        )
    };
    let mut facts = match changes.iter().all(is_default) {
        true => StatementFacts::new(StatementKind::Utility, verb),
        false => StatementFacts::session_change(verb),
    };
    // These statements write to the tables in which the server keeps its accounts.
    let is_of_account = cursor.has_any(&["PASSWORD"]) || cursor.clone().eat_all(&["DEFAULT", "ROLE"]);
    facts.commits = verb == "SET" && syntax.implicit_commit && is_of_account;
    facts
}
