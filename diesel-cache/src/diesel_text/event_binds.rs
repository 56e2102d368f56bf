//! The bound values of a statement, as an instrumentation event shows them: each as its `Debug` prints it.
//!
//! Diesel prints the list with [`Formatter::debug_list`](fmt::Formatter::debug_list), which writes the brackets and the
//! separators in pieces of their own. A value may print such pieces, too. That can only raise their number: where there
//! are as many values as the text has placeholders, no value has.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::DebugQuery;

use super::binds::MARK;

/// The most bytes that all values may print. Those of a statement with longer ones are not known: printing them would
/// take longer than what they could tell is worth.
const MOST_BYTES: usize = 16 << 10;
/// The most bytes of a value that are kept. No longer one identifies a row.
const MOST_KEPT: usize = 40;

pub(crate) struct EventBinds;

impl EventBinds {
    /// Returns the values of a statement that has this many, in order. A long one is cut; `None` where they cannot be told
    /// apart, or a `Debug` fails or panics.
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
