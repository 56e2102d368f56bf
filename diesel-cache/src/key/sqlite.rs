//! Keys of SQLite, whose binds are values of SQLite's own types.

use std::fmt::{self, Write};

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::QueryFragment;
use diesel::result::Error;
use diesel::sqlite::Sqlite;

use super::{KeyBackend, KeyHasher};

impl KeyBackend for Sqlite {
    const NAME: &'static str = "sqlite";

    /// Diesel shows SQLite's bind values only in the `Debug` output of its collector. That is not the user's `Debug`:
    /// in the collector every bind is text, blob, integer, float or null, with its type, in Diesel's own enum. The form
    /// is exact: text is quoted and escaped, floats are printed so that they read back to the same bits. Every NaN is
    /// printed in the same way, and SQLite binds every NaN as `NULL`.
    ///
    /// A newer compiler may escape other characters than an older one. That costs a miss, but cannot give two texts the
    /// same form.
    fn hash_binds<Q>(query: &Q, hasher: &mut KeyHasher) -> QueryResult<()>
    where
        Q: QueryFragment<Self> + ?Sized,
    {
        let mut collector = <Self as Backend>::BindCollector::default();
        query.collect_binds(&mut collector, &mut (), &Sqlite)?;
        let mut list = List::new();
        write!(list, "{collector:?}").map_err(|error| Error::SerializationError(Box::new(error)))?;
        hasher.raw(list.binds());
        Ok(())
    }
}

/// The size that the printed binds of a usual query do not exceed, in bytes.
const SHORT: usize = 256;

/// The text before the first bind.
const HEAD: &[u8] = b"SqliteBindCollector { binds: [";

/// A writer that takes the printed collector, which comes in many small pieces.
struct List {
    short: [u8; SHORT],
    /// The number of bytes in `short`.
    length: usize,
    /// The whole text, once it no longer fits into `short`.
    long: Vec<u8>,
    /// Whether a value may be borrowed. The name of a borrowed value comes in one piece. If that ever changes, its key
    /// differs from that of an owned value.
    borrows: bool,
}

impl List {
    #[inline]
    fn new() -> Self {
        Self {
            short: [0; SHORT],
            length: 0,
            long: Vec::new(),
            borrows: false,
        }
    }

    #[cold]
    fn take_long(&mut self, piece: &[u8]) {
        if self.long.is_empty() {
            self.long.extend_from_slice(&self.short[..self.length]);
            self.length = SHORT; // full from now on
        }
        self.long.extend_from_slice(piece);
    }

    /// Returns the binds without the difference between borrowed and owned values, which the database does not see.
    #[inline]
    fn binds(&mut self) -> &[u8] {
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

/// The prefix of the names of borrowed values in Diesel's enum.
const BORROWED: &[u8] = b"Borrowed";

/// Removes [`BORROWED`] outside quotes. Returns how many bytes are left.
fn without_borrowed(list: &mut [u8]) -> usize {
    let (mut from, mut to) = (0, 0);
    let mut quoted = false;
    while let Some(&byte) = list.get(from) {
        // In quotes, the byte after a backslash is escaped.
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

impl Write for List {
    #[inline]
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let piece = piece.as_bytes();
        match self.short[self.length..].split_at_mut_checked(piece.len()) {
            Some((free, _)) => {
                // Most pieces are brackets and commas, for which a call would cost more than the copy.
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
    fn texts_of_users_stay_unchanged() {
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
    fn a_list_of_any_length_is_kept_whole() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 10 * SHORT] {
            let text = "x".repeat(length);
            let mut list = List::new();
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
            assert_eq!(list.binds(), format!("{text:?}, String(\"{text}\")").as_bytes());
        }
    }
}
