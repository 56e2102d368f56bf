//! Finds the dialect of a connection or a text.
//!
//! | from | when | certain? |
//! | --- | --- | --- |
//! | the backend's name in keys | a query is cached: its type names the backend | yes |
//! | the backend's type | the observer is attached to a connection, or is passed one | yes, for Diesel's own backends |
//! | the URL | a connection is opened while the observer is installed: Diesel passes the URL, and no type | if it has a scheme |
//! | the set-up statements | diesel-async sets up a connection that the observer has not seen before | no |
//! | numbered binds (`$1`) | a prepared statement is sent, and nothing else has identified the dialect | no |
//!
//! If none of them identifies the dialect, a text is read in all dialects, and means what the readings agree on.
//!
//! The type takes precedence, since nothing that a user writes in a URL or a statement can change it. Where the answer
//! is not certain, it is a guess: the observer replaces it as soon as the type is known.

use std::fs;

use super::database::Dialect;
use super::postgres::conninfo::is_conninfo;
use crate::diesel_text::backend_name;

impl Dialect {
    /// Returns the dialect of a backend by its name in keys.
    pub(crate) fn of_key(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.syntax().signature.key == name)
    }

    /// Returns the dialect of one of Diesel's own backends, by its type.
    pub(crate) fn of_backend<DB>() -> Option<Self> {
        let name = backend_name::<DB>()?;
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.syntax().signature.backend == name)
    }

    /// Returns the dialect of the database to which a URL leads, if the URL shows it.
    pub(crate) fn of_url(url: &str) -> Option<Self> {
        match url.split_once("://") {
            Some((scheme, _)) if Self::of_scheme(scheme).is_some() => Self::of_scheme(scheme),
            _ if url.starts_with("file:") => Some(Self::Sqlite),
            // libpq would take everything from its environment, and SQLite would open a temporary database.
            _ if url.is_empty() => None,
            // The name of an SQLite file may look like a connection string.
            _ if is_conninfo(url) => (!fs::exists(url).unwrap_or(true)).then_some(Self::Postgres),
            Some(_) => None,
            None if url.contains('=') => None,
            None => Some(Self::Sqlite),
        }
    }

    fn of_scheme(scheme: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.syntax().signature.schemes.contains(&scheme))
    }

    /// Returns the dialect in which a statement sets up a connection. diesel-async sends such statements first on a
    /// connection that was opened elsewhere. On all others they are sent before the observer sees the connection.
    pub(crate) fn of_setup(sql: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.syntax().signature.setup.contains(&sql))
    }

    /// Returns the dialect of a prepared statement with numbered binds. Diesel numbers binds for PostgreSQL only.
    pub(crate) fn of_numbered_binds(sql: &str) -> Option<Self> {
        has_numbered_binds(sql).then_some(Self::Postgres)
    }
}

/// Returns `true` if the binds of a prepared text are numbered like PostgreSQL's.
fn has_numbered_binds(sql: &str) -> bool {
    let mut quote = None;
    let mut found = false;
    let mut before = ' ';
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '`' | '?') => return false,
            (None, '\'' | '"') => quote = Some(c),
            (None, '$') if !(before.is_alphanumeric() || matches!(before, '_' | '$')) => {
                found |= chars.peek().is_some_and(char::is_ascii_digit);
            }
            _ => {}
        }
        before = c;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_binds_are_those_outside_of_quotes() {
        for sql in [
            "SELECT $1",
            "SELECT a FROM t WHERE (\"a\" = $2)",
            "SELECT '?', $1",
            "SELECT 'it''s' || $1",
        ] {
            assert!(has_numbered_binds(sql), "{sql}");
        }
        for sql in [
            "SELECT 1",
            "SELECT ?",
            "SELECT `a` FROM t WHERE a = $1",
            "SELECT '$1'",
            "SELECT \"$1\"",
            "SELECT t$1",
            "SELECT $name",
            "SELECT $",
            "SELECT ?, $1",
        ] {
            assert!(!has_numbered_binds(sql), "{sql}");
        }
    }
}
