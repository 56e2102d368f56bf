//! What a statement sets on its way: by `set_config`, or a variable of MySQL.

use sqlparser::tokenizer::Token;

use super::{Change, Value, dense, is_literal, parts, postgres, string};
use crate::sql::{
    Dialect,
    cursor::{Cursor, word},
};

/// Statements that define what others will run.
const DEFINED: &[&str] = &[
    "AGGREGATE",
    "EVENT",
    "FUNCTION",
    "PACKAGE",
    "POLICY",
    "PROCEDURE",
    "RULE",
    "TRIGGER",
];

pub(super) fn changes(tokens: &[Token], verb: &str, dialect: Dialect) -> Vec<Change> {
    let all = Cursor::new(tokens);
    let defines = matches!(verb, "CREATE" | "ALTER" | "DROP" | "GRANT" | "REVOKE");
    if verb == "PREPARE" || (defines && (all.has_any(DEFINED) || matches!(verb, "DROP" | "GRANT" | "REVOKE"))) {
        return Vec::new();
    }
    let runs = matches!(verb, "EXPLAIN" | "DESCRIBE" | "DESC" | "ANALYZE" | "CREATE");
    if runs && all.has_any(&["EXECUTE"]) {
        return vec![Change::Unknown];
    }
    match dialect {
        Dialect::Postgres => configured(tokens, verb),
        Dialect::Mysql => variables(tokens, verb),
        Dialect::Sqlite => match called(tokens, "load_extension").next() {
            Some(_) => vec![Change::Unknown],
            None => Vec::new(),
        },
    }
}

/// The brackets behind each call of a function, quoted or not.
pub(super) fn called<'a>(tokens: &'a [Token], function: &'a str) -> impl Iterator<Item = Option<&'a [Token]>> {
    let mut cursor = Cursor::new(tokens);
    std::iter::from_fn(move || {
        while let Some(token) = cursor.next() {
            let is_named = match token {
                Token::Word(word) => word.value.eq_ignore_ascii_case(function),
                // MySQL's, with `ANSI_QUOTES`.
                Token::DoubleQuotedString(name) => name.eq_ignore_ascii_case(function),
                _ => false,
            };
            if is_named && cursor.peek() == Some(&Token::LParen) {
                return Some(cursor.clone().group());
            }
        }
        None
    })
}

/// `set_config` of PostgreSQL.
fn configured(tokens: &[Token], verb: &str) -> Vec<Change> {
    let mut calls = called(tokens, "set_config").peekable();
    if calls.peek().is_none() {
        return Vec::new();
    }
    // What a cursor calls, it calls whenever rows are fetched.
    if verb == "DECLARE" {
        return vec![Change::Unknown];
    }
    let once = runs_once(tokens);
    calls
        .flat_map(|arguments| match arguments {
            Some(arguments) => call(arguments, once),
            None => vec![Change::Unknown],
        })
        .collect()
}

/// One call. Unless it is known to run `once`, it may run for no row, or for many.
fn call(arguments: &[Token], once: bool) -> Vec<Change> {
    let inside = arguments.get(1..arguments.len().saturating_sub(1)).unwrap_or_default();
    let parts = parts(inside);
    let [name, value, local] = &*parts else {
        return vec![Change::Unknown];
    };
    // With `standard_conforming_strings = off`, a backslash spells another name.
    let Some(name) = text(name).filter(|name| !name.contains('\\')) else {
        return vec![Change::Unknown];
    };
    let name = name.to_ascii_lowercase();
    let local = truth(local);
    let value = match (text(value), local) {
        (Some(value), Some(_)) if once => postgres::configured(&name, value),
        _ => Value::Unknown,
    };
    postgres::change(&name, value, local == Some(true))
}

/// `SELECT set_config(…), set_config(…)`, and no more.
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

/// A string; cast to a type that keeps it as it is, or not.
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

/// What MySQL's statements other than `SET` assign to variables.
fn variables(tokens: &[Token], verb: &str) -> Vec<Change> {
    let plain = plain_assignments(tokens);
    if !plain.is_empty() {
        return plain;
    }
    let into = {
        let mut cursor = Cursor::new(tokens);
        let mut found = false;
        while let Some(token) = cursor.next() {
            found |= word(token).is_some_and(|word| word.eq_ignore_ascii_case("INTO"))
                && variable(&mut cursor.clone()).is_some();
        }
        found
    };
    // `LOAD DATA … (@a)`, `GET DIAGNOSTICS @a = …`
    if into || matches!(verb, "LOAD" | "GET") {
        named(tokens)
    } else {
        assigned(tokens)
    }
}

/// `SELECT @a := 1, @b := 'x'`, and no more.
fn plain_assignments(tokens: &[Token]) -> Vec<Change> {
    let mut cursor = Cursor::new(tokens);
    if !cursor.eat("SELECT") {
        return Vec::new();
    }
    let assignment = |part: &&[Token]| {
        let mut cursor = Cursor::new(part);
        let name = variable(&mut cursor)?;
        (cursor.eat_token(&Token::Assignment) && is_literal(cursor.rest()))
            .then(|| Change::set(&name, Value::said(cursor.rest())))
    };
    let all: Option<Vec<_>> = parts(cursor.rest()).iter().map(assignment).collect();
    all.unwrap_or_default()
}

/// Every variable to the left of a `:=`.
pub(super) fn assigned(tokens: &[Token]) -> Vec<Change> {
    each_variable(tokens, |rest| rest.peek() == Some(&Token::Assignment))
}

/// Every variable.
fn named(tokens: &[Token]) -> Vec<Change> {
    each_variable(tokens, |_| true)
}

fn each_variable(tokens: &[Token], counts: impl Fn(&Cursor<'_>) -> bool) -> Vec<Change> {
    let mut cursor = Cursor::new(tokens);
    let mut changes = Vec::new();
    while !cursor.is_at_end() {
        match variable(&mut cursor) {
            Some(name) if counts(&cursor) => changes.push(Change::set(&name, Value::Unknown)),
            Some(_) => {}
            None => {
                cursor.next();
            }
        }
    }
    changes.dedup();
    changes
}

/// Passes a user's variable, if one comes next: `@a`, `@'a'`, `@a.b`. In lower case.
pub(super) fn variable(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut ahead = cursor.clone();
    let mut name = match ahead.next()? {
        Token::Word(word) if word.value.starts_with('@') && !word.value.starts_with("@@") && word.value.len() > 1 => {
            word.value.to_lowercase()
        }
        Token::AtSign => format!("@{}", ahead.identifier()?.to_lowercase()),
        _ => return None,
    };
    while ahead.eat_token(&Token::Period) {
        name.push('.');
        name.push_str(&ahead.identifier()?.to_lowercase());
    }
    *cursor = ahead;
    Some(name)
}
