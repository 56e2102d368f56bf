//! The key of an entry.

use std::fmt;
use std::hash::{Hash, Hasher};

use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};

use super::{KeyBackend, near_key_of, statement_of};

/// The key of an entry: 32 bytes of SHA-256.
///
/// A key stands for one query (its SQL, binds and backend) in one namespace, with or without an extra key. It is the
/// same in every process and after every restart.
///
/// It prints in lowercase hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// Computes the key that a load of `query` would use on a connection without session settings.
    ///
    /// `namespace` is the cache's namespace (empty by default), and `extra` is the query's [`key`](crate::Cached::key),
    /// if any. No connection is needed. Binds are hashed as they are serialised for the database, so `&str` and
    /// `String` give the same key, and `Debug` is never used.
    ///
    /// A table is not a query. Pass `table.as_query()`.
    ///
    /// # Errors
    ///
    /// If Diesel cannot render the query, or cannot serialise a bind.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// use diesel::prelude::*;
    /// use diesel::sqlite::Sqlite;
    /// use diesel_cache::CacheKey;
    ///
    /// diesel::table! { person (id) { id -> Integer, name -> Text } }
    ///
    /// let borrowed = person::table.filter(person::name.eq("ada"));
    /// let owned = person::table.filter(person::name.eq(String::from("ada")));
    /// let other = person::table.filter(person::name.eq("bob"));
    ///
    /// let key = CacheKey::of::<Sqlite, _>(&borrowed, "", None)?;
    /// assert_eq!(key, CacheKey::of::<Sqlite, _>(&owned, "", None)?);
    /// assert_ne!(key, CacheKey::of::<Sqlite, _>(&other, "", None)?);
    /// assert_ne!(key, CacheKey::of::<Sqlite, _>(&borrowed, "tenant-42", None)?);
    /// assert_ne!(key, CacheKey::of::<Sqlite, _>(&borrowed, "", Some(""))?);
    /// # }
    /// # diesel::QueryResult::Ok(())
    /// ```
    pub fn of<DB, Q>(query: &Q, namespace: &str, extra: Option<&str>) -> QueryResult<Self>
    where
        DB: KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let statement = statement_of::<Q, DB>(query)?;
        let near = near_key_of::<Q, DB>(query, &statement, [namespace, ""], &extra.into())?;
        Ok(near.key_of_query())
    }

    /// Creates a key from its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes of this key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Hashes only eight bytes. They are uniformly distributed already, so a map's hasher needs no more.
impl Hash for CacheKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = String::with_capacity(2 * self.0.len());
        for byte in self.0 {
            hex.push(char::from(DIGITS[usize::from(byte >> 4)]));
            hex.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        f.pad(&hex)
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
