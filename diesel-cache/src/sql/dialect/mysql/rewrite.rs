//! Rewrites what sqlparser does not parse of MySQL's and MariaDB's SQL.

use sqlparser::tokenizer::Token;

use crate::sql::tokens::{Cursor, last_is, passes_group, push, starts, word};

/// Units with two parts. They are reserved words, so no column has such a name.
const COMPOUND_UNITS: &[&str] = &[
    "SECOND_MICROSECOND",
    "MINUTE_MICROSECOND",
    "MINUTE_SECOND",
    "HOUR_MICROSECOND",
    "HOUR_SECOND",
    "HOUR_MINUTE",
    "DAY_MICROSECOND",
    "DAY_SECOND",
    "DAY_MINUTE",
    "DAY_HOUR",
    "YEAR_MONTH",
];

pub(super) fn rewrite(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let operator = match cursor.peek() {
        Some(Token::ShiftLeft | Token::ShiftRight) => Token::Plus,
        Some(Token::ExclamationMark | Token::Tilde) => Token::Minus,
        Some(token) if word(token).is_some() => return words(cursor, result),
        _ => return false,
    };
    cursor.next();
    result.push(operator);
    true
}

fn words(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    lock(cursor, result)
        || modifier(cursor, result)
        || infix(cursor, result)
        || (cursor.eat_any(COMPOUND_UNITS) && push_word(result, "DAY"))
        || (cursor.eat_all(&["ROWS", "EXAMINED"]) && cursor.next().is_some())
        || procedure(cursor)
}

fn push_word(result: &mut Vec<Token>, word: &str) -> bool {
    push(result, &[word]);
    true
}

fn lock(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let lock = match () {
        () if cursor.eat_all(&["LOCK", "IN", "SHARE", "MODE"]) => "SHARE",
        () if cursor.eat_all(&["FOR", "UPDATE"]) => "UPDATE",
        () => return false,
    };
    push(result, &["FOR", lock]);
    if cursor.eat("WAIT") {
        cursor.next();
    }
    true
}

/// Leaves out modifiers. They are reserved words except for `QUICK`, which is the name of a table unless another
/// modifier or `FROM` follows.
fn modifier(cursor: &mut Cursor<'_>, result: &[Token]) -> bool {
    last_is(result, &["UPDATE", "DELETE"]) && cursor.eat_any(&["LOW_PRIORITY", "IGNORE"])
        || last_is(result, &["DELETE"])
            && (starts(cursor, &["QUICK", "FROM"]) || starts(cursor, &["QUICK", "IGNORE"]))
            && cursor.eat("QUICK")
}

/// Rewrites `a SOUNDS LIKE b` and `a MOD b`.
fn infix(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let mut ahead = cursor.clone();
    let operator = match () {
        () if ahead.eat_all(&["SOUNDS", "LIKE"]) => Token::make_keyword("LIKE"),
        () if ahead.eat("MOD") && ahead.peek() != Some(&Token::LParen) => Token::Mod,
        () => return false,
    };
    *cursor = ahead;
    result.push(operator);
    true
}

/// Leaves out `PROCEDURE ANALYSE (…)`, which describes the rows.
fn procedure(cursor: &mut Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    let found =
        ahead.eat_all(&["PROCEDURE", "ANALYSE"]) && ahead.peek() == Some(&Token::LParen) && passes_group(&mut ahead);
    if found {
        *cursor = ahead;
    }
    found
}
