//! Statements in words that sqlparser knows.
//!
//! What it does not know (as of 0.63) is rewritten or left out, where that changes neither the tables nor the locks of the statement.
//! What a rewrite misses, [`fallback`](super::fallback) reads.

mod mysql;
mod postgres;
mod sqlite;

use sqlparser::tokenizer::Token;

use super::{
    Dialect,
    cursor::{Cursor, word},
};

/// The statement, without white space.
pub(super) fn understandable(tokens: &[Token], dialect: Dialect) -> Vec<Token> {
    let mut result = Vec::with_capacity(tokens.len());
    let mut cursor = Cursor::new(tokens);
    let mut casts = Casts::default();
    if cursor.eat("TABLE") {
        push_all_of(&mut result);
    }
    while let Some(token) = cursor.peek() {
        let rewritten = casts.pass_type(&mut cursor, &mut result)
            || match dialect {
                Dialect::Sqlite => sqlite::rewrite(&mut cursor, &mut result),
                Dialect::Postgres => postgres::rewrite(&mut cursor, &mut result),
                Dialect::Mysql => mysql::rewrite(&mut cursor, &mut result),
            }
            || (word(token).is_some() && everywhere(&mut cursor, &result));
        if !rewritten {
            casts.follow(token, &result);
            result.extend(cursor.next().cloned());
        }
    }
    result
}

/// The brackets that are open, and which of them are a `CAST (`.
#[derive(Default)]
struct Casts {
    open: Vec<bool>,
}

impl Casts {
    fn follow(&mut self, token: &Token, before: &[Token]) {
        match token {
            Token::LParen => self.open.push(last_is(before, &["CAST"])),
            Token::RParen => drop(self.open.pop()),
            _ => {}
        }
    }

    /// `AS CHAR (5) CHARACTER SET utf8mb4`, to the end of the cast: any type will do.
    fn pass_type(&self, cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
        let mut ahead = cursor.clone();
        if self.open.last() != Some(&true) || !ahead.eat("AS") {
            return false;
        }
        while ahead.peek().is_some_and(|token| *token != Token::RParen) {
            let passed = match ahead.peek() {
                Some(Token::LParen) => passes_group(&mut ahead),
                Some(token) if !begins_query(token) => ahead.next().is_some(),
                _ => false,
            };
            if !passed {
                return false;
            }
        }
        *cursor = ahead;
        push(result, &["AS", "TEXT"]);
        true
    }
}

/// What at least two of the databases have.
fn everywhere(cursor: &mut Cursor<'_>, result: &[Token]) -> bool {
    const EXCLUSIONS: [&[&str]; 4] = [
        &["EXCLUDE", "TIES"],
        &["EXCLUDE", "GROUP"],
        &["EXCLUDE", "CURRENT", "ROW"],
        &["EXCLUDE", "NO", "OTHERS"],
    ];
    EXCLUSIONS.iter().any(|exclusion| cursor.eat_all(exclusion)) || collation(cursor, result)
}

/// `COLLATE "C"`, behind any operand.
fn collation(cursor: &mut Cursor<'_>, result: &[Token]) -> bool {
    let mut ahead = cursor.clone();
    let found = !last_is(result, &["AS"]) && ahead.eat("COLLATE") && ahead.name().is_some();
    if found {
        *cursor = ahead;
    }
    found
}

/// `AS MATERIALIZED (`, `AS NOT MATERIALIZED (`
fn materialized(cursor: &mut Cursor<'_>, result: &[Token]) -> bool {
    let mut ahead = cursor.clone();
    let found = last_is(result, &["AS"])
        && (ahead.eat_all(&["NOT", "MATERIALIZED"]) || ahead.eat("MATERIALIZED"))
        && ahead.peek() == Some(&Token::LParen);
    if found {
        *cursor = ahead;
    }
    found
}

/// `a ISNULL`, `a NOTNULL`
fn null_test(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let mut ahead = cursor.clone();
    let test: &[&str] = match () {
        () if ahead.eat("ISNULL") => &["IS", "NULL"],
        () if ahead.eat("NOTNULL") => &["IS", "NOT", "NULL"],
        () => return false,
    };
    // A function, or a name.
    let other = ahead.peek() == Some(&Token::LParen) || last_is(result, &["AS"]);
    if other || matches!(result.last(), None | Some(Token::Period | Token::Comma | Token::LParen)) {
        return false;
    }
    *cursor = ahead;
    push(result, test);
    true
}

/// `ON CONFLICT (lower(name)) WHERE alive DO …`: neither holds a sub-select.
fn conflict_target(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let mut ahead = cursor.clone();
    if !ahead.eat_all(&["ON", "CONFLICT"]) || ahead.peek() != Some(&Token::LParen) || !passes_group(&mut ahead) {
        return false;
    }
    if ahead.eat("WHERE") {
        while ahead.peek().is_some() && !starts(&ahead, &["DO", "UPDATE"]) && !starts(&ahead, &["DO", "NOTHING"]) {
            let passed = match ahead.peek() {
                Some(Token::LParen) => passes_group(&mut ahead),
                Some(token) if !begins_query(token) => ahead.next().is_some(),
                _ => false,
            };
            if !passed {
                return false;
            }
        }
    }
    *cursor = ahead;
    push(result, &["ON", "CONFLICT"]);
    true
}

/// Passes what stands in brackets, unless a query does.
fn passes_group(cursor: &mut Cursor<'_>) -> bool {
    cursor.group().is_some_and(|group| !group.iter().any(begins_query))
}

fn begins_query(token: &Token) -> bool {
    const QUERIES: &[&str] = &["SELECT", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE"];
    word(token).is_some_and(|word| QUERIES.iter().any(|query| word.eq_ignore_ascii_case(query)))
}

fn starts(cursor: &Cursor<'_>, words: &[&str]) -> bool {
    cursor.clone().eat_all(words)
}

/// Is the last token one of these words?
fn last_is(result: &[Token], words: &[&str]) -> bool {
    let last = result.last().and_then(word);
    last.is_some_and(|last| words.iter().any(|word| last.eq_ignore_ascii_case(word)))
}

fn push(result: &mut Vec<Token>, keywords: &[&str]) {
    result.extend(keywords.iter().map(|keyword| Token::make_keyword(keyword)));
}

/// `SELECT * FROM`
fn push_all_of(result: &mut Vec<Token>) {
    push(result, &["SELECT"]);
    result.push(Token::Mul);
    push(result, &["FROM"]);
}
