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
        let mut hasher = KeyHasher::new();
        hash_query::<Q, DB>(query, &statement, [namespace, ""], &extra.into(), &mut hasher)?;
        Ok(hasher.key().key_of_query())
    }
}

/// Computes the key by which memory finds the rows of `query`, given its statement. The namespace is the cache's, and
/// the context of the connection.
///
/// The key stays in the hasher. To move it, the processor would have to wait until all of its bytes are written.
#[inline]
pub(crate) fn hash_query<Q, DB>(
    query: &Q,
    statement: &Statement,
    namespace: [&str; 2],
    extra: &ExtraKey,
    hasher: &mut KeyHasher,
) -> QueryResult<()>
where
    Q: QueryFragment<DB>,
    DB: KeyBackend,
{
    hasher.begin(statement, namespace, extra);
    DB::hash_binds(query, hasher)?;
    hasher.finish();
    Ok(())
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
    let mut hasher = KeyHasher::new();
    hasher.begin(statement, ["", ""], &ExtraKey::NONE);
    let start = hasher.len();
    DB::hash_binds(query, &mut hasher)?;
    Ok(binds::read(dialect, hasher.behind(start), statement.binds()))
}
