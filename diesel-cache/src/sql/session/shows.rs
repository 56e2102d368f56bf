//! What a query shows of its session: no write changes it, and no other session has it.

use sqlparser::tokenizer::Token;

use super::{
    calls::{called, text},
    dense, parts,
};
use crate::sql::{
    Dialect,
    cursor::{Cursor, word},
};

/// Variables of MySQL that change by themselves, or have several values that are one to the key.
const MOVING: &[&str] = &[
    "error_count",
    "identity",
    "in_transaction",
    "insert_id",
    "last_gtid",
    "last_insert_id",
    "pseudo_thread_id",
    "rand_seed1",
    "rand_seed2",
    "timestamp",
    "transaction_isolation",
    "tx_isolation",
    "warning_count",
];

/// Does the statement show what only its session has, and is not part of the key?
pub(in crate::sql) fn shows_session(tokens: &[Token], dialect: Dialect) -> bool {
    let syntax = dialect.syntax();
    let is_pragma = |name: &str| {
        let pragma = name.strip_prefix("pragma_").zip(syntax.schema_pragmas);
        pragma.is_some_and(|(pragma, harmless)| !harmless.contains(&pragma))
    };
    let dense = dense(tokens);
    let named = |place: usize, token: &Token| match token {
        Token::Word(word) => {
            let name = word.value.to_ascii_lowercase();
            let is_called = dense.get(place + 1) == Some(&&Token::LParen);
            (is_called && syntax.session_functions.contains(&&*name))
                || syntax.session_relations.contains(&&*name)
                || (!is_called && syntax.session_words.contains(&&*name))
                || is_pragma(&name)
        }
        // SQLite takes it for a name where one is due.
        Token::SingleQuotedString(name) => is_pragma(&name.to_ascii_lowercase()),
        _ => false,
    };
    dense.iter().enumerate().any(|(place, token)| named(place, token))
        || match dialect {
            Dialect::Sqlite => false,
            Dialect::Postgres => called(tokens, "current_setting").any(|arguments| !is_in_key(arguments)),
            Dialect::Mysql => shows_variable(tokens) || shows_sequence(tokens),
        }
}

/// `current_setting('search_path')`, and any other that a `SET` makes part of the key.
fn is_in_key<'a>(arguments: Option<&'a [Token]>) -> bool {
    let inside = |arguments: &'a [Token]| arguments.get(1..arguments.len().saturating_sub(1));
    let first = arguments
        .and_then(inside)
        .and_then(|inside| parts(inside).first().copied());
    first.and_then(text).is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        // Values of it that print all numbers alike are one to the key.
        name != "extra_float_digits" && !Dialect::Postgres.is_harmless(&name)
    })
}

/// `@@wait_timeout`, `@@session.identity`; `@@global.x`, which any session may set.
fn shows_variable(tokens: &[Token]) -> bool {
    let mut cursor = Cursor::new(tokens);
    while let Some(token) = cursor.next() {
        let first = match token {
            Token::Word(word) if word.value.starts_with("@@") => Some(word.value.trim_start_matches('@')),
            Token::AtAt => cursor.identifier(),
            _ => None,
        };
        let Some(first) = first else { continue };
        let last = match cursor.eat_token(&Token::Period) {
            true => cursor.identifier().unwrap_or_default(),
            false => first,
        };
        let name = last.to_ascii_lowercase();
        if first.eq_ignore_ascii_case("global") {
            return true;
        }
        if Dialect::Mysql.is_harmless(&name) || MOVING.contains(&&*name) {
            return true;
        }
    }
    false
}

/// `NEXT VALUE FOR s`, `PREVIOUS VALUE FOR s`
fn shows_sequence(tokens: &[Token]) -> bool {
    let words = dense(tokens);
    words.windows(3).any(|three| {
        let is =
            |place: usize, expected: &str| word(three[place]).is_some_and(|word| word.eq_ignore_ascii_case(expected));
        (is(0, "NEXT") || is(0, "PREVIOUS")) && is(1, "VALUE") && is(2, "FOR")
    })
}
