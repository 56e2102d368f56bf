//! A statement as people may see it.

use std::fmt::Write;
use std::sync::Arc;

use super::parts::hash_parts;
use crate::sql::{self, Dialect};

/// The longest text that is kept for people, in bytes.
const LONGEST: usize = 4096;

/// A statement without values, and the number by which statements that differ only in their values are one.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) sql: Arc<str>,
    pub(crate) id: u128,
}

impl Shown {
    pub(super) fn of(backend: &str, dialect: Option<Dialect>, sql: &str, digest: &[u8; 32]) -> Self {
        let shown = dialect.and_then(|dialect| sql::shown(sql, dialect));
        let hash = match &shown {
            Some(text) => hash_parts(&[backend.as_bytes(), text.as_bytes()]),
            None => *digest,
        };
        let text = shown.map_or_else(|| unreadable(digest), shortened);
        Self {
            sql: text.into(),
            id: hash.iter().take(16).fold(0, |id, byte| id << 8 | u128::from(*byte)),
        }
    }
}

/// Stands for a text of which it is not known where its values begin and end.
fn unreadable(digest: &[u8; 32]) -> String {
    let mut text = "-- not shown: ".to_owned();
    for byte in &digest[..4] {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn shortened(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Statement;

    fn shown(backend: &'static str, sql: &str) -> Shown {
        Statement::new(backend, sql.into()).shown().clone()
    }

    #[test]
    fn statements_that_differ_in_values_alone_are_one() {
        let one = shown("sqlite", "SELECT a FROM t WHERE b IN (?, ?) AND c = 'Ada'");
        assert_eq!(&*one.sql, "SELECT a FROM t WHERE b IN (?, …) AND c = ?");
        assert_eq!(
            one.id,
            shown("sqlite", "SELECT a FROM t WHERE b IN (?) AND  c = 'Bob'").id
        );
        assert_ne!(
            one.id,
            shown("sqlite", "SELECT a FROM t WHERE b IN (?) AND d = 'Bob'").id
        );
        assert_ne!(
            one.id,
            shown("mysql", "SELECT a FROM t WHERE b IN (?) AND c = 'Bob'").id
        );
    }

    #[test]
    fn a_text_that_cannot_be_read_shows_nothing_and_differs_from_others() {
        let [one, other] = ["SELECT 'Ada", "SELECT 'Bob"].map(|sql| shown("sqlite", sql));
        assert!(
            one.sql.starts_with("-- not shown: ") && one.sql.len() == 22,
            "{}",
            one.sql
        );
        assert_ne!((one.id, one.sql), (other.id, other.sql));
        assert!(shown("another", "SELECT 1").sql.starts_with("-- not shown: "));
    }

    #[test]
    fn a_long_text_is_cut() {
        let long = |last| format!("SELECT {} {last} FROM t", "ä, ".repeat(LONGEST));
        let [one, other] = ["a", "b"].map(|last| shown("sqlite", &long(last)));
        assert!(one.sql.len() <= LONGEST + "…".len() && one.sql.ends_with('…'));
        assert_eq!(one.sql, other.sql);
        assert_ne!(one.id, other.id);
    }
}
