//! Reading a statement word by word.

use sqlparser::tokenizer::Token;

use crate::sql::facts::TableName;

/// A position in the tokens of a statement. It skips white space.
#[derive(Clone)]
pub(in crate::sql) struct Cursor<'a> {
    rest: &'a [Token],
}

impl<'a> Cursor<'a> {
    pub(in crate::sql) fn new(tokens: &'a [Token]) -> Self {
        let mut cursor = Self { rest: tokens };
        cursor.skip_space();
        cursor
    }

    fn skip_space(&mut self) {
        while let [Token::Whitespace(_), rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// Returns the remaining tokens, beginning with the next one.
    pub(in crate::sql) fn rest(&self) -> &'a [Token] {
        self.rest
    }

    pub(in crate::sql) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(in crate::sql) fn peek(&self) -> Option<&'a Token> {
        self.rest.first()
    }

    pub(in crate::sql) fn next(&mut self) -> Option<&'a Token> {
        let (token, rest) = self.rest.split_first()?;
        self.rest = rest;
        self.skip_space();
        Some(token)
    }

    /// Returns the next token, if it is an unquoted word.
    pub(in crate::sql) fn peek_word(&self) -> Option<&'a str> {
        word(self.peek()?)
    }

    pub(in crate::sql) fn eat_token(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        if found {
            self.next();
        }
        found
    }

    /// Consumes `expected` if it comes next.
    pub(in crate::sql) fn eat(&mut self, expected: &str) -> bool {
        let found = self.peek_word().is_some_and(|word| word.eq_ignore_ascii_case(expected));
        if found {
            self.next();
        }
        found
    }

    /// Consumes one of `expected` if one comes next.
    pub(in crate::sql) fn eat_any(&mut self, expected: &[&str]) -> bool {
        expected.iter().any(|expected| self.eat(expected))
    }

    /// Consumes all of `expected`, or nothing.
    pub(in crate::sql) fn eat_all(&mut self, expected: &[&str]) -> bool {
        let mut ahead = self.clone();
        let found = expected.iter().all(|expected| ahead.eat(expected));
        if found {
            *self = ahead;
        }
        found
    }

    /// Returns `true` if one of `words` occurs among the remaining tokens.
    pub(in crate::sql) fn has_any(&self, words: &[&str]) -> bool {
        let mut found = self.rest.iter().filter_map(word);
        found.any(|found| words.iter().any(|word| found.eq_ignore_ascii_case(word)))
    }

    /// Consumes an identifier, quoted or not.
    pub(in crate::sql) fn identifier(&mut self) -> Option<&'a str> {
        let identifier = match self.peek()? {
            Token::Word(word) => &word.value,
            // SQLite reads a string as an identifier where it expects one. MySQL may read `"…"` as one (`ANSI_QUOTES`).
            Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) => text,
            _ => return None,
        };
        self.next();
        Some(identifier)
    }

    /// Consumes a name of one or more components.
    pub(in crate::sql) fn name(&mut self) -> Option<TableName> {
        let mut last = self.identifier()?;
        while self.eat_token(&Token::Period) {
            last = self.identifier()?;
        }
        Some(TableName::new(last))
    }

    /// Consumes a pair of parentheses with its contents, and returns all of it.
    pub(in crate::sql) fn group(&mut self) -> Option<&'a [Token]> {
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

    /// Consumes names that are separated by commas.
    pub(in crate::sql) fn names(&mut self) -> Option<Vec<TableName>> {
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

/// Returns `true` if the token is this word, unquoted.
pub(in crate::sql) fn is_word(token: &Token, expected: &str) -> bool {
    word(token).is_some_and(|word| word.eq_ignore_ascii_case(expected))
}

/// Returns the token as an unquoted word.
pub(in crate::sql) fn word(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(&word.value),
        _ => None,
    }
}

/// Returns `true` if the word is one of these.
pub(in crate::sql) fn is_any(word: &str, expected: &[&str]) -> bool {
    expected.iter().any(|expected| word.eq_ignore_ascii_case(expected))
}
