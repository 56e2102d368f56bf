//! What the error of a statement shows about its outcome.

use diesel::result::{DatabaseErrorKind, Error};

use super::behaviour::Behaviour;
use super::database::Dialect;

/// Returns `true` if the database may still be running the statement that ended with this error, and may commit it
/// later.
///
/// An answer from the database settles the outcome. Without an answer, the connection was lost while the statement ran.
pub(crate) fn leaves_in_doubt(error: &Error, dialect: Option<Dialect>) -> bool {
    if Behaviour::of(dialect).in_process {
        return false;
    }
    match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => true,
        // MySQL's client libraries do not report errors 2006, 2013 and 2055, or errors of their sockets, as kinds of
        // their own.
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

/// Returns `true` if the database has answered the statement. A statement that fails before it is sent has no answer.
///
/// An error that [leaves the statement in doubt](leaves_in_doubt) must be handled before: a lost connection counts as
/// an answer here.
pub(crate) fn is_answer(error: Option<&Error>) -> bool {
    matches!(error, None | Some(Error::DatabaseError(..)))
}
