//! Spelling a text such that sqlparser reads it as the database does.
//!
//! Where literals, quoted names and comments end decides which statements there are: a missed quote hides whatever
//! stands behind it. sqlparser has rules of its own, which are not quite those of any server. So a text is first read
//! by the database's rules, and what sqlparser would read in another way is respelled: comments become a space
//! ([`comments`]), a literal of several lines becomes one line ([`quotes`]), and a name of Unicode escapes becomes a
//! plain one ([`unicode`]).
//!
//! # Modes
//!
//! Settings change where a literal ends: `standard_conforming_strings` of PostgreSQL, `NO_BACKSLASH_ESCAPES`,
//! `ANSI_QUOTES` and `MSSQL` in the `sql_mode` of MySQL and MariaDB. A role, a database or a server may have them,
//! which no statement shows. So a text with a backslash is read in every mode, and is understood only if all readings
//! agree on where literals, names and comments begin and end. For most texts they do (`'C:\dir'`, `'a\\'`,
//! `LIKE '100\%'`), or the server refuses the text in any other mode, since a literal has no end there, or a backslash
//! stands outside of all literals (`IN ('it\'s', 'he\'s')`).

mod comments;
mod quotes;
mod scanner;
mod unicode;

use std::borrow::Cow;

use self::scanner::Scanned;
use crate::sql::dialect::{Dialect, QuotingModes, Spelling, Stop};

/// Why a text cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum SpellingError {
    /// It ends inside a literal, a quoted name or a comment.
    Unfinished,
    /// It means different things in different modes, or is not understood.
    Unclear,
}

/// Returns the text for sqlparser: respelled, and with a space for each comment.
pub(in crate::sql) fn readable(
    sql: &str,
    dialect: Dialect,
    modes: QuotingModes,
) -> Result<Cow<'_, str>, SpellingError> {
    let spelling = &dialect.syntax().spelling;
    if is_plain(sql, spelling) {
        return Ok(Cow::Borrowed(sql));
    }
    let usual = scanner::read(sql, spelling, spelling.usual);
    match usual.stop {
        Some(Stop::Unfinished) => return Err(SpellingError::Unfinished),
        Some(Stop::Refused | Stop::NotUnderstood) => return Err(SpellingError::Unclear),
        None => {}
    }
    let is_clear = modes == QuotingModes::Usual || !sql.contains('\\') || {
        let mut readings = spelling.unusual.iter().map(|mode| scanner::read(sql, spelling, *mode));
        readings.all(|reading| agrees(&usual, &reading, spelling.splits_first))
    };
    match is_clear {
        true => Ok(Cow::Owned(usual.text)),
        false => Err(SpellingError::Unclear),
    }
}

/// Returns `true` if a server that reads the text in another mode does what it does in the usual one, or nothing.
fn agrees(usual: &Scanned, other: &Scanned, splits_first: bool) -> bool {
    match other.stop {
        None => other.pieces == usual.pieces,
        Some(Stop::Unfinished | Stop::Refused) => splits_first || (!usual.splits && !other.splits),
        Some(Stop::NotUnderstood) => false,
    }
}

/// Returns `true` if there is nothing in the text that sqlparser could read in another way than the database does. Errs
/// towards `false`.
fn is_plain(sql: &str, spelling: &Spelling) -> bool {
    let bytes = sql.as_bytes();
    bytes.iter().enumerate().all(|(place, byte)| {
        let before = place.checked_sub(1).map(|before| bytes[before]);
        match byte {
            b'\'' | b'\\' => false,
            b'-' => before != Some(b'-'),
            b'*' => before != Some(b'/'),
            // `b"…"`, `U&"…"`
            b'"' => !matches!(before, Some(b'b' | b'B' | b'&')),
            b'$' if spelling.dollar_quotes => bytes.get(place + 1).is_some_and(u8::is_ascii_digit),
            byte => !spelling.odd.contains(byte),
        }
    })
}
