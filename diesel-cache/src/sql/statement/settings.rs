//! `SET`, `RESET`, `PRAGMA` and their kin: harmless settings, and those that change what a text means.
//!
//! A setting counts as harmless only if it is known to be. What is not, may decide which table a name means (`search_path`), which rows a
//! session sees (`role`, a tenant's id for row security), how a text is read (`sql_mode`) or how values are shown (`DateStyle`).

use crate::sql::{
    dialect::Dialect,
    facts::{Change, Kind, StatementFacts, Value},
    tokens::Cursor,
};

/// `SET`, `RESET`, `PRAGMA` and their kin, which leave these changes behind.
pub(super) fn facts(verb: &str, cursor: Cursor<'_>, dialect: Dialect, changes: &[Change]) -> StatementFacts {
    let syntax = &dialect.syntax().transactions;
    if verb == "SET"
        && let Some(on) = (syntax.autocommit)(&cursor)
    {
        let mut facts = StatementFacts::new(Kind::Autocommit(on), verb);
        facts.commits = on != Some(false);
        return facts;
    }
    // The value that every new connection has changes nothing but what was set before.
    let is_default = |change: &Change| {
        matches!(
            change,
            Change::Set {
                value: Value::Default,
                ..
            }
        )
    };
    let mut facts = match changes.iter().all(is_default) {
        true => StatementFacts::new(Kind::Session, verb),
        false => StatementFacts::context(verb),
    };
    // Accounts are kept in tables.
    let is_of_account = cursor.has_any(&["PASSWORD"]) || cursor.clone().eat_all(&["DEFAULT", "ROLE"]);
    facts.commits = verb == "SET" && syntax.implicit_commit && is_of_account;
    facts
}
