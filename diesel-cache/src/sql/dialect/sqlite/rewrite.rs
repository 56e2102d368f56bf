//! Rewrites what sqlparser does not parse of SQLite's SQL.

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Token, Word},
};

use crate::sql::tokens::{Cursor, conflict_target, last_is, materialized, null_test, push, push_all_of, starts, word};

pub(super) fn rewrite(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    match cursor.peek() {
        Some(Token::ShiftLeft | Token::ShiftRight) => {
            cursor.next();
            result.push(Token::Plus);
            true
        }
        Some(token) if word(token).is_some() => {
            comparison(cursor, result)
                || index_hint(cursor)
                || materialized(cursor, result)
                || null_test(cursor, result)
                || pattern(cursor, result)
                || table_as_list(cursor, result)
                || target_alias(cursor, result)
                || conflict_target(cursor, result)
        }
        _ => false,
    }
}

/// Rewrites `a IS b` and `a IS NOT b`, for any `b`.
fn comparison(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let mut ahead = cursor.clone();
    if !ahead.eat("IS") {
        return false;
    }
    ahead.eat("NOT");
    if let Some(Token::Word(Word {
        keyword: Keyword::NULL | Keyword::TRUE | Keyword::FALSE | Keyword::DISTINCT,
        ..
    })) = ahead.peek()
    {
        return false;
    }
    *cursor = ahead;
    result.push(Token::Eq);
    true
}

/// Leaves out the hints of `FROM t INDEXED BY i` and `FROM t NOT INDEXED`.
fn index_hint(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat_all(&["NOT", "INDEXED"]) || (cursor.eat_all(&["INDEXED", "BY"]) && cursor.identifier().is_some())
}

/// Rewrites `a NOT GLOB b` and the like.
fn pattern(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let mut ahead = cursor.clone();
    let found = ahead.eat("NOT") && ahead.eat_any(&["GLOB", "MATCH", "REGEXP"]) && ahead.peek() != Some(&Token::LParen);
    if found {
        *cursor = ahead;
        push(result, &["NOT", "LIKE"]);
    }
    found
}

/// Rewrites `a IN t`, which reads all of `t`.
fn table_as_list(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let mut ahead = cursor.clone();
    if !ahead.eat("IN") {
        return false;
    }
    let name = ahead.rest();
    if ahead.name().is_none() || ahead.peek() == Some(&Token::LParen) {
        return false;
    }
    push(result, &["IN"]);
    result.push(Token::LParen);
    push_all_of(result);
    let name = &name[..name.len() - ahead.rest().len()];
    result.extend(
        name.iter()
            .filter(|token| !matches!(token, Token::Whitespace(_)))
            .cloned(),
    );
    result.push(Token::RParen);
    *cursor = ahead;
    true
}

/// Leaves out the alias of `INSERT INTO t AS x`.
fn target_alias(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let mut ahead = cursor.clone();
    if !last_is(result, &["INTO"]) || ahead.name().is_none() || !starts(&ahead, &["AS"]) {
        return false;
    }
    let name = &cursor.rest()[..cursor.rest().len() - ahead.rest().len()];
    if !ahead.eat("AS") || ahead.identifier().is_none() {
        return false;
    }
    result.extend(
        name.iter()
            .filter(|token| !matches!(token, Token::Whitespace(_)))
            .cloned(),
    );
    *cursor = ahead;
    true
}
