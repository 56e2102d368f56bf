//! The values of a query's binds, read from the bytes that its key has of them.
//!
//! Only values that identify rows are read (see [`Value`](crate::sql::Value)); every other is unknown.

mod bind;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod raw;
#[cfg(feature = "sqlite")]
mod sqlite;

pub(crate) use self::bind::{Bind, Binds};
use crate::sql::Dialect;

/// Reads the binds that [`KeyBackend::hash_binds`](super::KeyBackend::hash_binds) has written, at most `count`.
#[inline]
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(unused_variables, reason = "no database is known")
)]
pub(super) fn read(dialect: Dialect, bytes: &[u8], count: usize) -> Binds {
    match dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => sqlite::read(bytes, count),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => raw::read(bytes, count, raw::postgres),
        #[cfg(feature = "mysql")]
        Dialect::Mysql => raw::read(bytes, count, raw::mysql),
        #[cfg(not(feature = "sqlite"))]
        Dialect::Sqlite => Binds::new(),
        #[cfg(not(feature = "postgres"))]
        Dialect::Postgres => Binds::new(),
        #[cfg(not(feature = "mysql"))]
        Dialect::Mysql => Binds::new(),
    }
}
