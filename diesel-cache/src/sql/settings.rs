//! Settings: harmless ones, and those that change what a text means.
//!
//! A setting counts as harmless only if it is known to be. What is not, may decide which table a name means (`search_path`), which rows a
//! session sees (`role`, a tenant's id for row security), how a text is read (`sql_mode`) or how values are shown (`DateStyle`).

mod mysql;
mod postgres;
mod sqlite;

use sqlparser::tokenizer::Token;

use super::{
    Dialect, Kind, StatementFacts,
    cursor::Cursor,
    session::{Change, Value},
};

/// Does no value of the setting, or pragma, change what a query returns? Its name is in lower case.
pub(super) fn is_harmless(name: &str, dialect: Dialect) -> bool {
    harmless(dialect).contains(&name)
}

/// The same, in any database that has it.
pub(super) fn is_harmless_anywhere(name: &str) -> bool {
    [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql]
        .iter()
        .any(|&dialect| is_harmless(name, dialect))
}

fn harmless(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Sqlite => sqlite::HARMLESS,
        Dialect::Postgres => postgres::HARMLESS,
        Dialect::Mysql => mysql::HARMLESS,
    }
}

/// `SET`, `RESET`, `PRAGMA` and their kin, which leave these changes behind.
pub(super) fn facts(verb: &str, cursor: Cursor<'_>, dialect: Dialect, changes: &[Change]) -> StatementFacts {
    if verb == "SET"
        && dialect == Dialect::Mysql
        && let Some(on) = autocommit(&cursor)
    {
        let mut facts = StatementFacts::new(Kind::Autocommit(on), verb);
        facts.commits = on != Some(false);
        return facts;
    }
    // What every new connection has changes nothing but what was set before.
    let fresh = |change: &Change| {
        matches!(
            change,
            Change::Set {
                value: Value::Fresh,
                ..
            }
        )
    };
    let mut facts = match changes.iter().all(fresh) {
        true => StatementFacts::new(Kind::Session, verb),
        false => StatementFacts::context(verb),
    };
    // Accounts are kept in tables.
    let is_of_account = cursor.has_any(&["PASSWORD"]) || cursor.clone().eat_all(&["DEFAULT", "ROLE"]);
    facts.commits = verb == "SET" && dialect == Dialect::Mysql && is_of_account;
    facts
}

/// `SET autocommit = …`, and `completion_type`, which begins a transaction where another ends.
fn autocommit(all: &Cursor<'_>) -> Option<Option<bool>> {
    let mut cursor = all.clone();
    let mentioned = std::iter::from_fn(|| cursor.next()).any(|token| match token {
        Token::Word(word) => {
            let name = word.value.trim_start_matches('@');
            name.eq_ignore_ascii_case("autocommit") || name.eq_ignore_ascii_case("completion_type")
        }
        _ => false,
    });
    mentioned.then(|| autocommit_alone(all.clone()))
}

fn autocommit_alone(mut cursor: Cursor<'_>) -> Option<bool> {
    // `GLOBAL` is for connections to come.
    if cursor.has_any(&["GLOBAL", "PERSIST", "DEFAULT", "@@GLOBAL"]) || scope_and_name(&mut cursor)? != "autocommit" {
        return None;
    }
    cursor.next();
    let on = match cursor.next()? {
        Token::Number(number, _) if number == "1" => true,
        Token::Number(number, _) if number == "0" => false,
        Token::Word(word) if ["ON", "TRUE"].iter().any(|on| word.value.eq_ignore_ascii_case(on)) => true,
        Token::Word(word) if ["OFF", "FALSE"].iter().any(|off| word.value.eq_ignore_ascii_case(off)) => false,
        _ => return None,
    };
    cursor.is_at_end().then_some(on)
}

/// The name of a setting, in lower case, after `SESSION`, `LOCAL`, `GLOBAL`, `@@session.` and the like.
fn scope_and_name(cursor: &mut Cursor<'_>) -> Option<String> {
    cursor.eat_token(&Token::AtAt);
    cursor.eat_any(&["SESSION", "LOCAL", "GLOBAL", "PERSIST"]);
    let mut name = cursor.identifier()?.to_ascii_lowercase();
    while cursor.eat_token(&Token::Period) {
        let part = cursor.identifier()?.to_ascii_lowercase();
        name = match &*name {
            "@@session" | "@@local" | "@@global" | "session" | "local" | "global" => part,
            // `app.tenant`
            _ => format!("{name}.{part}"),
        };
    }
    Some(name.trim_start_matches("@@").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_setting_is_in_two_lists() {
        for (harmless, meaningful) in [
            (sqlite::HARMLESS, sqlite::MEANINGFUL),
            (postgres::HARMLESS, postgres::MEANINGFUL),
            (mysql::HARMLESS, mysql::MEANINGFUL),
        ] {
            let mut all: Vec<_> = harmless.iter().chain(meaningful).collect();
            all.sort_unstable();
            for pair in all.windows(2) {
                assert_ne!(pair[0], pair[1]);
            }
            assert!(all.iter().all(|name| **name == name.to_ascii_lowercase()));
        }
    }
}
