//! SQLite's `ATTACH`, `DETACH` and `PRAGMA`.

use sqlparser::tokenizer::Token;

use super::{Change, Value, rendered, string};
use crate::sql::{Dialect, cursor::Cursor, settings};

pub(super) fn attach(tokens: &[Token], verb: &str, mut cursor: Cursor<'_>) -> Change {
    let Some(text) = rendered(tokens) else {
        return Change::Unknown;
    };
    if verb == "DETACH" {
        return Change::Said(text.into());
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
pub(super) fn pragma(mut cursor: Cursor<'_>) -> Vec<Change> {
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
    } else if settings::is_harmless(&name, Dialect::Sqlite) {
        Vec::new()
    } else {
        vec![Change::set(
            &format!("pragma {schema}{name}"),
            Value::said(cursor.rest()),
        )]
    }
}
