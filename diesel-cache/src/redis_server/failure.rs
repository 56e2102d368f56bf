//! Errors of the client: what they mean for the connection, and what they say to people.

use ::redis::{ErrorKind, RedisError, ServerErrorKind};

/// Returns `true` if the server has answered that it is not the right one. It has not executed the command. The next
/// connection may lead to another, which has taken its place.
pub(crate) fn is_refusal(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Server(
            ServerErrorKind::ReadOnly
                | ServerErrorKind::MasterDown
                | ServerErrorKind::Moved
                | ServerErrorKind::ClusterDown
        )
    )
}

/// What went wrong, in words, without the URL, which may hold a password. A timeout of a socket says `Resource temporarily
/// unavailable`.
pub(crate) fn explain(error: &RedisError) -> String {
    match error.kind() {
        _ if error.is_timeout() => "no answer within the timeout".to_owned(),
        ErrorKind::Server(ServerErrorKind::ReadOnly) => "the server is a read-only replica".to_owned(),
        _ => error.to_string(),
    }
}
