//! Errors of the client, as the engine reports them: without the URL, which may hold a password.

use std::io;

use ::redis::{ErrorKind, RedisError, ServerErrorKind};

pub(super) fn to_io(error: &RedisError) -> io::Error {
    let kind = if error.is_timeout() {
        io::ErrorKind::TimedOut
    } else {
        io::ErrorKind::Other
    };
    io::Error::new(kind, format!("Redis: {}", explain(error)))
}

/// What went wrong, in words. A timeout of a socket says `Resource temporarily unavailable`.
pub(super) fn explain(error: &RedisError) -> String {
    match error.kind() {
        _ if error.is_timeout() => "no answer within the timeout".to_owned(),
        ErrorKind::Server(ServerErrorKind::ReadOnly) => "the server is a read-only replica".to_owned(),
        _ => error.to_string(),
    }
}
