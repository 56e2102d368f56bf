//! PostgreSQL's `SET`, `RESET` and `DISCARD`.

use sqlparser::tokenizer::Token;

use super::settings;
use crate::sql::{
    facts::{Change, Value, cut},
    tokens::{Cursor, dense, is_any, string, value_as_written, word},
};

/// What Diesel sets on every connection that it opens. Reset, they have the server's values instead.
const SET_BY_DIESEL: &[&str] = &["timezone", "client_encoding"];

pub(in crate::sql::dialect) fn set(mut cursor: Cursor<'_>) -> Vec<Change> {
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
        None => vec![Change::Unknown],
    }
}

/// The setting of this name has this value.
pub(super) fn change(name: &str, value: Value, local: bool) -> Vec<Change> {
    if settings::HARMLESS.contains(&name) {
        return Vec::new();
    }
    match (name, value) {
        ("session_authorization", _) if local => vec![Change::Unknown],
        ("session_authorization", value) => vec![
            Change::set(name, value),
            Change::set("role", Value::Written("\"none\"".into())),
        ],
        // From now on a plain CREATE TABLE makes a temporary one.
        ("search_path", Value::Written(text)) if text.to_ascii_lowercase().contains("pg_temp") => vec![Change::Unknown],
        (_, value) => vec![Change::Set {
            name: name.into(),
            value,
            local,
        }],
    }
}

fn assignment(cursor: &mut Cursor<'_>) -> Option<(String, Value)> {
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

/// The name of a setting, in lower case: `search_path`, `app.tenant`.
fn setting(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut name = cursor.identifier()?.to_ascii_lowercase();
    while cursor.eat_token(&Token::Period) {
        name.push('.');
        name.push_str(&cursor.identifier()?.to_ascii_lowercase());
    }
    Some(name)
}

fn value(name: &str, tokens: &[Token]) -> Value {
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
        [] => return Value::Unknown,
        _ => None,
    };
    match single {
        Some(text) => single_value(name, &text),
        None if tokens.contains(&Token::LParen) => Value::Unknown,
        None => value_as_written(tokens),
    }
}

/// Does the database show the number as it was written? Not `007`, `0x10`, `1_000`.
fn is_kept(number: &str) -> bool {
    let (first, rest) = number.split_at(number.len().min(1));
    rest.is_empty() || first != "0" && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// A value of one word or string.
fn single_value(name: &str, text: &str) -> Value {
    let is_diesels = match name {
        "timezone" => text.eq_ignore_ascii_case("UTC"),
        "client_encoding" => ["UTF8", "UTF-8"].iter().any(|utf8| text.eq_ignore_ascii_case(utf8)),
        _ => false,
    };
    if is_diesels {
        Value::Default
    } else {
        Value::Written(format!("{text:?}").into())
    }
}

/// A value that `set_config` was given.
pub(super) fn configured(name: &str, text: &str) -> Value {
    match single_value(name, text) {
        // There, `a, b` is two names, and here one.
        Value::Written(text) if !name.contains('.') => Value::Written(format!("config {text}").into()),
        value => value,
    }
}

/// What a new connection has, where Diesel sets nothing else.
fn reset_value(name: &str) -> Value {
    if SET_BY_DIESEL.contains(&name) {
        Value::Written("default".into())
    } else {
        Value::Default
    }
}

pub(in crate::sql::dialect) fn reset(mut cursor: Cursor<'_>) -> Vec<Change> {
    if cursor.eat("ALL") {
        return vec![Change::ResetAll];
    }
    if cursor.eat_all(&["SESSION", "AUTHORIZATION"]) {
        return change("session_authorization", Value::Default, false);
    }
    let name = match cursor.eat_all(&["TIME", "ZONE"]) {
        true => Some("timezone".into()),
        false => setting(&mut cursor),
    };
    match name {
        Some(name) => change(&name, reset_value(&name), false),
        None => vec![Change::Unknown],
    }
}

pub(in crate::sql::dialect) fn discard(cursor: &Cursor<'_>) -> Vec<Change> {
    if cursor.has_any(&["ALL"]) {
        vec![Change::DiscardAll]
    } else if cursor.has_any(&["TEMP", "TEMPORARY"]) {
        vec![Change::DropTemporary]
    } else {
        // Plans, and what sequences have given out.
        Vec::new()
    }
}

/// Returns `true` if the code names `set_config`, the view that is written to the same end, or a temporary schema, or makes a
/// temporary table by `SELECT … INTO TEMP t`.
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
