//! Properties of the database behind a connection that its observer needs.

use std::any::type_name;

use diesel::result::{DatabaseErrorKind, Error};

use crate::sql::Dialect;

/// Returns the dialect of a backend, by the name of its type: a backend of Diesel's own, or none that is known.
pub(crate) fn of_type<DB>() -> Option<Dialect> {
    match type_name::<DB>().rsplit("::").next() {
        _ if !type_name::<DB>().starts_with("diesel::") => None,
        Some("Sqlite") => Some(Dialect::Sqlite),
        Some("Pg") => Some(Dialect::Postgres),
        Some("Mysql") => Some(Dialect::Mysql),
        _ => None,
    }
}

/// Returns `true` if the bound values of a prepared text are numbered as PostgreSQL's are. Nothing that Diesel renders
/// for another database looks like that.
pub(super) fn has_numbered_binds(sql: &str) -> bool {
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

/// Returns `true` if the database may continue a statement that ended with this error, and commit it later.
///
/// An answer from the database settles the outcome. Without one, the connection was lost in between.
pub(super) fn in_doubt(error: &Error, dialect: Option<Dialect>) -> bool {
    if dialect == Some(Dialect::Sqlite) {
        return false; // it runs in this process, and has returned
    }
    match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => true,
        // MySQL's clients have no kinds of their own for 2006, 2013 and 2055, and for socket errors.
        Error::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            let message = information.message().to_lowercase();
            [
                "lost connection",
                "gone away",
                "closed the connection",
                "terminating connection",
                "connection was killed",
                "connection to the server is closed",
            ]
            .iter()
            .any(|sign| message.contains(sign))
                || ["input/output error", "driver error", "other error"]
                    .iter()
                    .any(|sign| message.starts_with(sign))
        }
        Error::BrokenTransactionManager => true,
        _ => false,
    }
}

/// Returns `true` if the database has answered the statement. What fails before it is sent has no answer.
pub(super) fn is_answer(error: Option<&Error>) -> bool {
    matches!(error, None | Some(Error::DatabaseError(..)))
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
