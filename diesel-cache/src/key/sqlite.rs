//! Keys of SQLite, whose binds are values of SQLite's own types.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::QueryFragment;
use diesel::result::Error;
use diesel::sqlite::Sqlite;

use super::{KeyBackend, KeyHasher};
use crate::diesel_text::SqliteBinds;

impl KeyBackend for Sqlite {
    const NAME: &'static str = "sqlite";

    /// Hashes the values as Diesel's bind collector prints them; it shows them in no other way.
    fn hash_binds<Q>(query: &Q, hasher: &mut KeyHasher) -> QueryResult<()>
    where
        Q: QueryFragment<Self> + ?Sized,
    {
        let mut collector = <Self as Backend>::BindCollector::default();
        query.collect_binds(&mut collector, &mut (), &Sqlite)?;
        let mut binds = SqliteBinds::new();
        let printed = binds.print(&collector);
        printed.map_err(|error| Error::SerializationError(Box::new(error)))?;
        hasher.raw(binds.bytes());
        Ok(())
    }
}
