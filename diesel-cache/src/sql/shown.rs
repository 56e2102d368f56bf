//! SQL text for display, without the values in it.
//!
//! Statistics and pages show statements, but must not show what users have entered. So each value becomes `?`, whether
//! it is bound or written in the text. Comments are left out, and an `IN` list of values becomes `IN (?, …)`, whatever
//! its length. Thus texts that differ only in their values are shown as one statement.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sqlparser::tokenizer::Token;

use super::dialect::Dialect;
use super::dialect::QuotingModes;
use super::split::tokens;
use super::tokens::{Cursor, is_any, is_constant, is_word, word};

/// After these words, a double-quoted token is always a name, except in `IS DISTINCT FROM`.
const BEFORE_NAMES: [&str; 3] = ["FROM", "JOIN", "AS"];

/// Returns the text without values; `None` if it is not known where they begin and end.
pub(crate) fn shown(sql: &str, dialect: Dialect) -> Option<String> {
    // This runs inside the user's load, which must not fail because the tokeniser panics.
    catch_unwind(AssertUnwindSafe(|| {
        without_values(&tokens(sql, dialect, QuotingModes::Any).ok()?, dialect)
    }))
    .unwrap_or(None)
}

fn without_values(tokens: &[Token], dialect: Dialect) -> Option<String> {
    let mut text = String::new();
    let mut cursor = Cursor::new(tokens);
    let (mut before, mut before_that): (Option<&Token>, Option<&Token>) = (None, None);
    let is_spaced = |cursor: &Cursor<'_>| {
        let place = tokens.len() - cursor.rest().len();
        matches!(tokens[..place].last(), Some(Token::Whitespace(_)))
    };
    while let Some(token) = cursor.peek() {
        let spaced = is_spaced(&cursor);
        // A word directly after a literal was meant to be part of the literal: `'O'Neil'`, `'it\'s'`.
        let is_torn = *token == Token::Backslash || (!spaced && text.ends_with('?') && matches!(token, Token::Word(_)));
        if is_torn {
            return None;
        }
        if spaced && !text.is_empty() {
            text.push(' ');
        }
        cursor.next();
        match token {
            Token::LParen if before.is_some_and(|before| is_word(before, "IN")) && passes_values(&mut cursor) => {
                text.push_str("(?, …)");
            }
            _ if is_value(token, [before_that, before], cursor.peek(), dialect) => text.push('?'),
            _ => text.extend(token.to_string().chars().map(|c| if c.is_control() { ' ' } else { c })),
        }
        (before_that, before) = (before, Some(token));
    }
    Some(text)
}

/// Consumes a list of values and its closing parenthesis, if there is nothing but values in it.
fn passes_values(cursor: &mut Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    loop {
        ahead.eat_token(&Token::Minus);
        match ahead.next() {
            Some(token) if is_bound(token) || is_constant(token) => {}
            _ => return false,
        }
        match ahead.next() {
            Some(Token::Comma) => {}
            Some(Token::RParen) => {
                *cursor = ahead;
                return true;
            }
            _ => return false,
        }
    }
}

fn is_bound(token: &Token) -> bool {
    matches!(token, Token::Placeholder(_) | Token::Question)
}

/// Returns `true` unless the token is a word, a name or an operator.
fn is_value(token: &Token, before: [Option<&Token>; 2], after: Option<&Token>, dialect: Dialect) -> bool {
    match token {
        Token::Placeholder(_) => true,
        Token::Word(name) if name.quote_style == Some('"') && dialect.syntax().spelling.unknown_names_are_literals => {
            let [before_that, before] = before;
            let compares = before_that.is_some_and(|token| is_word(token, "DISTINCT"));
            let is_name = before == Some(&Token::Period)
                || after == Some(&Token::Period)
                || (!compares && before.and_then(word).is_some_and(|word| is_any(word, &BEFORE_NAMES)));
            !is_name
        }
        // The tokeniser reads `0b01` as a word.
        Token::Word(name) => name.quote_style.is_none() && name.value.starts_with(|c: char| c.is_ascii_digit()),
        // Of the other tokens, only literals contain letters, digits or quotes, however they are written.
        other => other
            .to_string()
            .contains(|c: char| c.is_alphanumeric() || matches!(c, '\'' | '"')),
    }
}
