//! MySQL and MariaDB: a bind is bytes and a type that knows its sign.

use diesel::QueryResult;
use diesel::mysql::Mysql;
use diesel::query_builder::QueryFragment;
use diesel::query_builder::bind_collector::RawBytesBindCollector;

use super::{KeyBackend, KeyHasher};

impl KeyBackend for Mysql {
    const NAME: &'static str = "mysql";

    /// The type distinguishes signed and unsigned numbers. A date or a time is a C struct, whose padding Diesel fills
    /// with zeros.
    fn hash_binds<Q>(query: &Q, hasher: &mut KeyHasher) -> QueryResult<()>
    where
        Q: QueryFragment<Self> + ?Sized,
    {
        let mut collector = RawBytesBindCollector::<Self>::new();
        query.collect_binds(&mut collector, &mut (), &Mysql)?;
        hasher.number(collector.binds.len() as u64);
        for (bind, sql_type) in collector.binds.iter().zip(&collector.metadata) {
            hasher.bind(&[*sql_type as u8], bind.as_deref());
        }
        Ok(())
    }
}
