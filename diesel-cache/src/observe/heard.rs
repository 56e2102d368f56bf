//! What an event tells of its statement, without the bound values: a bulk insert has thousands, and to print them takes longer than
//! all that is asked of the text.

use std::fmt::{self, Write};

use diesel::connection::DebugQuery;

/// What Diesel writes between the SQL of a prepared statement and its bound values.
const MARK: &str = " -- binds: ";

/// The text of an event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// The SQL; or all there is, where it was told in another way than Diesel's own.
    pub(super) text: String,
    /// Does the text end where the bound values would begin? If not, they may be part of it.
    pub(super) is_cut: bool,
}

impl Heard {
    /// Listens, in the place of what `room` held.
    pub(super) fn of(query: &dyn DebugQuery, mut room: String) -> Self {
        room.clear();
        let mut listener = Listener {
            heard: Self {
                text: room,
                is_cut: false,
            },
            pieces: 0,
        };
        // Fails where the listener has heard enough, or when the query cannot be rendered: then it is not sent either.
        let _ = write!(listener, "{query}");
        listener.heard
    }
}

/// Diesel writes the SQL in one piece, the mark in the next, and whatever stands in the SQL cannot be mistaken for it.
struct Listener {
    heard: Heard,
    pieces: usize,
}

impl Write for Listener {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.pieces += 1;
        if self.pieces == 2 && piece == MARK {
            self.heard.is_cut = true;
            return Err(fmt::Error);
        }
        self.heard.text.push_str(piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use diesel::connection::StrQueryHelper;

    use super::*;

    fn heard(query: &dyn DebugQuery) -> (String, bool) {
        let Heard { text, is_cut } = Heard::of(query, "what was there".into());
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
        assert_eq!(heard(&query), ("SELECT ' -- binds: [' || ?".into(), true));
        let query = sql_query("SELECT 1");
        let query = diesel::debug_query::<Sqlite, _>(&query);
        assert_eq!(heard(&query), ("SELECT 1".into(), true));
    }

    #[test]
    fn a_text_is_heard_to_its_end() {
        for text in ["", "COMMIT", " -- binds: ", "SELECT 1 -- binds: [2]"] {
            assert_eq!(heard(&StrQueryHelper::new(text)), (text.to_owned(), false));
        }
    }
}
