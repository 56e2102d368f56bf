//! The errors of loads that take their own connection.

use std::error::Error;
use std::fmt;

use diesel::result::Error as QueryError;

/// The error of a load from a [`LazyPool`](crate::LazyPool): `E` is the pool's own error.
#[derive(Debug, PartialEq)]
pub enum LoadFromError<E> {
    /// The load needed a connection, and the pool had none: it is exhausted, or the database cannot be reached.
    Connection(E),
    /// The load has failed, as `load` would on a connection. [`NotFound`](diesel::NotFound) is one of these errors.
    Query(QueryError),
}

impl<E> From<QueryError> for LoadFromError<E> {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl<E: fmt::Display> fmt::Display for LoadFromError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(_) => f.write_str("the pool has no connection for a query that is not cached"),
            Self::Query(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for LoadFromError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Connection(error) => Some(error),
            Self::Query(error) => error.source(),
        }
    }
}

/// [`OptionalExtension`](diesel::OptionalExtension) for loads from a [`LazyPool`](crate::LazyPool).
pub trait OptionalLoad<T> {
    /// The error that is left.
    type Error;

    /// Turns [`NotFound`](diesel::NotFound) into `Ok(None)`.
    ///
    /// # Errors
    ///
    /// All others.
    fn optional(self) -> Result<Option<T>, Self::Error>;
}

impl<T, E> OptionalLoad<T> for Result<T, LoadFromError<E>> {
    type Error = LoadFromError<E>;

    fn optional(self) -> Result<Option<T>, LoadFromError<E>> {
        match self {
            Ok(row) => Ok(Some(row)),
            Err(LoadFromError::Query(QueryError::NotFound)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
