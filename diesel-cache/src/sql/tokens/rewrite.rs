//! Rewrites statements to syntax that sqlparser accepts.
//!
//! What sqlparser does not parse (as of 0.63) is rewritten or left out, if that changes neither the tables nor the
//! locks of the statement. Each dialect has a [`Rule`] of its own. Statements that still do not parse are read by
//! [`statement::fallback`](crate::sql::statement).

use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, word};

/// Consumes the tokens that it rewrites, and pushes the result. Returns `false` if it rewrites nothing here.
pub(in crate::sql) type Rule = fn(&mut Cursor<'_>, &mut Vec<Token>) -> bool;

/// Returns the statement rewritten by the rule of a dialect and by the rules for all dialects, without white space.
pub(in crate::sql) fn rewritten(tokens: &[Token], rule: Rule) -> Vec<Token> {
    let mut result = Vec::with_capacity(tokens.len());
    let mut cursor = Cursor::new(tokens);
    let mut casts = Casts::default();
    if cursor.eat("TABLE") {
        push_all_of(&mut result);
    }
    while let Some(token) = cursor.peek() {
        let passed = casts.pass_type(&mut cursor, &mut result)
            || rule(&mut cursor, &mut result)
            || (word(token).is_some() && everywhere(&mut cursor, &result));
        if !passed {
            casts.follow(token, &result);
            result.extend(cursor.next().cloned());
        }
    }
    result
}

/// For each open parenthesis, whether it is that of a `CAST (`.
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

    /// Consumes `AS CHAR (5) CHARACTER SET utf8mb4`, up to the end of the cast, and pushes another type. It does not
    /// matter which.
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

/// Rewrites syntax that at least two of the databases have.
fn everywhere(cursor: &mut Cursor<'_>, result: &[Token]) -> bool {
    const EXCLUSIONS: [&[&str]; 4] = [
        &["EXCLUDE", "TIES"],
        &["EXCLUDE", "GROUP"],
        &["EXCLUDE", "CURRENT", "ROW"],
        &["EXCLUDE", "NO", "OTHERS"],
    ];
    EXCLUSIONS.iter().any(|exclusion| cursor.eat_all(exclusion)) || collation(cursor, result)
}

/// Leaves out `COLLATE "C"` after any operand.
fn collation(cursor: &mut Cursor<'_>, result: &[Token]) -> bool {
    let mut ahead = cursor.clone();
    let found = !last_is(result, &["AS"])
        && ahead.eat("COLLATE")
        && ahead.name().is_some()
        // Without the collation, `a COLLATE c (…)` would read as a call of `a`.
        && ahead.peek() != Some(&Token::LParen);
    if found {
        *cursor = ahead;
    }
    found
}

/// Leaves out the modifier of `AS MATERIALIZED (` and `AS NOT MATERIALIZED (`.
pub(in crate::sql) fn materialized(cursor: &mut Cursor<'_>, result: &[Token]) -> bool {
    let mut ahead = cursor.clone();
    let found = last_is(result, &["AS"])
        && (ahead.eat_all(&["NOT", "MATERIALIZED"]) || ahead.eat("MATERIALIZED"))
        && ahead.peek() == Some(&Token::LParen);
    if found {
        *cursor = ahead;
    }
    found
}

/// Rewrites `a ISNULL` and `a NOTNULL`.
pub(in crate::sql) fn null_test(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let mut ahead = cursor.clone();
    let test: &[&str] = match () {
        () if ahead.eat("ISNULL") => &["IS", "NULL"],
        () if ahead.eat("NOTNULL") => &["IS", "NOT", "NULL"],
        () => return false,
    };
    // Here the word is the name of a function, a column or an alias.
    let other = ahead.peek() == Some(&Token::LParen) || last_is(result, &["AS"]);
    if other || matches!(result.last(), None | Some(Token::Period | Token::Comma | Token::LParen)) {
        return false;
    }
    *cursor = ahead;
    push(result, test);
    true
}

/// Leaves out the target of `ON CONFLICT (lower(name)) WHERE alive DO …`, unless it contains a query. A target of
/// columns only, as in `ON CONFLICT (id) DO …`, is kept if there is no SELECT before it.
pub(in crate::sql) fn conflict_target(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let mut ahead = cursor.clone();
    if !ahead.eat_all(&["ON", "CONFLICT"]) || ahead.peek() != Some(&Token::LParen) || !passes_group(&mut ahead) {
        return false;
    }
    let is_select = |token: &Token| word(token).is_some_and(|word| word.eq_ignore_ascii_case("SELECT"));
    if starts(&ahead, &["DO"]) && names_columns(cursor) && !result.iter().any(is_select) {
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

/// Returns `true` for `ON CONFLICT (a, b)`.
fn names_columns(cursor: &Cursor<'_>) -> bool {
    let mut target = cursor.clone();
    if !target.eat_all(&["ON", "CONFLICT"]) || !target.eat_token(&Token::LParen) {
        return false;
    }
    loop {
        if target.identifier().is_none() {
            return false;
        }
        match target.next() {
            Some(Token::Comma) => {}
            other => return other == Some(&Token::RParen),
        }
    }
}

/// Consumes a pair of parentheses with its contents. Returns `false` if a query is among the contents.
pub(in crate::sql) fn passes_group(cursor: &mut Cursor<'_>) -> bool {
    cursor.group().is_some_and(|group| !group.iter().any(begins_query))
}

fn begins_query(token: &Token) -> bool {
    const QUERIES: &[&str] = &["SELECT", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE"];
    word(token).is_some_and(|word| QUERIES.iter().any(|query| word.eq_ignore_ascii_case(query)))
}

pub(in crate::sql) fn starts(cursor: &Cursor<'_>, words: &[&str]) -> bool {
    cursor.clone().eat_all(words)
}

/// Returns `true` if the last token is one of these words.
pub(in crate::sql) fn last_is(result: &[Token], words: &[&str]) -> bool {
    let last = result.last().and_then(word);
    last.is_some_and(|last| words.iter().any(|word| last.eq_ignore_ascii_case(word)))
}

pub(in crate::sql) fn push(result: &mut Vec<Token>, keywords: &[&str]) {
    result.extend(keywords.iter().map(|keyword| Token::make_keyword(keyword)));
}

/// Pushes `SELECT * FROM`.
pub(in crate::sql) fn push_all_of(result: &mut Vec<Token>) {
    push(result, &["SELECT"]);
    result.push(Token::Mul);
    push(result, &["FROM"]);
}
