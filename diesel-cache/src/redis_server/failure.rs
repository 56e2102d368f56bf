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

/// What went wrong, in words, without the URL, which may hold a password.
pub(crate) fn explain(error: &RedisError) -> String {
    let known = match error.kind() {
        // A timeout of a socket says `Resource temporarily unavailable`.
        _ if error.is_timeout() => "no answer within the timeout",
        ErrorKind::AuthenticationFailed => "the server rejects the user or the password",
        ErrorKind::Server(ServerErrorKind::ReadOnly) => "the server is a read-only replica",
        ErrorKind::Server(ServerErrorKind::Moved) => {
            "the server is a node of a cluster, and another node has the keys; is the URL one of `redis+cluster://`?"
        }
        ErrorKind::Server(ServerErrorKind::Ask) => "the keys are being moved to another node of the cluster",
        ErrorKind::Server(ServerErrorKind::ClusterDown) => "the cluster is down",
        _ => return error.to_string(),
    };
    known.to_owned()
}
