//! Converts errors of the Redis client into the I/O errors that the engine reports.

use std::io;

use ::redis::RedisError;

use crate::redis_server::explain;

pub(super) fn to_io(error: &RedisError) -> io::Error {
    let kind = if error.is_timeout() {
        io::ErrorKind::TimedOut
    } else {
        io::ErrorKind::Other
    };
    io::Error::new(kind, format!("Redis: {}", explain(error)))
}
