//! Settings that are made by PostgreSQL's `set_config`, or by an UPDATE of the view that calls it.

use sqlparser::tokenizer::Token;

use super::session;
use crate::sql::{
    facts::{SessionChange, SettingValue},
    tokens::{Cursor, called, dense, is_any, parts, string, word},
};

/// Reads the calls of `set_config` in a statement. An `UPDATE pg_settings` calls it by a rule.
pub(super) fn set_by_expressions(tokens: &[Token], verb: &str) -> Vec<SessionChange> {
    let is_view = |token: &Token| matches!(token, Token::Word(word) if is_any(&word.value, &["pg_settings"]));
    if tokens.iter().any(is_view) && Cursor::new(tokens).has_any(&["UPDATE"]) {
        return vec![SessionChange::Unknown];
    }
    let mut calls = called(tokens, "set_config").peekable();
    if calls.peek().is_none() {
        return Vec::new();
    }
    // A cursor calls it when rows are fetched.
    if verb == "DECLARE" {
        return vec![SessionChange::Unknown];
    }
    let once = runs_once(tokens);
    calls
        .flat_map(|arguments| match arguments {
            Some(arguments) => call(arguments, once),
            None => vec![SessionChange::Unknown],
        })
        .collect()
}

/// Reads one call. Unless it is known to run `once`, it may run for no rows, or for many.
fn call(arguments: &[Token], once: bool) -> Vec<SessionChange> {
    let inside = arguments.get(1..arguments.len().saturating_sub(1)).unwrap_or_default();
    let parts = parts(inside);
    let [name, value, local] = &*parts else {
        return vec![SessionChange::Unknown];
    };
    // With `standard_conforming_strings = off`, a backslash may spell another name.
    let Some(name) = text(name).filter(|name| !name.contains('\\')) else {
        return vec![SessionChange::Unknown];
    };
    let name = name.to_ascii_lowercase();
    let local = truth(local);
    let value = match (text(value), local) {
        (Some(value), Some(_)) if once => session::configured(&name, value),
        _ => SettingValue::Unknown,
    };
    session::change(&name, value, local == Some(true))
}

/// Returns `true` for `SELECT set_config(…), set_config(…)` that does nothing else.
fn runs_once(tokens: &[Token]) -> bool {
    let mut cursor = Cursor::new(tokens);
    if !cursor.eat("SELECT") {
        return false;
    }
    loop {
        if cursor.eat("pg_catalog") && !cursor.eat_token(&Token::Period) {
            return false;
        }
        let named = matches!(cursor.next(), Some(Token::Word(word)) if word.value.eq_ignore_ascii_case("set_config"));
        if !named || cursor.peek() != Some(&Token::LParen) || cursor.group().is_none() {
            return false;
        }
        if cursor.eat("AS") && cursor.identifier().is_none() {
            return false;
        }
        if cursor.is_at_end() {
            return true;
        }
        if !cursor.eat_token(&Token::Comma) {
            return false;
        }
    }
}

/// Returns the value of a string. It may be cast to a type that does not change it.
pub(super) fn text(argument: &[Token]) -> Option<&str> {
    match *dense(argument) {
        [one] => string(one),
        [one, Token::DoubleColon, Token::Word(cast)] => ["text", "varchar"]
            .iter()
            .any(|known| cast.value.eq_ignore_ascii_case(known))
            .then(|| string(one))?,
        _ => None,
    }
}

fn truth(argument: &[Token]) -> Option<bool> {
    const TRUE: &[&str] = &["true", "t", "yes", "on", "1"];
    const FALSE: &[&str] = &["false", "f", "no", "off", "0"];
    let said = match *dense(argument) {
        [one] | [one, Token::DoubleColon, Token::Word(_)] => string(one).or(word(one))?,
        _ => return None,
    };
    let is_one_of = |words: &[&str]| words.iter().any(|word| said.eq_ignore_ascii_case(word));
    is_one_of(TRUE)
        .then_some(true)
        .or_else(|| is_one_of(FALSE).then_some(false))
}
