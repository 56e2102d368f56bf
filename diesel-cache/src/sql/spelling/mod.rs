//! A text in the spelling that sqlparser reads as the database does.
//!
//! Where literals, quoted names and comments end decides which statements there are: a quote that is missed hides whatever stands behind it.
//! sqlparser has rules of its own, which are not quite those of any server. So a text is first read by each database's rules, and what
//! sqlparser would take for something else is spelled in another way: comments become a space ([`comments`]), a literal of several
//! lines becomes one ([`quotes`]), a name of Unicode escapes becomes a plain one ([`unicode`]).
//!
//! # Modes
//!
//! Settings change where a literal ends: `standard_conforming_strings` of PostgreSQL, `NO_BACKSLASH_ESCAPES`, `ANSI_QUOTES` and `MSSQL` in
//! the `sql_mode` of MySQL and MariaDB. A role, a database or a server may have them, which no statement shows. So a text with a backslash
//! is read in every mode; all readings have to agree on where literals, names and comments begin and end, or nobody knows what it says. Of
//! most texts all do (`'C:\dir'`, `'a\\'`, `LIKE '100\%'`), or the server refuses the text in any other mode, since there a literal has no
//! end, or a backslash stands outside of all (`IN ('it\'s', 'he\'s')`).

mod comments;
mod quotes;
mod scanner;
mod unicode;

use std::borrow::Cow;

use self::scanner::{Reading, Stop};
use super::Dialect;

/// Why a text cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It ends inside a literal, a quoted name or a comment.
    Unfinished,
    /// It says one thing in one mode and another in the next, or nothing that is understood.
    Unclear,
}

/// Which modes a text may be read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Modes {
    /// That of a server whose settings are those that it comes with.
    Usual,
    /// Any.
    Any,
}

/// Where a backslash takes the character behind it along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mode {
    dialect: Dialect,
    /// In `'…'`, where no letter in front says otherwise.
    single: bool,
    /// In `"…"`.
    double: bool,
}

impl Mode {
    const fn new(dialect: Dialect, single: bool, double: bool) -> Self {
        Self {
            dialect,
            single,
            double,
        }
    }

    fn usual(dialect: Dialect) -> Self {
        let escapes = dialect == Dialect::Mysql;
        Self::new(dialect, escapes, escapes)
    }

    fn unusual(dialect: Dialect) -> &'static [Self] {
        /// `standard_conforming_strings = off`
        const POSTGRES: [Mode; 1] = [Mode::new(Dialect::Postgres, true, false)];
        /// `NO_BACKSLASH_ESCAPES`, `ANSI_QUOTES`
        const MYSQL: [Mode; 2] = [
            Mode::new(Dialect::Mysql, false, false),
            Mode::new(Dialect::Mysql, true, false),
        ];
        match dialect {
            Dialect::Sqlite => &[],
            Dialect::Postgres => &POSTGRES,
            Dialect::Mysql => &MYSQL,
        }
    }
}

/// The text as sqlparser has to be given it: with a space for each comment.
pub(super) fn readable(sql: &str, dialect: Dialect, modes: Modes) -> Result<Cow<'_, str>, Fault> {
    if is_plain(sql, dialect) {
        return Ok(Cow::Borrowed(sql));
    }
    let usual = scanner::read(sql, Mode::usual(dialect));
    match usual.stop {
        Some(Stop::Unfinished) => return Err(Fault::Unfinished),
        Some(Stop::Refused | Stop::NotUnderstood) => return Err(Fault::Unclear),
        None => {}
    }
    let is_clear = modes == Modes::Usual || !sql.contains('\\') || {
        let mut readings = Mode::unusual(dialect).iter().map(|mode| scanner::read(sql, *mode));
        readings.all(|reading| agrees(&usual, &reading, dialect))
    };
    match is_clear {
        true => Ok(Cow::Owned(usual.text)),
        false => Err(Fault::Unclear),
    }
}

/// Does a server that reads the text in another mode do what it does in the usual one, or nothing?
fn agrees(usual: &Reading, other: &Reading, dialect: Dialect) -> bool {
    match (other.stop, dialect) {
        (None, _) => other.pieces == usual.pieces,
        // It takes a text apart before it does anything.
        (Some(Stop::Unfinished | Stop::Refused), Dialect::Postgres) => true,
        // It does statement after statement, and the first of them may set the mode for the next.
        (Some(Stop::Unfinished | Stop::Refused), _) => !usual.splits && !other.splits,
        (Some(Stop::NotUnderstood), _) => false,
    }
}

/// Is there nothing in the text that sqlparser could read in another way than the database does? Said of too few rather than of too many.
fn is_plain(sql: &str, dialect: Dialect) -> bool {
    let bytes = sql.as_bytes();
    bytes.iter().enumerate().all(|(place, byte)| {
        let before = place.checked_sub(1).map(|before| bytes[before]);
        let after = bytes.get(place + 1);
        match (byte, dialect) {
            (b'\'' | b'\\', _) => false,
            (b'-', _) => before != Some(b'-'),
            (b'*', _) => before != Some(b'/'),
            // `b"…"`, `U&"…"`
            (b'"', _) => !matches!(before, Some(b'b' | b'B' | b'&')),
            (b'#' | b'[', Dialect::Mysql) | (b'#' | b'@' | b':' | b'$', Dialect::Sqlite) => false,
            (b'$', Dialect::Postgres) => after.is_some_and(u8::is_ascii_digit),
            _ => true,
        }
    })
}
