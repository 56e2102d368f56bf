//! Statements whose conditions mean the same to the parser and to the database.
//!
//! The parser has one precedence of operators, and some words are rewritten before it sees them. This does not matter
//! for the tables of a statement, but for its rows it does: MySQL's `a = 1 || b = 2` is an OR, and SQLite's
//! `a IS NOT 1` is not an equality. So rows are read only from statements in which every token is known to mean what it
//! seems to.

use sqlparser::tokenizer::Token;

use crate::sql::dialect::Dialect;
use crate::sql::tokens::word;

/// Words of operators, and of clauses that change the meaning of another part of the statement.
const ODD: &[&str] = &[
    "BINARY",
    "DIV",
    "GLOB",
    "MATCH",
    "MOD",
    "OPERATOR",
    "OVERLAPS",
    "OVERRIDING",
    "REGEXP",
    "RLIKE",
    "SOUNDS",
    "XOR",
];

/// Returns `true` if it is safe to read rows from the statement.
pub(in crate::sql::statement) fn is_plain(tokens: &[Token], dialect: Dialect) -> bool {
    let mut tokens = tokens
        .iter()
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .peekable();
    let mut is_name = false;
    // For each open parenthesis, whether it is that of a CAST. A cast to a user-defined type may run any code.
    let (mut casts, mut is_cast) = (Vec::new(), false);
    while let Some(token) = tokens.next() {
        let follows = std::mem::replace(&mut is_name, *token == Token::Period);
        let was_cast = std::mem::replace(
            &mut is_cast,
            !follows && word(token).is_some_and(|word| word.eq_ignore_ascii_case("CAST")),
        );
        let plain = match token {
            Token::Word(name) if name.quote_style.is_some() || follows => true,
            Token::Word(_) => {
                let is = |expected: &str| word(token).is_some_and(|word| word.eq_ignore_ascii_case(expected));
                if is("IS") {
                    is_null_test(&mut tokens)
                } else {
                    let mut odd = ODD.iter().chain(dialect.syntax().statements.ambiguous_words);
                    !odd.any(|odd| is(odd))
                        && (!is("AS") || casts.last() != Some(&true) || is_known_type(tokens.peek()))
                }
            }
            Token::LParen => {
                casts.push(was_cast);
                true
            }
            Token::RParen => {
                casts.pop();
                // This selects a field of a value: `(c).f`.
                tokens.peek() != Some(&&Token::Period)
            }
            Token::DoubleColon => is_known_type(tokens.peek()),
            Token::StringConcat => dialect.syntax().statements.concatenates_by_pipes,
            Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::NationalStringLiteral(_)
            | Token::EscapedStringLiteral(_)
            | Token::Placeholder(_)
            | Token::Comma
            | Token::Eq
            | Token::Neq
            | Token::Lt
            | Token::Gt
            | Token::LtEq
            | Token::GtEq
            | Token::Plus
            | Token::Minus
            | Token::Mul
            | Token::Div
            | Token::Period
            | Token::Arrow
            | Token::LongArrow
            | Token::SemiColon
            | Token::EOF => true,
            _ => false,
        };
        if !plain {
            return false;
        }
    }
    true
}

/// Returns `true` for a type without user-defined code.
fn is_known_type(token: Option<&&Token>) -> bool {
    const TYPES: &[&str] = &[
        "BIGINT",
        "BOOL",
        "BOOLEAN",
        "BYTEA",
        "CHAR",
        "CHARACTER",
        "DATE",
        "DATETIME",
        "DECIMAL",
        "DOUBLE",
        "FLOAT",
        "FLOAT4",
        "FLOAT8",
        "INT",
        "INT2",
        "INT4",
        "INT8",
        "INTEGER",
        "INTERVAL",
        "JSON",
        "JSONB",
        "NUMERIC",
        "REAL",
        "SIGNED",
        "SMALLINT",
        "TEXT",
        "TIME",
        "TIMESTAMP",
        "TIMESTAMPTZ",
        "UNSIGNED",
        "UUID",
        "VARCHAR",
    ];
    let word = token.and_then(|token| word(token));
    word.is_some_and(|word| TYPES.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// Returns `true` if `NULL`, `TRUE`, `FALSE` or `UNKNOWN` follows an `IS`. Consumes a `NOT` before it.
fn is_null_test<'a>(tokens: &mut std::iter::Peekable<impl Iterator<Item = &'a Token>>) -> bool {
    let is_any = |token: Option<&&Token>, expected: &[&str]| {
        let word = token.and_then(|token| word(token));
        word.is_some_and(|word| expected.iter().any(|expected| word.eq_ignore_ascii_case(expected)))
    };
    if is_any(tokens.peek(), &["NOT"]) {
        tokens.next();
    }
    is_any(tokens.peek(), &["NULL", "TRUE", "FALSE", "UNKNOWN"])
}
