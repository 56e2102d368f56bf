//! Literals, lists and calls among tokens.

use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, word};
use crate::sql::facts::{SessionChange, SettingValue};

/// Renders tokens such that different tokens give different texts. Returns `None` if one of them is a bind.
pub(in crate::sql) fn rendered(tokens: &[Token]) -> Option<String> {
    let mut text = String::new();
    let mut cursor = Cursor::new(tokens);
    while let Some(token) = cursor.next() {
        let piece = match token {
            Token::Placeholder(_) | Token::Question => return None,
            Token::Word(word) if word.quote_style.is_none() => word.value.clone(),
            Token::Number(number, _) => number.clone(),
            Token::SingleQuotedString(string) => format!("{string:?}"),
            Token::Eq | Token::Comma | Token::Period | Token::LParen | Token::RParen | Token::Minus => {
                token.to_string()
            }
            // The debug form distinguishes the kinds of quotes and literals.
            other => format!("{other:?}"),
        };
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&piece);
    }
    Some(text)
}

/// Returns the change that a statement of these tokens describes; unknown if the tokens do not show all of it.
pub(in crate::sql) fn change_as_written(tokens: &[Token]) -> SessionChange {
    rendered(tokens).map_or(SessionChange::Unknown, |text| SessionChange::Written(text.into()))
}

/// Returns the value that these tokens write; unknown if they do not show all of it.
pub(in crate::sql) fn value_as_written(tokens: &[Token]) -> SettingValue {
    rendered(tokens).map_or(SettingValue::Unknown, |text| SettingValue::Written(text.into()))
}

/// Returns the value of a string: `'…'`, `"…"`, `E'…'` or `$$…$$`.
pub(in crate::sql) fn string(token: &Token) -> Option<&str> {
    match token {
        Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) | Token::EscapedStringLiteral(text) => {
            Some(text)
        }
        Token::DollarQuotedString(text) => Some(&text.value),
        _ => None,
    }
}

/// Returns the tokens without the white space.
pub(in crate::sql) fn dense(tokens: &[Token]) -> Vec<&Token> {
    let mut cursor = Cursor::new(tokens);
    std::iter::from_fn(|| cursor.next()).collect()
}

/// Splits a list at the commas outside of brackets.
pub(in crate::sql) fn parts(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            match token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && *token == Token::Comma
        })
        .collect()
}

/// Returns `true` if the tokens are a single literal, with or without a sign.
pub(in crate::sql) fn is_literal(tokens: &[Token]) -> bool {
    match *dense(tokens) {
        [one] => is_constant(one),
        [Token::Minus | Token::Plus, Token::Number(..)] => true,
        _ => false,
    }
}

pub(in crate::sql) fn is_constant(token: &Token) -> bool {
    string(token).is_some()
        || matches!(
            token,
            Token::Number(..) | Token::HexStringLiteral(_) | Token::NationalStringLiteral(_)
        )
        || word(token).is_some_and(|word| {
            ["TRUE", "FALSE", "NULL", "ON", "OFF"]
                .iter()
                .any(|constant| word.eq_ignore_ascii_case(constant))
        })
}

/// Returns the arguments of each call of a function, with their parentheses. The name may be quoted. The item is `None`
/// if the closing parenthesis is missing.
pub(in crate::sql) fn called<'a>(tokens: &'a [Token], function: &'a str) -> impl Iterator<Item = Option<&'a [Token]>> {
    let mut cursor = Cursor::new(tokens);
    std::iter::from_fn(move || {
        while let Some(token) = cursor.next() {
            let is_named = match token {
                Token::Word(word) => word.value.eq_ignore_ascii_case(function),
                // With MySQL's `ANSI_QUOTES`, this is a name.
                Token::DoubleQuotedString(name) => name.eq_ignore_ascii_case(function),
                _ => false,
            };
            if is_named && cursor.peek() == Some(&Token::LParen) {
                return Some(cursor.clone().group());
            }
        }
        None
    })
}
