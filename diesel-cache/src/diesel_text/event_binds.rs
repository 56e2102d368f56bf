//! The bound values of a statement, as an instrumentation event shows them: each as its `Debug` prints it.
//!
//! Diesel prints the list with [`Formatter::debug_list`](fmt::Formatter::debug_list), which writes the brackets and the
//! separators in pieces of their own. A value may print such pieces as well, which can only raise the number of values
//! that are found. So if that number equals the number of placeholders in the text, no value has printed such pieces.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::DebugQuery;

use super::binds::MARK;

/// The largest number of bytes that all values together may print. If a statement has more, its values count as
/// unknown: printing them would cost more than it could gain.
const MOST_BYTES: usize = 64 << 10;
/// The largest number of bytes of a value that are kept. A longer value never identifies a row.
const MOST_KEPT: usize = 40;

pub(crate) struct EventBinds;

impl EventBinds {
    /// Returns the values of a statement with this many placeholders, in order. A long value is cut. Returns `None` if
    /// the values cannot be told apart, or if a `Debug` fails or panics.
    pub(crate) fn of(query: &dyn DebugQuery, count: usize) -> Option<Vec<String>> {
        let mut writer = Writer {
            state: State::Sql(0),
            values: Vec::with_capacity(count),
            most: count,
            bytes: 0,
        };
        // The values are the user's, and so is their `Debug`. It runs inside the user's query, which must not fail.
        let printed = catch_unwind(AssertUnwindSafe(|| write!(writer, "{query}")));
        match (printed, &writer.state) {
            (Ok(Ok(())), State::Values { closed: true }) if writer.values.len() == count => Some(writer.values),
            _ => None,
        }
    }
}

/// Returns the integer of a value that was collected for another thread, as diesel-async does on SQLite. Such values
/// are printed as values of Diesel's own enum, such as `I32(7)`.
pub(crate) fn collected_integer(text: &str) -> Option<&str> {
    let digits = text.strip_prefix("I32(").or_else(|| text.strip_prefix("I64("))?;
    digits.strip_suffix(')')
}

/// Receives a query in pieces.
struct Writer {
    state: State,
    values: Vec<String>,
    most: usize,
    bytes: usize,
}

enum State {
    /// The number of pieces before the values.
    Sql(usize),
    /// Inside the list.
    Values {
        /// Whether the last piece was a closing bracket.
        closed: bool,
    },
}

impl Write for Writer {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        match &mut self.state {
            State::Sql(pieces) => {
                *pieces += 1;
                match (*pieces, piece) {
                    (1, _) => {}
                    (2, MARK) => {}
                    (3, "[") => {
                        self.state = State::Values { closed: false };
                        self.begin()?;
                    }
                    _ => return Err(fmt::Error),
                }
            }
            State::Values { closed } => {
                if std::mem::replace(closed, piece == "]")
                    && let Some(value) = self.values.last_mut()
                {
                    // The bracket was the value's own.
                    value.push(']');
                }
                match piece {
                    "]" => {}
                    ", " => self.begin()?,
                    piece => {
                        self.bytes += piece.len();
                        if self.bytes > MOST_BYTES {
                            return Err(fmt::Error);
                        }
                        if let Some(value) = self.values.last_mut()
                            && value.len() <= MOST_KEPT
                        {
                            value.extend(piece.chars().take(MOST_KEPT + 1));
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

impl Writer {
    /// Begins another value, unless there are more than there can be.
    fn begin(&mut self) -> fmt::Result {
        if self.values.len() == self.most {
            return Err(fmt::Error);
        }
        self.values.push(String::new());
        Ok(())
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use diesel::serialize::{self, IsNull, Output, ToSql};
    use diesel::sql_query;
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use diesel::sqlite::Sqlite;

    use super::*;

    /// Prints these pieces, and binds 8.
    #[derive(Clone, Copy, diesel::AsExpression)]
    #[diesel(sql_type = Integer)]
    struct Odd(&'static [&'static str]);

    impl fmt::Debug for Odd {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for piece in self.0 {
                match *piece {
                    "panic" => panic!("on purpose"),
                    "fail" => return Err(fmt::Error),
                    piece => f.write_str(piece)?,
                }
            }
            Ok(())
        }
    }

    impl ToSql<Integer, Sqlite> for Odd {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            out.set_value(8);
            Ok(IsNull::No)
        }
    }

    /// Returns the values of a statement whose only odd bind stands between two others.
    fn around(pieces: &'static [&'static str]) -> Option<Vec<String>> {
        let query = sql_query("? ? ?")
            .bind::<Integer, _>(1)
            .bind::<Integer, _>(Odd(pieces))
            .bind::<Integer, _>(3);
        EventBinds::of(&diesel::debug_query::<Sqlite, _>(&query), 3)
    }

    #[test]
    fn values_are_told_apart() {
        let query = sql_query("-- binds: [")
            .bind::<Integer, _>(-7)
            .bind::<BigInt, _>(1_i64 << 40)
            .bind::<Bool, _>(true)
            .bind::<Text, _>("ada")
            .bind::<Nullable<Integer>, _>(Some(5))
            .bind::<Nullable<Integer>, _>(None::<i32>);
        let query = diesel::debug_query::<Sqlite, _>(&query);
        let expected = ["-7", "1099511627776", "true", "\"ada\"", "Some(5)", "None"];
        assert_eq!(EventBinds::of(&query, 6).unwrap(), expected);
        assert_eq!(EventBinds::of(&query, 5), None);
        assert_eq!(EventBinds::of(&query, 7), None);
    }

    #[test]
    fn nothing_that_a_value_prints_passes_for_another_value() {
        for pieces in [
            &[", "][..],
            &["2", ", ", "9"],
            &[", ", "]"],
            &["]", ", ", "7"],
            &["panic"],
            &["7", "panic"],
            &["fail"],
        ] {
            assert_eq!(around(pieces), None, "{pieces:?}");
        }
        for (pieces, expected) in [
            (&[][..], ""),
            (&["2, 9"][..], "2, 9"),
            (&["2", ",", " ", "9"], "2, 9"),
            (&["]"], "]"),
            (&["[", "7", "]"], "[7]"),
            (&["\n7"], "\n7"),
            (&[" -- binds: ", "["], " -- binds: ["),
            (&["Odd", "(", "7", ")"], "Odd(7)"),
        ] {
            let values = around(pieces).unwrap_or_else(|| panic!("{pieces:?}"));
            assert_eq!(values, ["1", expected, "3"], "{pieces:?}");
        }
    }

    #[test]
    fn an_empty_value_and_a_separator_do_not_make_up_for_each_other() {
        let query = sql_query("? ?")
            .bind::<Integer, _>(Odd(&[]))
            .bind::<Integer, _>(Odd(&[", ", "7"]));
        assert_eq!(EventBinds::of(&diesel::debug_query::<Sqlite, _>(&query), 2), None);
    }

    #[test]
    fn long_values_are_cut_or_end_the_reading() {
        let query = |length: usize| {
            let query = sql_query("? ?")
                .bind::<Text, _>("x".repeat(length))
                .bind::<Integer, _>(7);
            EventBinds::of(&diesel::debug_query::<Sqlite, _>(&query), 2)
        };
        assert_eq!(query(1000).unwrap()[1], "7");
        assert!(query(1000).unwrap()[0].len() < 100);
        assert_eq!(query(MOST_BYTES), None);
    }

    #[test]
    fn collected_values_are_integers_or_nothing() {
        assert_eq!(collected_integer("I32(7)"), Some("7"));
        assert_eq!(collected_integer("I64(-7)"), Some("-7"));
        for text in ["7", "String(\"7\")", "F64(7.0)", "I32(7", "Null"] {
            assert_eq!(collected_integer(text), None, "{text}");
        }
    }
}
