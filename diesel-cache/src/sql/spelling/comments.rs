//! Comments.
//!
//! Comments are removed before sqlparser sees the text. It takes some for parts of operators (`a @-- it's`,
//! `a |/* it's */ b`), and does not end PostgreSQL's at a carriage return; it would read what stands behind them as a
//! literal, or not at all.

use crate::sql::dialect::Spelling;

/// Returns how long the comment is that begins here, and 0 if none does. Returns `None` if it does not end.
pub(super) fn length(rest: &str, spelling: &Spelling) -> Option<usize> {
    if rest.starts_with("/*") {
        return block(rest, spelling);
    }
    Some(match (spelling.begins_line_comment)(rest) {
        true => rest.find(spelling.line_ends).unwrap_or(rest.len()),
        false => 0,
    })
}

fn block(rest: &str, spelling: &Spelling) -> Option<usize> {
    if !spelling.nests_comments {
        return rest[2..].find("*/").map(|end| end + 4);
    }
    let (mut depth, mut place) = (1_usize, 2);
    while depth > 0 {
        place += rest[place..].find(['/', '*'])?;
        match rest.get(place..place + 2) {
            Some("/*") => (depth, place) = (depth + 1, place + 2),
            Some("*/") => (depth, place) = (depth - 1, place + 2),
            _ => place += 1,
        }
    }
    Some(place)
}
