//! The values of a query's binds, read from the bytes that its key has of them.
//!
//! Only values that identify rows are read (see [`Value`]); every other is unknown.

#[cfg(any(feature = "postgres", feature = "mysql"))]
mod raw;
#[cfg(feature = "sqlite")]
mod sqlite;

use smallvec::SmallVec;

use crate::sql::{Dialect, Value};

/// A bind of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bind {
    Value(Value),
    /// The elements of an array, but for those that are NULL: nothing is equal to these.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "others have no arrays"))]
    Elements(Vec<Value>),
    Unknown,
}

/// The binds of a query, in order. Those of a query whose binds could not be read are missing.
pub(crate) type Binds = SmallVec<[Bind; 4]>;

/// Reads the binds that [`KeyBackend::hash_binds`](super::KeyBackend::hash_binds) has written, at most `count`.
#[inline]
pub(super) fn read(dialect: Dialect, bytes: &[u8], count: usize) -> Binds {
    match dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => sqlite::read(bytes, count),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => raw::read(bytes, count, raw::postgres),
        #[cfg(feature = "mysql")]
        Dialect::Mysql => raw::read(bytes, count, raw::mysql),
        #[allow(unreachable_patterns, reason = "the databases whose feature is off")]
        _ => Binds::new(),
    }
}
