//! The text of an instrumentation event.
//!
//! Diesel writes `<SQL> -- binds: [<values>]`, and for `batch_execute` the SQL alone. Where an event was cut at its
//! bound values, the SQL is all there is. Where it was not, the mark may also stand in a literal or a comment of the
//! SQL, or in a bound value, and a value's `Debug` may print line breaks, after which the rest of the list would pass
//! for SQL. Hence two rules:
//!
//! - The SQL ends at the first mark that is not inside a literal or a block comment, which is the first one before
//!   which the text tokenises. If the text holds no line break after it, whatever follows is a comment, bind list or
//!   not.
//! - If it does hold one, either reading is possible, and the text is unknown.

use std::sync::Arc;

use super::analysis::Analysis;
use super::dialect::Dialect;
use super::memo::analyse;
use super::{memo, readings::united};
use crate::diesel_text::{EventText, possible_ends};

/// Marks inside literals before a text is given up, since each costs an analysis.
const MAX_MARKS: usize = 8;

/// Returns where the SQL of an event's text ends, and what it says; where the dialect is not known, what it may say in
/// any.
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

/// Returns where the SQL ends in a text that Diesel's instrumentation shows (at its end, where that is not known), and
/// what [`analyse`] says of the SQL. The bound values take no part in the memo.
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
