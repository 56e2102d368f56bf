//! What a database's errors say of the statement.

use diesel::result::{DatabaseErrorKind, Error};

use super::database::Dialect;

/// Returns `true` if the database may go on with a statement that ended with this error, and commit it later.
///
/// An answer from the database settles the outcome. Without one, the connection was lost in between.
pub(crate) fn leaves_in_doubt(error: &Error, dialect: Option<Dialect>) -> bool {
    if dialect.is_some_and(|dialect| dialect.syntax().signature.in_process) {
        return false;
    }
    match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => true,
        // MySQL's clients have no kinds of their own for 2006, 2013 and 2055, and for errors of their sockets.
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
pub(crate) fn is_answer(error: Option<&Error>) -> bool {
    matches!(error, None | Some(Error::DatabaseError(..)))
}
