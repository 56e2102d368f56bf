//! The key itself.

use std::fmt;
use std::hash::{Hash, Hasher};

use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};

use super::{KeyBackend, memory_key_of, statement_of};

/// What an entry is found by: 32 bytes of SHA-256.
///
/// A key stands for one query (its SQL, its binds, its backend), in one namespace, with or without an extra key. It is the same in
/// every process and after every restart.
///
/// It is printed in lowercase hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// The key of `query`, as a load of it would have it.
    ///
    /// `namespace` is the cache's namespace (empty by default), `extra` what the query was given with `.key(…)`. No connection is
    /// needed. Binds count as they are serialised for the database: `&str` and `String` make one key, and `Debug` is never asked.
    ///
    /// A table is not yet a query: pass `table.as_query()`.
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
        let memory_key = memory_key_of::<Q, DB>(query, &statement, [namespace, ""], &extra.into())?;
        Ok(memory_key.key_of_query())
    }

    /// A key from its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of this key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Feeds eight bytes only: they are uniform already, and a map's hasher need not do more than take them.
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
