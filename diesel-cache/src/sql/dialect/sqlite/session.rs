//! SQLite's `ATTACH`, `DETACH`, `PRAGMA` and `load_extension`.

use sqlparser::tokenizer::Token;

use super::settings;
use crate::sql::{
    facts::SessionChange,
    tokens::{Cursor, called, rendered, string, value_as_written},
};

/// Reads `ATTACH` or `DETACH`. The arguments are the statement, its verb, and a cursor after the verb.
pub(in crate::sql) fn attach(tokens: &[Token], verb: &str, mut cursor: Cursor<'_>) -> SessionChange {
    let Some(text) = rendered(tokens) else {
        return SessionChange::Unknown;
    };
    if verb == "DETACH" {
        return SessionChange::Written(text.into());
    }
    let mut ahead = cursor.clone();
    if ahead.eat("DATABASE") && !ahead.eat("AS") {
        cursor.eat("DATABASE");
    }
    // A path that is computed may be any, and a database in memory belongs to the connection.
    let path = cursor.next().and_then(|token| match token {
        Token::Word(word) if word.quote_style.is_some() => Some(&*word.value),
        token => string(token),
    });
    match path {
        Some(file) if cursor.eat("AS") && !is_private(file) => SessionChange::Attached {
            text: text.into(),
            file: file.into(),
        },
        _ => SessionChange::Unknown,
    }
}

fn is_private(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.is_empty()
        || path.contains(":memory:")
        || path.contains("memory") && path.contains('?')
        || path.contains("memdb")
}

/// Reads `PRAGMA [schema.]name [= value | (value)]`.
pub(in crate::sql) fn pragma(mut cursor: Cursor<'_>) -> Vec<SessionChange> {
    let Some(mut name) = cursor.identifier().map(str::to_ascii_lowercase) else {
        return vec![SessionChange::Unknown];
    };
    let mut schema = String::new();
    while cursor.eat_token(&Token::Period) {
        let Some(part) = cursor.identifier() else {
            return vec![SessionChange::Unknown];
        };
        schema = format!("{name}.");
        name = part.to_ascii_lowercase();
    }
    cursor.eat_token(&Token::Eq);
    if cursor.is_at_end() {
        // It only shows the value.
        Vec::new()
    } else if name.starts_with("temp_store") {
        vec![SessionChange::DropTemporary]
    } else if settings::HARMLESS.contains(&&*name) {
        Vec::new()
    } else {
        vec![SessionChange::set(
            &format!("pragma {schema}{name}"),
            value_as_written(cursor.rest()),
        )]
    }
}

/// Returns what a statement sets by the functions that it calls. An extension that it loads may change anything.
pub(super) fn set_by_expressions(tokens: &[Token], _verb: &str) -> Vec<SessionChange> {
    match called(tokens, "load_extension").next() {
        Some(_) => vec![SessionChange::Unknown],
        None => Vec::new(),
    }
}
