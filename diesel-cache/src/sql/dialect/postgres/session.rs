//! PostgreSQL's `SET`, `RESET` and `DISCARD`.

use sqlparser::tokenizer::Token;

use super::settings;
use crate::sql::{
    facts::{SessionChange, SettingValue, cut},
    tokens::{Cursor, dense, is_any, string, value_as_written, word},
};

/// Settings that Diesel makes on every connection that it opens. A reset restores the server's values, which may
/// differ.
const SET_BY_DIESEL: &[&str] = &["timezone", "client_encoding"];

pub(in crate::sql::dialect) fn set(mut cursor: Cursor<'_>) -> Vec<SessionChange> {
    if cursor.eat_any(&["TRANSACTION", "CONSTRAINTS"]) || cursor.eat_all(&["SESSION", "CHARACTERISTICS"]) {
        return Vec::new();
    }
    let local = cursor.eat("LOCAL");
    if !local && cursor.clone().eat_all(&["SESSION", "SESSION"]) {
        cursor.eat("SESSION");
    }
    if cursor.eat_all(&["SESSION", "AUTHORIZATION"]) {
        return change(
            "session_authorization",
            value("session_authorization", cursor.rest()),
            local,
        );
    }
    if !local {
        cursor.eat("SESSION");
    }
    match assignment(&mut cursor) {
        Some((name, value)) => change(&name, value, local),
        None => vec![SessionChange::Unknown],
    }
}

/// Returns the changes that are left behind when this setting gets this value.
pub(super) fn change(name: &str, value: SettingValue, local: bool) -> Vec<SessionChange> {
    if settings::HARMLESS.contains(&name) {
        return Vec::new();
    }
    match (name, value) {
        ("session_authorization", _) if local => vec![SessionChange::Unknown],
        ("session_authorization", value) => vec![
            SessionChange::set(name, value),
            SessionChange::set("role", SettingValue::Written("\"none\"".into())),
        ],
        // From now on, a plain CREATE TABLE creates a temporary table.
        ("search_path", SettingValue::Written(text)) if text.to_ascii_lowercase().contains("pg_temp") => {
            vec![SessionChange::Unknown]
        }
        (_, value) => vec![SessionChange::Set {
            name: name.into(),
            value,
            local,
        }],
    }
}

fn assignment(cursor: &mut Cursor<'_>) -> Option<(String, SettingValue)> {
    let name = if cursor.eat_all(&["TIME", "ZONE"]) {
        "timezone".into()
    } else if cursor.eat_all(&["XML", "OPTION"]) {
        "xmloption".into()
    } else {
        let mut ahead = cursor.clone();
        let name = setting(&mut ahead)?;
        let assigned = ahead.eat_token(&Token::Eq) || ahead.eat("TO");
        *cursor = ahead;
        match &*name {
            _ if assigned => name,
            "schema" => "search_path".into(),
            "names" => "client_encoding".into(),
            "role" => name,
            _ => return None,
        }
    };
    let value = value(&name, cursor.rest());
    Some((name, value))
}

/// Consumes the name of a setting, and returns it in lower case: `search_path`, `app.tenant`.
fn setting(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut name = cursor.identifier()?.to_ascii_lowercase();
    while cursor.eat_token(&Token::Period) {
        name.push('.');
        name.push_str(&cursor.identifier()?.to_ascii_lowercase());
    }
    Some(name)
}

fn value(name: &str, tokens: &[Token]) -> SettingValue {
    let single = match *dense(tokens) {
        [Token::Word(word)] if word.quote_style.is_none() => {
            let text = word.value.to_ascii_lowercase();
            if text == "default" || (name == "timezone" && text == "local") {
                return reset_value(name);
            }
            Some(cut(&text).to_owned())
        }
        [Token::Word(word)] => Some(cut(&word.value).to_owned()),
        [Token::Number(number, _)] if is_kept(number) => Some(number.clone()),
        [one] => string(one).map(Into::into),
        [] => return SettingValue::Unknown,
        _ => None,
    };
    match single {
        Some(text) => single_value(name, &text),
        None if tokens.contains(&Token::LParen) => SettingValue::Unknown,
        None => value_as_written(tokens),
    }
}

/// Returns `true` if the database shows the number as it is written. It does not for `007`, `0x10` and `1_000`.
fn is_kept(number: &str) -> bool {
    let (first, rest) = number.split_at(number.len().min(1));
    rest.is_empty() || first != "0" && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the value of a setting that is a single word or string.
fn single_value(name: &str, text: &str) -> SettingValue {
    let is_diesels = match name {
        "timezone" => text.eq_ignore_ascii_case("UTC"),
        "client_encoding" => ["UTF8", "UTF-8"].iter().any(|utf8| text.eq_ignore_ascii_case(utf8)),
        _ => false,
    };
    if is_diesels {
        SettingValue::Default
    } else {
        SettingValue::Written(format!("{text:?}").into())
    }
}

/// Returns the value of a setting that is passed to `set_config`.
pub(super) fn configured(name: &str, text: &str) -> SettingValue {
    match single_value(name, text) {
        // If the setting is a list of names, the string `'a, b'` is one name to `SET`, but two names to `set_config`.
        SettingValue::Written(text) if !name.contains('.') => SettingValue::Written(format!("config {text}").into()),
        value => value,
    }
}

/// Returns the value after a reset. It is that of a new connection, unless Diesel sets another on new connections.
fn reset_value(name: &str) -> SettingValue {
    if SET_BY_DIESEL.contains(&name) {
        SettingValue::Written("default".into())
    } else {
        SettingValue::Default
    }
}

pub(in crate::sql::dialect) fn reset(mut cursor: Cursor<'_>) -> Vec<SessionChange> {
    if cursor.eat("ALL") {
        return vec![SessionChange::ResetAll];
    }
    if cursor.eat_all(&["SESSION", "AUTHORIZATION"]) {
        return change("session_authorization", SettingValue::Default, false);
    }
    let name = match cursor.eat_all(&["TIME", "ZONE"]) {
        true => Some("timezone".into()),
        false => setting(&mut cursor),
    };
    match name {
        Some(name) => change(&name, reset_value(&name), false),
        None => vec![SessionChange::Unknown],
    }
}

pub(in crate::sql::dialect) fn discard(cursor: &Cursor<'_>) -> Vec<SessionChange> {
    if cursor.has_any(&["ALL"]) {
        vec![SessionChange::DiscardAll]
    } else if cursor.has_any(&["TEMP", "TEMPORARY"]) {
        vec![SessionChange::DropTemporary]
    } else {
        // It drops plans, or the values that sequences have returned in this session.
        Vec::new()
    }
}

/// Returns `true` if the code contains `set_config`, the view `pg_settings`, which can be updated to the same effect,
/// or a temporary schema, or creates a temporary table by `SELECT … INTO TEMP t`.
pub(super) fn names_a_change(tokens: &[Token]) -> bool {
    let name = |token: &Token| match token {
        Token::Word(word) => is_any(&word.value, &["set_config", "pg_settings", "pg_temp"]),
        _ => false,
    };
    let pair = |pair: &[Token]| match pair {
        [first, second] => {
            word(first).is_some_and(|word| is_any(word, &["INTO"]))
                && word(second).is_some_and(|word| is_any(word, &["TEMP", "TEMPORARY"]))
        }
        _ => false,
    };
    tokens.iter().any(name) || tokens.windows(2).any(pair)
}
