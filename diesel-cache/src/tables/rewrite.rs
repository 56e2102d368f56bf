//! Statements in words that sqlparser knows.
//!
//! What it does not know (as of 0.63) is rewritten or left out, where that changes neither the tables nor the locks of the statement.

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Token, Word},
};

use super::{
    Dialect,
    cursor::{Cursor, word},
};

/// The statement, without white space.
pub(super) fn understandable(tokens: &[Token], dialect: Dialect) -> Vec<Token> {
    let mut result = Vec::with_capacity(tokens.len());
    let mut cursor = Cursor::new(tokens);
    if cursor.eat("TABLE") {
        push(&mut result, &["SELECT"]);
        result.push(Token::Mul);
        push(&mut result, &["FROM"]);
    }
    while let Some(token) = cursor.peek() {
        let rewritten = word(token).is_some()
            && match dialect {
                Dialect::Sqlite => {
                    comparison(&mut cursor, &mut result)
                        || index_hint(&mut cursor)
                        || everywhere(&mut cursor, &mut result)
                }
                Dialect::Postgres => postgres(&mut cursor, &mut result) || everywhere(&mut cursor, &mut result),
                Dialect::Mysql => mysql(&mut cursor, &mut result),
            };
        if !rewritten {
            result.extend(cursor.next().cloned());
        }
    }
    result
}

/// SQLite's and PostgreSQL's
fn everywhere(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    const EXCLUSIONS: [&[&str]; 4] = [
        &["EXCLUDE", "TIES"],
        &["EXCLUDE", "GROUP"],
        &["EXCLUDE", "CURRENT", "ROW"],
        &["EXCLUDE", "NO", "OTHERS"],
    ];
    EXCLUSIONS.iter().any(|exclusion| cursor.eat_all(exclusion)) || conflict_target(cursor, result)
}

/// `ON CONFLICT (lower(name)) WHERE alive DO …`: neither holds a sub-select.
fn conflict_target(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let mut ahead = cursor.clone();
    if !ahead.eat_all(&["ON", "CONFLICT"]) || ahead.peek() != Some(&Token::LParen) || ahead.group().is_none() {
        return false;
    }
    if ahead.eat("WHERE") {
        while ahead.peek().is_some() && !starts(&ahead, &["DO", "UPDATE"]) && !starts(&ahead, &["DO", "NOTHING"]) {
            if ahead.peek() != Some(&Token::LParen) {
                ahead.next();
            } else if ahead.group().is_none() {
                return false;
            }
        }
    }
    *cursor = ahead;
    push(result, &["ON", "CONFLICT"]);
    true
}

fn postgres(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    if cursor.eat_all(&["FOR", "NO", "KEY", "UPDATE"]) {
        push(result, &["FOR", "UPDATE"]);
    } else if cursor.eat_all(&["FOR", "KEY", "SHARE"]) {
        push(result, &["FOR", "SHARE"]);
    } else if cursor.peek_word().is_some_and(|word| word.eq_ignore_ascii_case("ONLY")) {
        // `FROM ONLY t`, and not `FETCH FIRST 3 ROWS ONLY`
        let rows = result
            .last()
            .and_then(word)
            .is_some_and(|word| ["ROW", "ROWS"].iter().any(|row| word.eq_ignore_ascii_case(row)));
        return !rows && cursor.next().is_some();
    } else {
        return cursor.eat_all(&["OVERRIDING", "SYSTEM", "VALUE"]) || cursor.eat_all(&["OVERRIDING", "USER", "VALUE"]);
    }
    true
}

fn mysql(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let verb = |result: &[Token], verb: &str| {
        result
            .last()
            .and_then(word)
            .is_some_and(|word| word.eq_ignore_ascii_case(verb))
    };
    if cursor.eat_all(&["LOCK", "IN", "SHARE", "MODE"]) {
        push(result, &["FOR", "SHARE"]);
        return true;
    }
    // Reserved words, all but `QUICK`, which stands for a table where it is not followed by another of them or `FROM`.
    (verb(result, "UPDATE") || verb(result, "DELETE")) && cursor.eat_any(&["LOW_PRIORITY", "IGNORE"])
        || verb(result, "DELETE")
            && (starts(cursor, &["QUICK", "FROM"]) || starts(cursor, &["QUICK", "IGNORE"]))
            && cursor.eat("QUICK")
}

/// SQLite's `a IS b` and `a IS NOT b`, for any `b`.
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

/// SQLite's `FROM t INDEXED BY i` and `FROM t NOT INDEXED`
fn index_hint(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat_all(&["NOT", "INDEXED"]) || (cursor.eat_all(&["INDEXED", "BY"]) && cursor.identifier().is_some())
}

fn starts(cursor: &Cursor<'_>, words: &[&str]) -> bool {
    cursor.clone().eat_all(words)
}

fn push(result: &mut Vec<Token>, keywords: &[&str]) {
    result.extend(keywords.iter().map(|keyword| Token::make_keyword(keyword)));
}
