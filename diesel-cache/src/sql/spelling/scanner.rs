//! Reading a text from its beginning to its end, in one mode.

use std::ops::Range;

use super::{Mode, comments};
use crate::sql::Dialect;

/// A text, read.
pub(super) struct Reading {
    /// The text in sqlparser's spelling.
    pub(super) text: String,
    /// Where literals, quoted names and comments stand.
    pub(super) pieces: Vec<Range<usize>>,
    /// Is there a semicolon outside of them?
    pub(super) splits: bool,
    /// Why it was not read to its end.
    pub(super) stop: Option<Stop>,
}

/// Why a text is read no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It ends inside a literal, a quoted name or a comment. The server takes no such text.
    Unfinished,
    /// Nor does it take this one.
    Refused,
    /// What it means is not known.
    NotUnderstood,
}

pub(super) fn read(sql: &str, mode: Mode) -> Reading {
    let mut scanner = Scanner {
        sql,
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
    Reading {
        text: scanner.text,
        pieces,
        splits: scanner.splits,
        stop,
    }
}

pub(super) struct Scanner<'a> {
    pub(super) sql: &'a str,
    pub(super) mode: Mode,
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

    /// Passes the comment, the literal or the quoted name that begins here with `first`; if none does, that character.
    fn pass(&mut self, first: char) -> Result<bool, Stop> {
        match comments::length(self.rest(), self.mode.dialect) {
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
        match (first, self.mode.dialect) {
            (';', _) => self.splits = true,
            ('\\', Dialect::Postgres) => return Err(Stop::Refused),
            // `\N` is NULL.
            ('\\', Dialect::Mysql) if !self.rest().starts_with("\\N") => return Err(Stop::Refused),
            // MariaDB's `sql_mode = MSSQL` has names in such brackets; no other takes them.
            ('[', Dialect::Mysql) => return Err(Stop::NotUnderstood),
            // `$a('…)`: all of it is the name of a variable.
            ('(', Dialect::Sqlite) if self.follows_variable() => return Err(Stop::NotUnderstood),
            _ => {}
        }
        self.text.push(first);
        self.place += first.len_utf8();
        Ok(false)
    }

    fn follows_variable(&self) -> bool {
        const MARKS: [char; 4] = ['$', '@', ':', '#'];
        let before = self.before();
        let rest = before.trim_end_matches(|c| is_word(c) || MARKS.contains(&c));
        before[rest.len()..].contains(MARKS)
    }
}

/// May it be part of a word? (A dollar too, but not the first.)
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()
}
