//! The words of a text that could be the names of tables.
//!
//! In a text that is not parsed, all of them count, so that no table is missed. A word that is not a table costs
//! nothing, since nothing writes to it.

use sqlparser::tokenizer::Token;

use super::functions;
use crate::sql::{
    dialect::Dialect,
    facts::{TableName, Tables},
    tokens::{Cursor, word},
};

/// A text with more names than this reads everything.
const MAX_NAMES: usize = 64;

/// Words that are reserved in every database, so that no table has such a name unless it is quoted.
const RESERVED: &[&str] = &[
    "ALL", "AND", "AS", "CASE", "CREATE", "DISTINCT", "ELSE", "FROM", "GROUP", "HAVING", "IN", "INTO", "IS", "JOIN",
    "LIMIT", "NOT", "NULL", "ON", "OR", "ORDER", "SELECT", "THEN", "UNION", "USING", "WHEN", "WHERE",
];

/// Words that may precede a parenthesis but are not functions.
const NO_FUNCTIONS: &[&str] = &["VALUES", "EXISTS"];

/// Words before a list of tables, or before a table in such a list.
const FROM: [&str; 7] = ["FROM", "JOIN", "STRAIGHT_JOIN", "USING", "LATERAL", "TABLE", "INTO"];

/// Returns `true` if no table has this name, unless it is quoted.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved))
}

/// Returns the tables that a text may read.
pub(super) fn read(tokens: &[Token], dialect: Dialect) -> Tables {
    let mut names = Names::new(dialect);
    let mut cursor = Cursor::new(tokens);
    while let Some(token) = cursor.next() {
        if names.pass(token, cursor.peek()).is_none() {
            return Tables::Everything;
        }
    }
    names.found.into_iter().collect()
}

/// Returns the tables that an UPDATE or DELETE of several tables may write: the names before the first of `ends`
/// outside of parentheses. `None` if it may write any table.
pub(super) fn written(mut cursor: Cursor<'_>, ends: &[&str], dialect: Dialect) -> Option<Tables> {
    let mut names = Names::new(dialect);
    let mut depth = 0_usize;
    while let Some(token) = cursor.next() {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.checked_sub(1)?,
            _ if depth > 0 => {}
            _ if word(token).is_some_and(|word| ends.iter().any(|end| word.eq_ignore_ascii_case(end))) => break,
            _ => {}
        }
        names.pass(token, cursor.peek())?;
    }
    Some(names.found.into_iter().collect())
}

struct Names<'a> {
    dialect: Dialect,
    found: Vec<TableName>,
    /// The previous token.
    last: Option<&'a Token>,
    /// The token before the name of which the next token may be a part.
    before_name: Option<&'a Token>,
    /// Whether a function that returns rows may occur outside of all parentheses (the first item), and in each open
    /// pair (the others).
    from: Vec<bool>,
}

impl<'a> Names<'a> {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            found: Vec::new(),
            last: None,
            before_name: None,
            from: vec![false],
        }
    }

    /// Reads a token. Returns `None` if the text may read any table.
    fn pass(&mut self, token: &'a Token, next: Option<&Token>) -> Option<()> {
        match token {
            Token::LParen => {
                let inside = self.is_from() && !matches!(self.last, Some(Token::Word(_))) || self.follows(&FROM);
                self.from.push(inside);
            }
            Token::RParen if self.from.len() > 1 => drop(self.from.pop()),
            Token::Word(word) => {
                if self.last != Some(&Token::Period) {
                    self.before_name = self.last;
                }
                self.clause(token);
                self.name(&word.value, word.quote_style.is_some(), next)?;
            }
            Token::SingleQuotedString(text) if self.dialect.syntax().spelling.single_quoted_names => self.add(text)?,
            Token::DoubleQuotedString(text) if self.dialect.syntax().spelling.double_quoted_names => {
                let is_schema = next == Some(&Token::Period);
                if is_schema && functions::is_catalog_schema(&text.to_ascii_lowercase()) {
                    return None;
                }
                self.add(text)?;
            }
            _ => {}
        }
        self.last = Some(token);
        Some(())
    }

    fn is_from(&self) -> bool {
        self.from.last() == Some(&true)
    }

    fn follows(&self, words: &[&str]) -> bool {
        is_any(self.last, words)
    }

    /// Records whether a list of tables or one of expressions begins here.
    fn clause(&mut self, token: &Token) {
        const EXPRESSIONS: [&str; 9] = [
            "SELECT",
            "WHERE",
            "GROUP",
            "ORDER",
            "HAVING",
            "LIMIT",
            "WINDOW",
            "RETURNING",
            "SET",
        ];
        let token = Some(token);
        let place = self.from.len() - 1;
        if is_any(token, &FROM) {
            self.from[place] = true;
        } else if is_any(token, &EXPRESSIONS) && self.last != Some(&Token::Period) {
            self.from[place] = false;
        }
    }

    fn name(&mut self, name: &str, quoted: bool, next: Option<&Token>) -> Option<()> {
        let lower = name.to_ascii_lowercase();
        match next {
            // The name of a schema, or of a table that occurs elsewhere as well.
            Some(Token::Period) => return (!functions::is_catalog_schema(&lower)).then_some(()),
            Some(Token::LParen) if !self.is_keyword(name, quoted) => {
                let pure = self.last != Some(&Token::Period) && functions::is_pure_name(&lower);
                return (pure || !self.makes_rows(name)).then_some(());
            }
            _ => {}
        }
        if self.is_keyword(name, quoted) {
            return Some(());
        }
        if functions::is_catalog_name(&lower) {
            return None;
        }
        // An alias or a type.
        if self.follows(&["AS"]) || matches!(self.last, Some(Token::DoubleColon)) {
            return Some(());
        }
        self.add(name)
    }

    /// Returns `true` if this function may be an item in a list of tables.
    fn makes_rows(&self, name: &str) -> bool {
        let listed = is_any(self.before_name, &FROM) || is_any(self.before_name, &["IN"]);
        let follows = matches!(self.before_name, Some(Token::Comma | Token::LParen));
        (listed || (follows && self.is_from())) && !NO_FUNCTIONS.iter().any(|word| name.eq_ignore_ascii_case(word))
    }

    fn is_keyword(&self, name: &str, quoted: bool) -> bool {
        !quoted && self.last != Some(&Token::Period) && is_reserved(name)
    }

    fn add(&mut self, name: &str) -> Option<()> {
        let name = TableName::new(name);
        if !self.found.contains(&name) {
            self.found.push(name);
        }
        (self.found.len() <= MAX_NAMES).then_some(())
    }
}

fn is_any(token: Option<&Token>, words: &[&str]) -> bool {
    token
        .and_then(word)
        .is_some_and(|found| words.iter().any(|word| found.eq_ignore_ascii_case(word)))
}
