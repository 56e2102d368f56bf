//! The SQL of an event, without the bound values: a bulk insert has thousands, and printing them takes longer than
//! everything that is done with the text.

use std::fmt::{self, Write};

use diesel::connection::DebugQuery;

/// The text that Diesel writes between the SQL of a prepared statement and its bound values.
const MARK: &str = " -- binds: ";

/// The text of an event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct EventSql {
    /// The SQL; or the whole text, if it is not formatted as Diesel formats it.
    pub(super) text: String,
    /// Whether the text ends where the bound values would begin. If not, they may be part of it.
    pub(super) is_cut: bool,
}

impl EventSql {
    /// Renders the event's text into `buffer`, replacing its content.
    pub(super) fn of(query: &dyn DebugQuery, mut buffer: String) -> Self {
        buffer.clear();
        let mut formatter = Formatter {
            event: Self {
                text: buffer,
                is_cut: false,
            },
            pieces: 0,
        };
        // Fails once the text is cut, or if the query cannot be rendered. In the latter case it is not sent either.
        let _ = write!(formatter, "{query}");
        formatter.event
    }
}

/// Diesel writes the SQL in one piece and the mark in the next, so nothing within the SQL can be mistaken for the mark.
struct Formatter {
    event: EventSql,
    pieces: usize,
}

impl Write for Formatter {
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

    fn event_sql(query: &dyn DebugQuery) -> (String, bool) {
        let EventSql { text, is_cut } = EventSql::of(query, "what was there".into());
        (text, is_cut)
    }

    #[test]
    #[cfg(feature = "sqlite")]
    fn bound_values_are_not_printed() {
        use diesel::sql_query;
        use diesel::sql_types::Text;
        use diesel::sqlite::Sqlite;

        let query = sql_query("SELECT ' -- binds: [' || ?").bind::<Text, _>("a\nDROP TABLE person");
        let query = diesel::debug_query::<Sqlite, _>(&query);
        assert_eq!(event_sql(&query), ("SELECT ' -- binds: [' || ?".into(), true));
        let query = sql_query("SELECT 1");
        let query = diesel::debug_query::<Sqlite, _>(&query);
        assert_eq!(event_sql(&query), ("SELECT 1".into(), true));
    }

    #[test]
    fn a_text_without_the_mark_is_kept_whole() {
        for text in ["", "COMMIT", " -- binds: ", "SELECT 1 -- binds: [2]"] {
            assert_eq!(event_sql(&StrQueryHelper::new(text)), (text.to_owned(), false));
        }
    }
}
