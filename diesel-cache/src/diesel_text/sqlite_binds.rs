//! The bind values of a query for SQLite.
//!
//! Diesel shows them only in the `Debug` of its collector. That is not the user's `Debug`: by then every bind is text,
//! blob, integer, float or null, beside its type, in Diesel's own enum. The form is exact: text is quoted and escaped,
//! and floats are printed so that they read back to the same bits. Every NaN prints alike, and SQLite binds every NaN
//! as `NULL`.
//!
//! A newer compiler may escape other characters than an older one. That costs a miss; it cannot make two texts alike.

use std::fmt::{self, Debug, Write};

/// The number of bytes that the binds of a usual query take when they are printed.
const SHORT: usize = 256;

/// What stands before the first bind.
const HEAD: &[u8] = b"SqliteBindCollector { binds: [";

/// A bind collector as it is printed, in many small pieces.
pub(crate) struct SqliteBinds {
    short: [u8; SHORT],
    /// Up to where `short` is filled.
    length: usize,
    /// All of it, where it no longer fits.
    long: Vec<u8>,
    /// Whether a value may be borrowed. The name of such a value comes in one piece; if it ever did not, the value
    /// would have another key than an owned one.
    borrows: bool,
}

impl SqliteBinds {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            short: [0; SHORT],
            length: 0,
            long: Vec::new(),
            borrows: false,
        }
    }

    /// Prints a bind collector.
    ///
    /// # Errors
    ///
    /// Its `Debug` fails.
    #[inline]
    pub(crate) fn print(&mut self, collector: &impl Debug) -> fmt::Result {
        write!(self, "{collector:?}")
    }

    #[cold]
    fn take_long(&mut self, piece: &[u8]) {
        if self.long.is_empty() {
            self.long.extend_from_slice(&self.short[..self.length]);
            self.length = SHORT; // full, whatever comes
        }
        self.long.extend_from_slice(piece);
    }

    /// Returns the binds as the database sees them, which cannot tell borrowed from owned values.
    #[inline]
    pub(crate) fn bytes(&mut self) -> &[u8] {
        let is_short = self.long.is_empty();
        let printed = match is_short {
            true => &mut self.short[..self.length],
            false => &mut self.long[..],
        };
        let head = if printed.starts_with(HEAD) { HEAD.len() } else { 0 };
        let binds = &mut printed[head..];
        let length = match self.borrows || !is_short {
            true => without_borrowed(binds),
            false => binds.len(),
        };
        &binds[..length]
    }
}

/// What the names of borrowed values begin with, in Diesel's enum.
const BORROWED: &[u8] = b"Borrowed";

/// Removes [`BORROWED`] wherever it stands outside quotes, and returns how many bytes are left.
fn without_borrowed(list: &mut [u8]) -> usize {
    let (mut from, mut to) = (0, 0);
    let mut quoted = false;
    while let Some(&byte) = list.get(from) {
        // In quotes, the byte behind a backslash is escaped.
        let pair = quoted && byte == b'\\' && from + 1 < list.len();
        if !quoted && list[from..].starts_with(BORROWED) {
            from += BORROWED.len();
            continue;
        }
        quoted ^= byte == b'"';
        for _ in 0..=usize::from(pair) {
            list[to] = list[from];
            (from, to) = (from + 1, to + 1);
        }
    }
    to
}

impl Write for SqliteBinds {
    #[inline]
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let piece = piece.as_bytes();
        match self.short[self.length..].split_at_mut_checked(piece.len()) {
            Some((free, _)) => {
                // Most pieces are brackets and commas, for which a call would be most of the work.
                match (&mut *free, piece) {
                    ([a], [b]) => *a = *b,
                    ([a, c], [b, d]) => (*a, *c) = (*b, *d),
                    (free, [first, ..]) => {
                        self.borrows |= *first == BORROWED[0];
                        free.copy_from_slice(piece);
                    }
                    (_, []) => {}
                }
                self.length += piece.len();
            }
            None => self.take_long(piece),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(list: &str) -> String {
        let mut bytes = list.as_bytes().to_vec();
        let left = without_borrowed(&mut bytes);
        String::from_utf8_lossy(&bytes[..left]).into_owned()
    }

    #[test]
    fn borrowed_values_become_owned_ones() {
        for (printed, expected) in [
            ("(BorrowedString(\"ada\"), Text)]", "(String(\"ada\"), Text)]"),
            ("(BorrowedBinary([1, 2]), Binary)]", "(Binary([1, 2]), Binary)]"),
            ("(I32(5), Integer), (Null, Text)]", "(I32(5), Integer), (Null, Text)]"),
        ] {
            assert_eq!(owned(printed), expected);
        }
    }

    #[test]
    fn what_users_wrote_stays_as_it_is() {
        for text in [
            "Borrowed",
            "\"Borrowed",
            "\\\"Borrowed\\",
            "\\\\\"), (BorrowedString(\"x",
            "\\",
            "\"",
            "Bor\u{301}rowedString(\"\u{1f980}\0Borrowed",
        ] {
            let printed = format!("(String({text:?}), Text)]");
            assert_eq!(owned(&printed), printed);
            assert_eq!(owned(&format!("(BorrowedString({text:?}), Text)]")), printed);
        }
    }

    #[test]
    fn a_long_list_is_the_same_as_in_pieces() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 10 * SHORT] {
            let text = "x".repeat(length);
            let mut list = SqliteBinds::new();
            let text_in_quotes = format!("{text:?}");
            for piece in [
                "SqliteBindCollector { binds: [",
                &text_in_quotes,
                ", ",
                "BorrowedString",
                "(\"",
                &text,
                "\")",
            ] {
                list.write_str(piece).unwrap();
            }
            assert_eq!(list.bytes(), format!("{text:?}, String(\"{text}\")").as_bytes());
        }
    }
}
