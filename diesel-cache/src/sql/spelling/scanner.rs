//! Reading a text from its beginning to its end, in one mode.

use std::ops::Range;

use super::comments;
use crate::sql::dialect::{QuotingMode, Spelling, Stop};

/// A text that has been scanned.
pub(super) struct Scanned {
    /// The text in sqlparser's spelling.
    pub(super) text: String,
    /// The positions of literals, quoted names and comments.
    pub(super) pieces: Vec<Range<usize>>,
    /// Whether there is a semicolon outside of them.
    pub(super) splits: bool,
    /// Why the text was not read to its end, if it was not.
    pub(super) stop: Option<Stop>,
}

pub(super) fn read(sql: &str, spelling: &'static Spelling, mode: QuotingMode) -> Scanned {
    let mut scanner = Scanner {
        sql,
        spelling,
        mode,
        place: 0,
        text: String::with_capacity(sql.len()),
        splits: false,
    };
    let mut pieces = Vec::new();
    let stop = loop {
        let start = scanner.place;
        let Some(first) = scanner.rest().chars().next() else {
            break None;
        };
        match scanner.pass(first) {
            Ok(true) => pieces.push(start..scanner.place),
            Ok(false) => {}
            Err(stop) => break Some(stop),
        }
    };
    Scanned {
        text: scanner.text,
        pieces,
        splits: scanner.splits,
        stop,
    }
}

pub(super) struct Scanner<'a> {
    pub(super) sql: &'a str,
    pub(super) spelling: &'static Spelling,
    pub(super) mode: QuotingMode,
    pub(super) place: usize,
    pub(super) text: String,
    splits: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.sql[self.place..]
    }

    pub(super) fn before(&self) -> &'a str {
        &self.sql[..self.place]
    }

    /// Consumes the comment, the literal or the quoted name that begins here with `first`, and returns `true`. If none
    /// does, consumes only that character, and returns `false`.
    fn pass(&mut self, first: char) -> Result<bool, Stop> {
        match comments::length(self.rest(), self.spelling) {
            None => return Err(Stop::Unfinished),
            Some(0) => {}
            Some(length) => {
                self.place += length;
                self.text.push(' ');
                return Ok(true);
            }
        }
        if self.pass_quoted(first)? {
            return Ok(true);
        }
        if let Some(stop) = (self.spelling.stop)(first, self.before(), self.rest()) {
            return Err(stop);
        }
        self.splits |= first == ';';
        self.text.push(first);
        self.place += first.len_utf8();
        Ok(false)
    }
}
