//! The crate's error type.

use std::fmt;

/// What went wrong, and what to do about it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The connection has not been attached to a cache.
    NotAttached,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAttached => f.write_str(
                "the connection is not attached to a cache: call `cache.attach(&mut conn)` once, or `cache.install()` before connecting",
            ),
        }
    }
}

impl std::error::Error for Error {}
