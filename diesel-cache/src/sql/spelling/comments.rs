//! Comments.
//!
//! Comments are removed before sqlparser sees the text. sqlparser reads some of them as part of an operator
//! (`a @-- it's`, `a |/* it's */ b`), and does not end a PostgreSQL comment at a carriage return. It would then read
//! what follows the comment as a literal, or not at all.

use crate::sql::dialect::Spelling;

/// Returns the length of the comment that begins here; 0 if none does, and `None` if it does not end.
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
