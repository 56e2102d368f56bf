//! Literals and quoted names.

use super::scanner::Scanner;
use super::unicode;
use crate::sql::dialect::{Stop, is_word_part};

/// How a literal or a quoted name is read.
#[derive(Clone, Copy)]
struct Quote {
    close: char,
    /// Whether a backslash escapes the next character.
    escapes: bool,
    /// Whether two closing characters inside stand for one.
    doubles: bool,
    /// Whether the literal may continue on another line.
    goes_on: bool,
    sort: Sort,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Plain,
    /// `B'…'`, `X'…'`
    Digits,
    /// `E'…'`
    Escaped,
    /// `U&'…'`, `U&"…"`
    Unicode,
}

impl Scanner<'_> {
    /// Consumes a literal or a quoted name, if one begins here with `first`.
    pub(super) fn pass_quoted(&mut self, first: char) -> Result<bool, Stop> {
        if first == '$' && self.spelling.dollar_quotes {
            return self.pass_dollar_quoted();
        }
        let Some(quote) = self.quote(first) else {
            return Ok(false);
        };
        if quote.sort == Sort::Unicode && first == '"' {
            return self.pass_unicode_name(quote);
        }
        // The server refuses it with `standard_conforming_strings = off`.
        if quote.sort == Sort::Unicode && self.mode.single {
            return Err(Stop::Refused);
        }
        let before = self.before().chars().next_back();
        // sqlparser reads `b"…"` as a literal, and a quote directly after a closing quote as part of the same literal.
        // A space separates them.
        let is_behind_word = quote.sort == Sort::Plain && before.is_some_and(is_word_part) && !self.is_national(first);
        if is_behind_word || before == Some(first) {
            self.text.push(' ');
        }
        self.text.push(first);
        let start = self.place;
        self.pass_part(quote)?;
        while quote.goes_on && self.goes_on() {
            // The server reads the escapes of each part separately.
            if quote.sort == Sort::Escaped && self.sql[start..self.place].contains('\\') {
                return Err(Stop::NotUnderstood);
            }
            self.pass_part(quote)?;
        }
        self.text.push(quote.close);
        let is_odd = || self.sql[start..self.place].contains('\\');
        if quote.sort == Sort::Digits && is_odd() {
            return Err(Stop::NotUnderstood);
        }
        Ok(true)
    }

    fn quote(&self, first: char) -> Option<Quote> {
        let quote = Quote {
            close: first,
            escapes: false,
            doubles: true,
            goes_on: false,
            sort: Sort::Plain,
        };
        match first {
            '\'' => {
                let sort = self.sort();
                Some(Quote {
                    escapes: match sort {
                        Sort::Plain => self.mode.single,
                        Sort::Escaped => true,
                        Sort::Digits | Sort::Unicode => false,
                    },
                    doubles: sort != Sort::Digits,
                    goes_on: self.spelling.continues_literals,
                    sort,
                    ..quote
                })
            }
            '"' => Some(Quote {
                escapes: self.mode.double,
                sort: match self.sort() {
                    Sort::Unicode => Sort::Unicode,
                    _ => Sort::Plain,
                },
                ..quote
            }),
            _ => {
                let names = self.spelling.name_quotes.iter();
                let (_, close, doubles) = names.copied().find(|(open, ..)| *open == first)?;
                Some(Quote {
                    close,
                    doubles,
                    ..quote
                })
            }
        }
    }

    /// Returns the sort of a literal, by the letter before the quote.
    fn sort(&self) -> Sort {
        let spelling = self.spelling;
        let before = self.before();
        let Some(letter) = before.chars().next_back() else {
            return Sort::Plain;
        };
        match letter.to_ascii_lowercase() {
            'e' if spelling.escape_literals && self.begins_word(1) => Sort::Escaped,
            'b' if spelling.bit_literals && self.begins_word(1) => Sort::Digits,
            'x' if self.begins_word(1) => Sort::Digits,
            '&' if spelling.unicode_literals && before.ends_with(['&']) && self.begins_word(2) => {
                match before.as_bytes()[..before.len() - 1].last() {
                    Some(b'u' | b'U') => Sort::Unicode,
                    _ => Sort::Plain,
                }
            }
            _ => Sort::Plain,
        }
    }

    /// Returns `true` if this is `N'…'`, a literal like any other.
    fn is_national(&self, first: char) -> bool {
        first == '\'' && self.spelling.national_literals && self.before().ends_with(['n', 'N']) && self.begins_word(1)
    }

    /// Returns `true` if a word begins this many bytes before the current position.
    fn begins_word(&self, bytes: usize) -> bool {
        let Some(start) = self
            .place
            .checked_sub(bytes)
            .filter(|start| self.sql.is_char_boundary(*start))
        else {
            return false;
        };
        let joins = self.spelling.joins_names;
        let is_part = |c: char| is_word_part(c) || (joins && matches!(c, '@' | '.'));
        !self.sql[..start].chars().next_back().is_some_and(is_part)
    }

    /// Consumes everything from the quote at this position to the quote that closes it.
    fn pass_part(&mut self, quote: Quote) -> Result<(), Stop> {
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((place, c)) = chars.next() {
            if quote.escapes && c == '\\' {
                let (_, next) = chars.next().ok_or(Stop::Unfinished)?;
                self.push_escape(next, quote);
            } else if c != quote.close {
                self.text.push(c);
            } else if quote.doubles && chars.next_if(|(_, next)| *next == quote.close).is_some() {
                self.text.extend([c, c]);
            } else {
                self.place += place + c.len_utf8();
                return Ok(());
            }
        }
        Err(Stop::Unfinished)
    }

    /// Pushes an escape. If its meaning depends on the mode, the backslash is doubled, so that it remains in
    /// sqlparser's token. Otherwise two texts that differ in a backslash could give the same tokens.
    fn push_escape(&mut self, next: char, quote: Quote) {
        let doubled = self.spelling.keeps_backslashes && next != quote.close;
        self.text.push_str(if doubled { "\\\\" } else { "\\" });
        if doubled && next == '\\' {
            self.text.push('\\');
        }
        self.text.push(next);
    }

    /// Consumes what separates two parts of one literal: white space with at least one line break, and comments to the
    /// end of the line.
    fn goes_on(&mut self) -> bool {
        let rest = self.rest();
        let (mut place, mut breaks) = (0, false);
        loop {
            let ahead = &rest[place..];
            place += match ahead.as_bytes() {
                [b'\n' | b'\r', ..] => {
                    breaks = true;
                    1
                }
                [b' ' | b'\t' | b'\x0b' | b'\x0c', ..] => 1,
                [b'-', b'-', ..] => match ahead.find(['\n', '\r']) {
                    Some(end) => end,
                    None => return false,
                },
                [b'\'', ..] if breaks => {
                    self.place += place;
                    return true;
                }
                _ => return false,
            };
        }
    }

    /// Consumes `U&"…"`, and pushes the name without escapes.
    fn pass_unicode_name(&mut self, quote: Quote) -> Result<bool, Stop> {
        let start = self.text.len();
        self.pass_part(quote)?;
        let name = unicode::decoded(&self.text[start..]);
        // `UESCAPE` after the name sets another escape character.
        let is_usual = !self.sql.to_ascii_lowercase().contains("uescape");
        let name = name.filter(|_| is_usual).ok_or(Stop::NotUnderstood)?;
        self.text.truncate(start - "U&".len());
        // The quotes in the name are still doubled.
        self.text.extend([" \"", &*name, "\""]);
        Ok(true)
    }

    /// Consumes `$$…$$` or `$tag$…$tag$`, if one begins here.
    fn pass_dollar_quoted(&mut self) -> Result<bool, Stop> {
        let rest = self.rest();
        let end = rest[1..]
            .find(|c: char| !is_word_part(c) || c == '$')
            .unwrap_or(rest.len() - 1);
        let tag = rest.get(..end + 2).unwrap_or_default();
        let inside_word = self.before().chars().next_back().is_some_and(is_word_part);
        if !tag.ends_with('$') || tag.len() < 2 || rest[1..].starts_with(|c: char| c.is_ascii_digit()) || inside_word {
            return Ok(false);
        }
        // sqlparser accepts no other characters in a tag.
        if tag.contains(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$')) {
            return Err(Stop::NotUnderstood);
        }
        let length = rest[tag.len()..].find(tag).ok_or(Stop::Unfinished)? + 2 * tag.len();
        self.text.push_str(&rest[..length]);
        self.place += length;
        Ok(true)
    }
}
