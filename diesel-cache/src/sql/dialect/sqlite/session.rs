//! SQLite's `ATTACH`, `DETACH`, `PRAGMA` and `load_extension`.

use sqlparser::tokenizer::Token;

use super::settings;
use crate::sql::{
    facts::Change,
    tokens::{Cursor, called, rendered, string, value_as_written},
};

/// Reads `ATTACH` and `DETACH`: the statement, and a cursor behind the verb.
pub(in crate::sql) fn attach(tokens: &[Token], verb: &str, mut cursor: Cursor<'_>) -> Change {
    let Some(text) = rendered(tokens) else {
        return Change::Unknown;
    };
    if verb == "DETACH" {
        return Change::Written(text.into());
    }
    let mut ahead = cursor.clone();
    if ahead.eat("DATABASE") && !ahead.eat("AS") {
        cursor.eat("DATABASE");
    }
    // A path that is computed may be any, and a database in memory is the connection's own.
    let path = cursor.next().and_then(|token| match token {
        Token::Word(word) if word.quote_style.is_some() => Some(&*word.value),
        token => string(token),
    });
    match path {
        Some(file) if cursor.eat("AS") && !is_private(file) => Change::Attached {
            text: text.into(),
            file: file.into(),
        },
        _ => Change::Unknown,
    }
}

fn is_private(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.is_empty()
        || path.contains(":memory:")
        || path.contains("memory") && path.contains('?')
        || path.contains("memdb")
}

/// `PRAGMA [schema.]name [= value | (value)]`
pub(in crate::sql) fn pragma(mut cursor: Cursor<'_>) -> Vec<Change> {
    let Some(mut name) = cursor.identifier().map(str::to_ascii_lowercase) else {
        return vec![Change::Unknown];
    };
    let mut schema = String::new();
    while cursor.eat_token(&Token::Period) {
        let Some(part) = cursor.identifier() else {
            return vec![Change::Unknown];
        };
        schema = format!("{name}.");
        name = part.to_ascii_lowercase();
    }
    cursor.eat_token(&Token::Eq);
    if cursor.is_at_end() {
        // It shows the value.
        Vec::new()
    } else if name.starts_with("temp_store") {
        vec![Change::DropTemporary]
    } else if settings::HARMLESS.contains(&&*name) {
        Vec::new()
    } else {
        vec![Change::set(
            &format!("pragma {schema}{name}"),
            value_as_written(cursor.rest()),
        )]
    }
}

/// Reads what a statement sets by calling functions: an extension may change whatever it likes.
pub(super) fn set_by_expressions(tokens: &[Token], _verb: &str) -> Vec<Change> {
    match called(tokens, "load_extension").next() {
        Some(_) => vec![Change::Unknown],
        None => Vec::new(),
    }
}
