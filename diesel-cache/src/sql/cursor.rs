//! Reading a statement word by word.

use sqlparser::tokenizer::Token;

use super::TableName;

/// A place in a statement's tokens; white space does not count.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    rest: &'a [Token],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(tokens: &'a [Token]) -> Self {
        let mut cursor = Self { rest: tokens };
        cursor.skip_space();
        cursor
    }

    fn skip_space(&mut self) {
        while let [Token::Whitespace(_), rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// What is left, from the next token on.
    pub(super) fn rest(&self) -> &'a [Token] {
        self.rest
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn peek(&self) -> Option<&'a Token> {
        self.rest.first()
    }

    pub(super) fn next(&mut self) -> Option<&'a Token> {
        let (token, rest) = self.rest.split_first()?;
        self.rest = rest;
        self.skip_space();
        Some(token)
    }

    /// The next token, if it is an unquoted word.
    pub(super) fn peek_word(&self) -> Option<&'a str> {
        word(self.peek()?)
    }

    pub(super) fn eat_token(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        if found {
            self.next();
        }
        found
    }

    /// Passes `expected`, if it comes next.
    pub(super) fn eat(&mut self, expected: &str) -> bool {
        let found = self.peek_word().is_some_and(|word| word.eq_ignore_ascii_case(expected));
        if found {
            self.next();
        }
        found
    }

    /// Passes one of `expected`, if one comes next.
    pub(super) fn eat_any(&mut self, expected: &[&str]) -> bool {
        expected.iter().any(|expected| self.eat(expected))
    }

    /// Passes all of `expected`, or nothing.
    pub(super) fn eat_all(&mut self, expected: &[&str]) -> bool {
        let mut ahead = self.clone();
        let found = expected.iter().all(|expected| ahead.eat(expected));
        if found {
            *self = ahead;
        }
        found
    }

    /// Does one of `words` come anywhere from here on?
    pub(super) fn has_any(&self, words: &[&str]) -> bool {
        let mut found = self.rest.iter().filter_map(word);
        found.any(|found| words.iter().any(|word| found.eq_ignore_ascii_case(word)))
    }

    pub(super) fn identifier(&mut self) -> Option<&'a str> {
        let identifier = match self.peek()? {
            Token::Word(word) => &word.value,
            // SQLite takes them for identifiers where it expects one, MySQL may (`ANSI_QUOTES`).
            Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) => text,
            _ => return None,
        };
        self.next();
        Some(identifier)
    }

    /// A name of one or more components.
    pub(super) fn name(&mut self) -> Option<TableName> {
        let mut last = self.identifier()?;
        while self.eat_token(&Token::Period) {
            last = self.identifier()?;
        }
        Some(TableName::new(last))
    }

    /// What stands in brackets from here on, and the brackets.
    pub(super) fn group(&mut self) -> Option<&'a [Token]> {
        let all = self.rest;
        let mut depth = 0_usize;
        while let Some(token) = self.next() {
            match token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return Some(&all[..all.len() - self.rest.len()]);
            }
        }
        None
    }

    /// Names, separated by commas.
    pub(super) fn names(&mut self) -> Option<Vec<TableName>> {
        let mut names = Vec::new();
        loop {
            self.eat("ONLY");
            names.push(self.name()?);
            self.eat_token(&Token::Mul);
            if !self.eat_token(&Token::Comma) {
                return Some(names);
            }
        }
    }
}

/// Is the token this word, without quotes?
pub(super) fn is_word(token: &Token, expected: &str) -> bool {
    word(token).is_some_and(|word| word.eq_ignore_ascii_case(expected))
}

/// The token as an unquoted word.
pub(super) fn word(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(&word.value),
        _ => None,
    }
}
