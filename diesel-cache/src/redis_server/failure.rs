//! Errors of the Redis client: what they mean for the connection, and how they are shown to people.

use ::redis::{ErrorKind, RedisError, ServerErrorKind};

/// Returns `true` if the server has refused the command because it is not the node that may execute it. The next
/// connection may lead to the node that has taken its place.
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

/// Returns what went wrong, in words. Never shows the URL, which may hold a password.
pub(crate) fn explain(error: &RedisError) -> String {
    let known = match error.kind() {
        // A timeout of a socket says `Resource temporarily unavailable`.
        _ if error.is_timeout() => "no answer within the timeout",
        ErrorKind::AuthenticationFailed => "the server rejects the user or the password",
        ErrorKind::Server(ServerErrorKind::ReadOnly) => "the server is a read-only replica",
        ErrorKind::Server(ServerErrorKind::Moved) => {
            "the server is a node of a Redis Cluster, and another node has the keys: use a `redis+cluster://` URL"
        }
        ErrorKind::Server(ServerErrorKind::Ask) => "the keys are being moved to another node of the cluster",
        ErrorKind::Server(ServerErrorKind::ClusterDown) => "the Redis Cluster is down",
        _ => return error.to_string(),
    };
    known.to_owned()
}
