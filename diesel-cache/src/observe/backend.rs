//! What an observer has to know of the database behind its connection.

use std::any::type_name;

use diesel::result::{DatabaseErrorKind, Error};

use crate::tables::Dialect;

/// The dialect of a backend, by the name of its type: a backend of Diesel's own, or none that is known.
pub(crate) fn of_type<DB>() -> Option<Dialect> {
    match type_name::<DB>().rsplit("::").next() {
        _ if !type_name::<DB>().starts_with("diesel::") => None,
        Some("Sqlite") => Some(Dialect::Sqlite),
        Some("Pg") => Some(Dialect::Postgres),
        Some("Mysql") => Some(Dialect::Mysql),
        _ => None,
    }
}

/// The dialect of the database that a URL leads to, where the URL says so.
pub(super) fn of_url(url: &str) -> Option<Dialect> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        Some("postgres" | "postgresql") => Some(Dialect::Postgres),
        Some("mysql") => Some(Dialect::Mysql),
        Some("sqlite" | "file") => Some(Dialect::Sqlite),
        // libpq's `host=… dbname=…`, or something new; a path of SQLite otherwise.
        Some(_) => None,
        None if url.contains('=') && !url.starts_with("file:") => None,
        None => Some(Dialect::Sqlite),
    }
}

/// May the database go on with a statement that ended with this error, and commit it later?
///
/// An answer from the database settles the outcome. Without one, the connection was lost in between.
pub(super) fn in_doubt(error: &Error, dialect: Option<Dialect>) -> bool {
    if dialect == Some(Dialect::Sqlite) {
        return false; // it runs in this process, and has returned
    }
    match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => true,
        // MySQL's clients have no kinds of their own for 2006, 2013 and 2055, and for what ails their sockets.
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

/// Was the statement answered by the database? What fails before it is sent has no answer.
pub(super) fn is_answer(error: Option<&Error>) -> bool {
    matches!(error, None | Some(Error::DatabaseError(..)))
}
