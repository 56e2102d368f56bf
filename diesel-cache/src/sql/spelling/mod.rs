//! Respells a text such that sqlparser reads it as the database does.
//!
//! The ends of literals, quoted names and comments decide which statements a text contains: if a closing quote is
//! missed, the statements after it are hidden. sqlparser's rules differ a little from those of every server. So a text
//! is first read by the database's rules, and what sqlparser would read differently is respelled. A comment becomes a
//! space ([`comments`]), a literal over several lines becomes one line ([`quotes`]), and a name with Unicode escapes
//! becomes a plain name ([`unicode`]).
//!
//! # Modes
//!
//! Settings change where a literal ends: `standard_conforming_strings` of PostgreSQL, and `NO_BACKSLASH_ESCAPES`,
//! `ANSI_QUOTES` and `MSSQL` in the `sql_mode` of MySQL and MariaDB. They may be set for a role, a database or a
//! server, so no statement of the connection shows them. So a text with a backslash is read in every mode, and is
//! understood only if all readings agree on where literals, names and comments begin and end. For most texts they do
//! (`'C:\dir'`, `'a\\'`, `LIKE '100\%'`). Or else the server refuses the text in every other mode, because a literal
//! does not end, or because a backslash is outside of all literals (`IN ('it\'s', 'he\'s')`).

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
    /// It means different things in different modes, the server refuses it, or it is not understood.
    Unclear,
}

/// Returns the text as sqlparser is to read it: respelled, and with a space in place of each comment.
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

/// Returns `true` if a server in the other mode does the same as in the usual mode, or refuses the text before it does
/// anything.
fn agrees(usual: &Scanned, other: &Scanned, splits_first: bool) -> bool {
    match other.stop {
        None => other.pieces == usual.pieces,
        Some(Stop::Unfinished | Stop::Refused) => splits_first || (!usual.splits && !other.splits),
        Some(Stop::NotUnderstood) => false,
    }
}

/// Returns `true` if sqlparser and the database read the text alike. Errs on the side of `false`.
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
