//! What a statement leaves behind on its connection, so that the same text may mean something else there from now on.
//!
//! A plain setting is one [`Change::Set`], whichever form of statement made it; what only the statement itself describes is
//! [`Change::Said`]. A value that the text does not show (a bound one, one that is computed from rows or by a function) is
//! [`Value::Unknown`], and what a routine does is [`Change::Unknown`]: nothing in its text tells.

mod calls;
mod mysql;
mod postgres;
mod shows;
mod sqlite;

use sqlparser::tokenizer::Token;

pub(super) use self::shows::shows_session;
use super::{
    Dialect,
    cursor::{Cursor, word},
};

/// One thing that a statement leaves behind on its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// A setting has this value from now on.
    Set {
        /// In lower case; `@name` for a variable of MySQL, `pragma name` for a pragma.
        name: Box<str>,
        value: Value,
        /// Until the transaction ends.
        local: bool,
    },
    /// What the statement says.
    Said(Box<str>),
    /// What the statement says, which attaches the file of this name.
    Attached { text: Box<str>, file: Box<str> },
    /// Temporary tables are gone.
    DropTemporary,
    /// PostgreSQL's `RESET ALL`.
    ResetAll,
    /// PostgreSQL's `DISCARD ALL`.
    DiscardAll,
    /// Anything at all.
    Unknown,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// That of every new connection.
    Fresh,
    /// As the text has it.
    Said(Box<str>),
    Unknown,
}

impl Change {
    fn set(name: &str, value: Value) -> Self {
        Self::Set {
            name: name.into(),
            value,
            local: false,
        }
    }

    /// What these tokens say, if they say it all.
    fn said(tokens: &[Token]) -> Self {
        rendered(tokens).map_or(Self::Unknown, |text| Self::Said(text.into()))
    }
}

impl Value {
    /// What these tokens say, if they say it all.
    fn said(tokens: &[Token]) -> Self {
        rendered(tokens).map_or(Self::Unknown, |text| Self::Said(text.into()))
    }
}

/// Statements that run others, which their text does not show.
const ROUTINES: &[&str] = &["CALL", "DO", "EXECUTE"];

/// MariaDB's compound statements, whole or in the pieces that their semicolons leave.
const COMPOUND: &[&str] = &[
    "BEGIN", "CASE", "ELSE", "ELSEIF", "END", "FOR", "IF", "LOOP", "REPEAT", "UNTIL", "WHEN", "WHILE",
];

/// Does the statement run code that its text does not show?
pub(super) fn is_routine(verb: &str, dialect: Dialect) -> bool {
    ROUTINES.contains(&verb) || (dialect == Dialect::Mysql && COMPOUND.contains(&verb))
}

/// What a statement leaves behind that begins with `verb`, and neither begins nor ends a transaction.
pub(super) fn changes(tokens: &[Token], verb: &str, dialect: Dialect) -> Vec<Change> {
    let changes = changes_as_read(tokens, verb, dialect);
    if dialect == Dialect::Mysql && !changes.is_empty() && tokens.iter().any(is_misread) {
        return vec![Change::Unknown];
    }
    changes
}

/// Does the string hold a character that the tokenizer takes `\a` and `\f` for, and MySQL does not?
fn is_misread(token: &Token) -> bool {
    string(token).is_some_and(|text| text.contains(['\u{7}', '\u{c}']))
}

fn changes_as_read(tokens: &[Token], verb: &str, dialect: Dialect) -> Vec<Change> {
    let mut cursor = Cursor::new(tokens);
    if !matches!(cursor.peek(), Some(Token::LParen)) {
        cursor.next();
    }
    match verb {
        "SET" if dialect == Dialect::Mysql && cursor.eat("STATEMENT") => calls::changes(tokens, verb, dialect),
        "SET" if dialect == Dialect::Mysql => mysql::set(tokens, cursor),
        "RESET" | "DISCARD" if dialect == Dialect::Mysql => Vec::new(),
        "SET" => postgres::set(cursor),
        "RESET" => postgres::reset(cursor),
        "DISCARD" => postgres::discard(&cursor),
        "USE" => vec![Change::set("use", Value::said(cursor.rest()))],
        "ATTACH" | "DETACH" => vec![sqlite::attach(tokens, verb, cursor)],
        "PRAGMA" => sqlite::pragma(cursor),
        // A library may change whatever it likes.
        "LOAD" if dialect == Dialect::Postgres => vec![Change::said(tokens)],
        _ if is_routine(verb, dialect) => vec![Change::Unknown],
        _ => calls::changes(tokens, verb, dialect),
    }
}

/// Is it made to set something, harmless or not?
pub(super) fn sets(tokens: &[Token], dialect: Dialect) -> bool {
    match dialect {
        Dialect::Mysql => !calls::changes(tokens, "SELECT", dialect).is_empty(),
        _ => ["set_config", "load_extension"]
            .iter()
            .any(|function| calls::called(tokens, function).next().is_some()),
    }
}

/// Tokens as a text, which no others share; `None` where part of it is bound.
fn rendered(tokens: &[Token]) -> Option<String> {
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
            // Quotes and escapes are told apart there.
            other => format!("{other:?}"),
        };
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&piece);
    }
    Some(text)
}

/// A string of any spelling that has a value of its own.
fn string(token: &Token) -> Option<&str> {
    match token {
        Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) | Token::EscapedStringLiteral(text) => {
            Some(text)
        }
        Token::DollarQuotedString(text) => Some(&text.value),
        _ => None,
    }
}

/// Without white space.
fn dense(tokens: &[Token]) -> Vec<&Token> {
    let mut cursor = Cursor::new(tokens);
    std::iter::from_fn(|| cursor.next()).collect()
}

/// What stands between the commas that no brackets enclose.
fn parts(tokens: &[Token]) -> Vec<&[Token]> {
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

/// A single literal, with or without a sign.
fn is_literal(tokens: &[Token]) -> bool {
    match *dense(tokens) {
        [one] => is_constant(one),
        [Token::Minus | Token::Plus, Token::Number(..)] => true,
        _ => false,
    }
}

fn is_constant(token: &Token) -> bool {
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
