//! Computes the key of a query.

use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};

use super::backend::KeyBackend;
use super::binds;
use super::binds::Binds;
use super::cache_key::CacheKey;
use super::extra::ExtraKey;
use super::hasher::KeyHasher;
use super::memo::statement_of;
use super::memory_key::MemoryKey;
use super::statement::Statement;

impl CacheKey {
    /// Returns the key that a load of `query` uses.
    ///
    /// `namespace` is the cache's namespace (empty by default), and `extra` is the name that was passed to `.key(…)`.
    /// No connection is needed. Binds are hashed as they are serialised for the database: `&str` and `String` give the
    /// same key, and `Debug` is never used.
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
}

/// Returns the key by which memory finds the rows of `query`, given its statement. The settings of the connection are
/// part of the `namespace`.
#[inline]
pub(crate) fn memory_key_of<Q, DB>(
    query: &Q,
    statement: &Statement,
    namespace: [&str; 2],
    extra: &ExtraKey,
) -> QueryResult<MemoryKey>
where
    Q: QueryFragment<DB>,
    DB: KeyBackend,
{
    let mut hasher = KeyHasher::of_query(statement, namespace, extra);
    DB::hash_binds(query, &mut hasher)?;
    Ok(hasher.finish())
}

/// Returns the values of those binds of `query` that show which rows it reads, given its statement.
pub(crate) fn binds_of<Q, DB>(query: &Q, statement: &Statement) -> QueryResult<Binds>
where
    Q: QueryFragment<DB>,
    DB: KeyBackend,
{
    let Some(dialect) = statement.dialect().filter(|_| statement.binds() > 0) else {
        return Ok(Binds::new());
    };
    let mut hasher = KeyHasher::of_query(statement, ["", ""], &ExtraKey::NONE);
    let start = hasher.len();
    DB::hash_binds(query, &mut hasher)?;
    Ok(binds::read(dialect, hasher.behind(start), statement.binds()))
}
