//! Comments.
//!
//! They are taken out before sqlparser sees the text, since it takes some for parts of operators (`a @-- it's`, `a |/* it's */ b`), and does
//! not end those of PostgreSQL at a carriage return: what stands behind would be read as a literal, or not at all.

use crate::sql::Dialect;

/// How long the comment is that begins here: nothing, if none does. `None` if it does not end.
pub(super) fn length(rest: &str, dialect: Dialect) -> Option<usize> {
    if rest.starts_with("/*") {
        return block(rest, dialect);
    }
    let is_line = match dialect {
        // Otherwise it is a minus before another.
        Dialect::Mysql if rest.starts_with("--") => rest[2..]
            .chars()
            .next()
            .is_none_or(|next| next.is_ascii_whitespace() || next.is_ascii_control()),
        Dialect::Mysql => rest.starts_with('#'),
        Dialect::Sqlite | Dialect::Postgres => rest.starts_with("--"),
    };
    let ends: &[char] = match dialect {
        Dialect::Postgres => &['\n', '\r'],
        Dialect::Sqlite | Dialect::Mysql => &['\n'],
    };
    Some(match is_line {
        true => rest.find(ends).unwrap_or(rest.len()),
        false => 0,
    })
}

fn block(rest: &str, dialect: Dialect) -> Option<usize> {
    if dialect != Dialect::Postgres {
        return rest[2..].find("*/").map(|end| end + 4);
    }
    // They nest.
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
