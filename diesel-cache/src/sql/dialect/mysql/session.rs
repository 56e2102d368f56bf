//! MySQL's `SET`.

use sqlparser::tokenizer::Token;

use super::settings;
use super::variables::{assigned, variable};
use crate::sql::{
    facts::{SessionChange, SettingValue},
    tokens::{Cursor, change_as_written, dense, is_constant, is_literal, parts, string, value_as_written, word},
};

/// The isolation levels that allow no dirty reads.
const CLEAN: &[&str] = &["read-committed", "repeatable-read", "serializable"];

/// The scope of a variable that is set.
#[derive(Clone, Copy, PartialEq)]
enum Scope {
    Session,
    /// The next transaction only, as in `SET @@transaction_isolation = …`.
    Next,
    Global,
}

pub(super) fn set(tokens: &[Token], mut cursor: Cursor<'_>) -> Vec<SessionChange> {
    if let Some(changes) = transaction(tokens, cursor.clone()) {
        return changes;
    }
    if cursor.eat("PASSWORD") || cursor.eat_all(&["RESOURCE", "GROUP"]) {
        return Vec::new();
    }
    if cursor.eat("ROLE") {
        return vec![SessionChange::set("role", value_as_written(cursor.rest()))];
    }
    let mut ahead = cursor.clone();
    if ahead.eat_all(&["DEFAULT", "ROLE"]) || ahead.eat_all(&["SESSION", "AUTHORIZATION"]) {
        return vec![change_as_written(tokens)];
    }
    let mut scope = Scope::Session;
    let mut changes = Vec::new();
    for part in parts(cursor.rest()) {
        changes.extend(assignment(tokens, part, &mut scope));
    }
    changes
}

/// Reads `SET [SESSION | GLOBAL] TRANSACTION …`.
fn transaction(tokens: &[Token], mut cursor: Cursor<'_>) -> Option<Vec<SessionChange>> {
    let session = cursor.eat_any(&["SESSION", "LOCAL"]);
    let global = !session && cursor.eat("GLOBAL");
    if !cursor.eat("TRANSACTION") {
        return None;
    }
    let dirty = cursor.has_any(&["UNCOMMITTED"]);
    if !dirty && !cursor.has_any(&["LEVEL"]) {
        return Some(Vec::new());
    }
    let scope = match (session, global) {
        (true, _) => Scope::Session,
        (_, true) => Scope::Global,
        _ => Scope::Next,
    };
    Some(isolation(tokens, scope, !dirty).into_iter().collect())
}

/// Returns what an isolation level leaves behind. A dirty read may show rows that are never committed.
fn isolation(tokens: &[Token], scope: Scope, clean: bool) -> Option<SessionChange> {
    match (scope, clean) {
        (Scope::Session, true) => Some(SessionChange::set("transaction_isolation", SettingValue::Default)),
        (Scope::Session, false) => Some(SessionChange::set("transaction_isolation", value_as_written(tokens))),
        (_, true) => None,
        (_, false) => Some(change_as_written(tokens)),
    }
}

fn assignment(tokens: &[Token], part: &[Token], scope: &mut Scope) -> Vec<SessionChange> {
    let mut cursor = Cursor::new(part);
    if let Some(name) = variable(&mut cursor) {
        eat_assignment(&mut cursor);
        return vec![match cursor.rest() {
            value if is_literal(value) => SessionChange::set(&name, value_as_written(value)),
            value if is_repeatable(value) => change_as_written(part),
            _ => SessionChange::set(&name, SettingValue::Unknown),
        }];
    }
    if cursor.eat("GLOBAL") || cursor.eat("PERSIST") || cursor.eat("PERSIST_ONLY") {
        *scope = Scope::Global;
    } else if cursor.eat_any(&["SESSION", "LOCAL"]) {
        *scope = Scope::Session;
    }
    if let Some(charset) = charset(tokens, &cursor) {
        return vec![charset];
    }
    let mut scope = *scope;
    let Some(name) = system_variable(&mut cursor, &mut scope) else {
        return vec![SessionChange::Unknown];
    };
    eat_assignment(&mut cursor);
    let value = cursor.rest();
    let mut changes = called(value);
    if settings::HARMLESS.contains(&&*name) {
        return changes;
    }
    let change = match &*name {
        _ if scope == Scope::Global => Some(change_as_written(tokens)),
        "tx_isolation" | "transaction_isolation" => {
            let clean = match *dense(value) {
                [one] => string(one).is_some_and(|level| CLEAN.iter().any(|clean| level.eq_ignore_ascii_case(clean))),
                _ => false,
            };
            isolation(tokens, scope, clean)
        }
        _ => Some(session_variable(&name, part, value)),
    };
    changes.extend(change);
    changes
}

fn session_variable(name: &str, part: &[Token], value: &[Token]) -> SessionChange {
    let single = match *dense(value) {
        // A user variable is not a constant.
        [one] => string(one).or(word(one).filter(|word| !word.starts_with('@'))),
        _ => None,
    };
    let is_diesels = matches!(
        (name, single.map(str::to_ascii_lowercase).as_deref()),
        ("time_zone", Some("utc" | "+00:00"))
            | (
                "character_set_client" | "character_set_connection" | "character_set_results",
                Some("utf8mb4")
            )
    );
    match single {
        _ if is_diesels => SessionChange::set(name, SettingValue::Default),
        Some(text) => SessionChange::set(name, SettingValue::Written(format!("{text:?}").into())),
        None if is_literal(value) => SessionChange::set(name, value_as_written(value)),
        None if is_repeatable(value) => change_as_written(part),
        None => SessionChange::set(name, SettingValue::Unknown),
    }
}

/// Reads `NAMES x [COLLATE y]` or `CHARACTER SET x`, which set several variables at once. `CHARACTER SET` takes some of
/// their values from the current database.
fn charset(tokens: &[Token], all: &Cursor<'_>) -> Option<SessionChange> {
    let mut cursor = all.clone();
    if cursor.eat_all(&["CHARACTER", "SET"]) || cursor.eat("CHARSET") {
        return Some(change_as_written(tokens));
    }
    if !cursor.eat("NAMES") {
        return None;
    }
    let is_diesels = match *dense(cursor.rest()) {
        [one] => string(one)
            .or(word(one))
            .is_some_and(|name| name.eq_ignore_ascii_case("utf8mb4")),
        _ => false,
    };
    let value = match is_diesels {
        true => SettingValue::Default,
        false => value_as_written(cursor.rest()),
    };
    Some(SessionChange::set("names", value))
}

/// Consumes `x`, `@@x`, `@@session.x` or `@@global.x`, and returns the name in lower case.
fn system_variable(cursor: &mut Cursor<'_>, scope: &mut Scope) -> Option<String> {
    let mut bare = cursor.eat_token(&Token::AtAt);
    let mut name = cursor.identifier()?.to_ascii_lowercase();
    if let Some(rest) = name.strip_prefix("@@") {
        bare = true;
        name = rest.into();
    }
    while cursor.eat_token(&Token::Period) {
        let part = cursor.identifier()?.to_ascii_lowercase();
        match &*name {
            "session" | "local" if bare => (*scope, name) = (Scope::Session, part),
            "global" | "persist" | "persist_only" if bare => (*scope, name) = (Scope::Global, part),
            _ => name = format!("{name}.{part}"),
        }
        bare = false;
    }
    if bare && *scope == Scope::Session {
        *scope = Scope::Next;
    }
    Some(name)
}

fn eat_assignment(cursor: &mut Cursor<'_>) {
    if !cursor.eat_token(&Token::Eq) {
        cursor.eat_token(&Token::Assignment);
    }
}

/// Returns what an expression changes besides having a value.
fn called(value: &[Token]) -> Vec<SessionChange> {
    if is_repeatable(value) {
        assigned(value)
    } else if value.contains(&Token::LParen) {
        // A function may set variables.
        vec![SessionChange::Unknown]
    } else {
        Vec::new()
    }
}

/// Returns `true` if an expression has the same value on all connections on which the same settings were made before:
/// it depends on no rows, no clock and no random number.
fn is_repeatable(value: &[Token]) -> bool {
    const FUNCTIONS: &[&str] = &[
        "CONCAT",
        "CONCAT_WS",
        "REPLACE",
        "TRIM",
        "LOWER",
        "UPPER",
        "IF",
        "IFNULL",
        "COALESCE",
        "SELECT",
    ];
    const VARIABLES: &[&str] = &[
        "SESSION",
        "LOCAL",
        "GLOBAL",
        "SQL_MODE",
        "TIME_ZONE",
        "OPTIMIZER_SWITCH",
        "CHARACTER_SET_CLIENT",
        "CHARACTER_SET_CONNECTION",
        "CHARACTER_SET_RESULTS",
        "COLLATION_CONNECTION",
    ];
    dense(value).iter().all(|token| match token {
        Token::Word(word) if word.quote_style.is_some() => false,
        Token::Word(word) if word.value.starts_with('@') && !word.value.starts_with("@@") => true,
        Token::Word(word) => {
            let word = word.value.trim_start_matches('@');
            is_constant(token)
                || [FUNCTIONS, VARIABLES]
                    .iter()
                    .any(|known| known.iter().any(|known| word.eq_ignore_ascii_case(known)))
        }
        Token::Placeholder(_) | Token::Question => false,
        _ => true,
    })
}
