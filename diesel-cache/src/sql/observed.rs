//! The text of an instrumentation event.
//!
//! Diesel writes `<SQL> -- binds: [<values>]`, and for `batch_execute` the SQL only. If the event was cut where the
//! bound values begin, the text is the SQL and nothing else. If it was not cut, there are two difficulties. The mark
//! ` -- binds: [` may also occur in a literal or a comment of the SQL, or in a bound value. And the `Debug` output of a
//! value may contain line breaks, after which the rest of the list would be read as SQL. Hence two rules:
//!
//! - The SQL ends at the first mark outside of literals and block comments. This is the first mark before which the
//!   text can be tokenised. If no line break follows the mark, everything after it is a comment, whether it is a list
//!   of binds or not.
//! - If a line break follows, either reading is possible, and the text is unknown.

use std::sync::Arc;

use super::analysis::Analysis;
use super::dialect::Dialect;
use super::memo::analyse;
use super::{memo, readings::united};
use crate::diesel_text::{EventText, possible_ends};

/// How many marks inside literals are tried before the text counts as unknown. Each costs an analysis.
const MAX_MARKS: usize = 8;

/// Returns where the SQL of an event's text ends, and the analysis of the SQL. If the dialect is not known, the
/// analysis combines those of all dialects.
pub(crate) fn analyse_event(event: &EventText, dialect: Option<Dialect>) -> (usize, Arc<Analysis>) {
    let text = &*event.text;
    let read = |dialect| match event.is_cut {
        true => (text.len(), analyse(text, dialect)),
        false => analyse_observed(text, dialect),
    };
    if let Some(dialect) = dialect {
        return read(dialect);
    }
    let readings = Dialect::ALL.map(read);
    let end = readings[0].0;
    (end, united(text, readings.map(|(_, analysis)| analysis)))
}

/// Returns where the SQL ends in a text that Diesel's instrumentation reports, and the [analysis](analyse) of the SQL.
/// If the end is not known, it is the end of the text. The memo keeps the SQL without the bound values.
pub(super) fn analyse_observed(text: &str, dialect: Dialect) -> (usize, Arc<Analysis>) {
    for (tried, (sql, list)) in possible_ends(text).enumerate() {
        if tried == MAX_MARKS {
            return (text.len(), memo::unknown(text));
        }
        let analysis = analyse(sql, dialect);
        if analysis.unfinished {
            continue;
        }
        return if list.contains(['\n', '\r']) {
            (text.len(), memo::unknown(text))
        } else {
            (sql.len(), analysis)
        };
    }
    (text.len(), analyse(text, dialect))
}
