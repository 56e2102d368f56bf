//! The text of an instrumentation event, without the bound values.
//!
//! A bulk insert has thousands of values, and to print them takes longer than everything that is done with the text. So
//! the formatter is stopped where they begin.

use std::fmt::{self, Write};

use diesel::connection::DebugQuery;

use super::binds::MARK;

/// The text of an event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct EventText {
    /// The SQL. Where the event was not written in Diesel's own way, all of the text.
    pub(crate) text: String,
    /// Whether the text ends where the bound values would begin. If not, they may be part of it.
    pub(crate) is_cut: bool,
}

impl EventText {
    /// Formats the query into `buffer`, whose content is lost, up to the bound values.
    pub(crate) fn of(query: &dyn DebugQuery, mut buffer: String) -> Self {
        buffer.clear();
        let mut writer = Writer {
            event: Self {
                text: buffer,
                is_cut: false,
            },
            pieces: 0,
        };
        // Fails at the bound values, or when the query cannot be rendered; such a query is not sent either.
        let _ = write!(writer, "{query}");
        writer.event
    }
}

/// Diesel writes the SQL in one piece and the mark in the next, so that nothing in the SQL can be mistaken for the
/// mark.
struct Writer {
    event: EventText,
    pieces: usize,
}

impl Write for Writer {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.pieces += 1;
        if self.pieces == 2 && piece == MARK {
            self.event.is_cut = true;
            return Err(fmt::Error);
        }
        self.event.text.push_str(piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use diesel::connection::StrQueryHelper;

    use super::*;

    fn event(query: &dyn DebugQuery) -> (String, bool) {
        let EventText { text, is_cut } = EventText::of(query, "what was there".into());
        (text, is_cut)
    }

    #[test]
    #[cfg(feature = "sqlite")]
    fn bound_values_are_cut_off() {
        use diesel::sql_query;
        use diesel::sql_types::Text;
        use diesel::sqlite::Sqlite;

        let query = sql_query("SELECT ' -- binds: [' || ?").bind::<Text, _>("a\nDROP TABLE person");
        let query = diesel::debug_query::<Sqlite, _>(&query);
        assert_eq!(event(&query), ("SELECT ' -- binds: [' || ?".into(), true));
        let query = sql_query("SELECT 1");
        let query = diesel::debug_query::<Sqlite, _>(&query);
        assert_eq!(event(&query), ("SELECT 1".into(), true));
    }

    #[test]
    fn a_text_without_bound_values_is_kept_whole() {
        for text in ["", "COMMIT", " -- binds: ", "SELECT 1 -- binds: [2]"] {
            assert_eq!(event(&StrQueryHelper::new(text)), (text.to_owned(), false));
        }
    }
}
