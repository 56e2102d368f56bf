//! The text of an instrumentation event.
//!
//! Diesel writes `<SQL> -- binds: [<values>]`, and for `batch_execute` the SQL alone. Where does the SQL end? The mark may also
//! stand in a literal or a comment of the SQL, or in a bound value, and a value's `Debug` may print line breaks, after which the rest
//! of the list would pass for SQL. Hence two rules:
//!
//! - The SQL ends at the first mark that is not inside a literal or a block comment, which is the first one before which the text
//!   tokenises. If the text holds no line break after it, whatever follows is a comment, bind list or not.
//! - If it does hold one, either reading is possible, and the text is unknown.

use std::sync::Arc;

use super::{Analysis, Dialect, analyse, memo};

const MARK: &str = " -- binds: [";
/// Marks inside literals before a text is given up, since each costs an analysis.
const MAX_MARKS: usize = 8;

/// Where the SQL ends in a text that Diesel's instrumentation shows (with the text, where that is not known), and what [`analyse`]
/// says of the SQL. The bound values take no part in the memo.
pub(crate) fn analyse_observed(text: &str, dialect: Dialect) -> (usize, Arc<Analysis>) {
    for (tried, (place, _)) in text.match_indices(MARK).enumerate() {
        if tried == MAX_MARKS {
            return (text.len(), memo::unknown(text));
        }
        let (sql, list) = text.split_at(place);
        let analysis = analyse(sql, dialect);
        if analysis.unfinished {
            continue;
        }
        return if list.contains(['\n', '\r']) {
            (text.len(), memo::unknown(text))
        } else {
            (place, analysis)
        };
    }
    (text.len(), analyse(text, dialect))
}
