//! SQLite: binds are values of SQLite's own types.

use std::fmt::{self, Write};

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::QueryFragment;
use diesel::result::Error;
use diesel::sqlite::Sqlite;

use super::{KeyBackend, KeyHasher};

impl KeyBackend for Sqlite {
    const NAME: &'static str = "sqlite";

    /// Diesel shows SQLite's bind values only through the `Debug` of its collector. This is not the user's `Debug`:
    /// each bind is already text, blob, integer, float or null, with its type, in Diesel's own enum. The form is exact:
    /// text is quoted and escaped, and floats are printed so that they parse to the same bits. Every NaN prints the
    /// same, and SQLite binds every NaN as `NULL`.
    ///
    /// A newer compiler may escape other characters than an older one. This costs a miss, but cannot make two texts
    /// equal.
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

/// The printed size of a usual query's binds, in bytes.
const SHORT: usize = 256;

/// The text before the first bind.
const HEAD: &[u8] = b"SqliteBindCollector { binds: [";

/// The printed form of a collector, which arrives in many small pieces.
struct List {
    short: [u8; SHORT],
    /// The filled length of `short`.
    length: usize,
    /// The whole text, once it does not fit any more.
    long: Vec<u8>,
    /// Whether a value may be a borrowed one. The name of a borrowed variant arrives in one piece. If it ever did not,
    /// a borrowed value would have another key than an owned one.
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
            self.length = SHORT; // full, whatever comes
        }
        self.long.extend_from_slice(piece);
    }

    /// Returns the binds as the database sees them, without the difference between borrowed and owned values.
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

/// The prefix of the names of borrowed variants in Diesel's enum.
const BORROWED: &[u8] = b"Borrowed";

/// Removes [`BORROWED`] wherever it occurs outside quotes, and returns the number of remaining bytes.
fn without_borrowed(list: &mut [u8]) -> usize {
    let (mut from, mut to) = (0, 0);
    let mut quoted = false;
    while let Some(&byte) = list.get(from) {
        // In quotes, a byte after a backslash is escaped.
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
