//! Words that show that a statement may change what other texts on its connection mean.

use sqlparser::tokenizer::Token;

use crate::sql::dialect::Dialect;

/// Returns `true` if a definition names something temporary.
pub(super) fn names_temporary(tokens: &[Token], dialect: Dialect) -> bool {
    let is_string = |token: &Token| match token {
        Token::SingleQuotedString(name) => {
            dialect.syntax().spelling.single_quoted_names && name.eq_ignore_ascii_case("temp")
        }
        _ => false,
    };
    tokens.iter().any(|token| is_temporary(token) || is_string(token))
}

/// Returns `true` for the word that makes a table temporary in `CREATE TEMPORARY TABLE t`, `CREATE TABLE pg_temp.t` or
/// `CREATE TABLE "temp".t`.
fn is_temporary(token: &Token) -> bool {
    let Token::Word(word) = token else { return false };
    let name = word.value.to_ascii_lowercase();
    matches!(&*name, "temp" | "temporary") || name.starts_with("pg_temp")
}

/// Returns `true` if a statement that is not understood may change what other texts on its connection mean in a way
/// that its words do not show.
pub(super) fn is_suspect(tokens: &[Token], verb: &str) -> bool {
    const ROWS: &[&str] = &[
        "", "SELECT", "WITH", "VALUES", "TABLE", "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "EXPLAIN",
        "ANALYZE", "COPY", "XA",
    ];
    if ROWS.contains(&verb) {
        return tokens.iter().any(is_temporary);
    }
    tokens.iter().any(|token| match token {
        Token::Word(word) => may_change_meaning(&word.value),
        Token::AtSign | Token::AtAt => true,
        _ => false,
    })
}

/// Returns `true` if a text that is not understood may redefine something.
pub(crate) fn may_define(text: &str) -> bool {
    const DEFINING: &[&str] = &["ALTER", "CREATE", "DROP", "RENAME"];
    has_word(text, DEFINING)
}

/// Returns `true` if a text that is not understood may change what other texts on its connection mean: as a
/// [`SessionChange`](crate::sql::StatementKind::SessionChange), or by a table that
/// [shadows](crate::sql::StatementFacts::may_shadow) another.
pub(crate) fn may_change_meaning(text: &str) -> bool {
    const CHANGING: &[&str] = &[
        "USE",
        "RESET",
        "DISCARD",
        "ATTACH",
        "DETACH",
        "PRAGMA",
        "SET_CONFIG",
        "SEARCH_PATH",
        "ROLE",
        "AUTHORIZATION",
        "SQL_MODE",
        "TEMP",
        "TEMPORARY",
        "PG_TEMP",
        "SET",
        "CALL",
        "DO",
        "EXECUTE",
        "LOAD_EXTENSION",
    ];
    text.contains('@') || has_word(text, CHANGING)
}

/// Returns `true` if the text contains one of the words, in upper or lower case.
pub(super) fn has_word(text: &str, words: &[&str]) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .any(|found| words.iter().any(|word| found.eq_ignore_ascii_case(word)))
}
