//! PostgreSQL: a bind is bytes and an OID that identifies their type.

use std::any::Any;

use diesel::QueryResult;
use diesel::pg::{Pg, PgMetadataLookup, PgTypeMetadata};
use diesel::query_builder::QueryFragment;
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::result::Error;

use super::{KeyBackend, KeyHasher};

impl KeyBackend for Pg {
    const NAME: &'static str = "postgres";

    /// The OID of a custom type differs between databases, and looking it up costs a query. So this lookup hands out
    /// OIDs of its own, in the order of the query's types. They depend only on the query. Arrays and composites contain
    /// the OIDs of their elements in their bytes, and these are handed out here as well. The names of the types, which
    /// say what the OIDs mean, follow the binds.
    fn hash_binds<Q>(query: &Q, hasher: &mut KeyHasher) -> QueryResult<()>
    where
        Q: QueryFragment<Self> + ?Sized,
    {
        let mut collector = RawBytesBindCollector::<Self>::new();
        let mut names = Names::default();
        query.collect_binds(&mut collector, &mut names, &Pg)?;
        hasher.number(collector.binds.len() as u64);
        for (bind, sql_type) in collector.binds.iter().zip(&collector.metadata) {
            let oid = sql_type
                .oid()
                .map_err(|error| Error::SerializationError(Box::new(error)))?;
            hasher.bind(&oid.to_le_bytes(), bind.as_deref());
        }
        names.hash(hasher);
        Ok(())
    }
}

/// The custom types of one query, in the order of their first lookup.
#[derive(Default)]
struct Names(Vec<Name>);

struct Name {
    schema: Option<Box<str>>,
    name: Box<str>,
}

impl Names {
    /// Higher than any OID that PostgreSQL assigns in practice, because it counts up from 16,384.
    const FIRST_OID: u32 = 0xf000_0000;

    fn hash(&self, hasher: &mut KeyHasher) {
        for Name { schema, name } in &self.0 {
            hasher.optional(schema.as_deref().map(str::as_bytes));
            hasher.bytes(name.as_bytes());
        }
    }
}

impl PgMetadataLookup for Names {
    fn lookup_type(&mut self, type_name: &str, schema: Option<&str>) -> PgTypeMetadata {
        let known = self
            .0
            .iter()
            .position(|known| *known.name == *type_name && known.schema.as_deref() == schema);
        let ordinal = known.unwrap_or_else(|| {
            self.0.push(Name {
                schema: schema.map(Box::from),
                name: Box::from(type_name),
            });
            self.0.len() - 1
        });
        // Each type has two OIDs, for the type and its array. A query has at most 65,535 binds.
        let oid = Self::FIRST_OID.wrapping_add(2 * ordinal as u32);
        PgTypeMetadata::new(oid, oid.wrapping_add(1))
    }

    // Diesel's default panics.
    fn as_any<'a>(&mut self) -> &mut (dyn Any + 'a)
    where
        Self: 'a,
    {
        self
    }
}
