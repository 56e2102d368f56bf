//! What is known of a query's text.

use std::ops::Deref;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::query_builder::{QueryBuilder, QueryFragment};

use super::{CacheKey, KeyBackend, KeyHasher};
use crate::Error;
use crate::tables::{Analysis, Dialect, Kind, Tables, analyse};

/// Changes with whatever is hashed, so that entries of another version are never found.
const FORMAT: &[u8] = b"diesel-cache key 1";

/// A rendered query, without its binds.
#[derive(Debug)]
pub(crate) struct Statement {
    backend: &'static str,
    sql: Box<str>,
    analysis: Arc<Analysis>,
    reads: Tables,
    /// SHA-256 after everything that does not change from load to load.
    prefix: KeyHasher,
}

impl Statement {
    pub(crate) fn render<Q, DB>(query: &Q) -> QueryResult<Self>
    where
        Q: QueryFragment<DB>,
        DB: KeyBackend,
    {
        let mut builder = DB::QueryBuilder::default();
        query.to_sql(&mut builder, &DB::default())?;
        Ok(Self::new(DB::NAME, builder.finish().into_boxed_str()))
    }

    pub(crate) fn new(backend: &'static str, sql: Box<str>) -> Self {
        let mut prefix = KeyHasher::new();
        prefix.bytes(FORMAT);
        prefix.bytes(backend.as_bytes());
        prefix.bytes(sql.as_bytes());
        prefix.pad();
        let analysis = match Dialect::of_backend(backend) {
            Some(dialect) => analyse(&sql, dialect),
            None => Arc::new(Analysis::unknown(true)),
        };
        let reads = analysis.reads();
        Self {
            backend,
            sql,
            analysis,
            reads,
            prefix,
        }
    }

    /// The tables that it reads.
    pub(crate) fn reads(&self) -> &Tables {
        &self.reads
    }

    /// Can it be answered from a cache? A `raw` text has to be understood; what Diesel has built is a SELECT anyway,
    /// and only what it does is asked.
    ///
    /// # Errors
    ///
    /// [`Error::NotASelect`] and [`Error::LockingClause`].
    pub(crate) fn check(&self, raw: bool) -> Result<(), Error> {
        match self.analysis.single_select() {
            Ok(select) if matches!(select.kind, Kind::Select { locks: true }) => Err(Error::LockingClause),
            Ok(_) => Ok(()),
            Err(found) => match self.analysis.statements() {
                [only] if !raw && only.kind == Kind::Unknown => Ok(()),
                _ => Err(Error::NotASelect { found }),
            },
        }
    }

    /// The name of the backend it was rendered for.
    pub(crate) fn backend(&self) -> &'static str {
        self.backend
    }

    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }
}

/// A statement that lives as long as the process, or as long as its query.
#[derive(Clone, Debug)]
pub(crate) enum StatementRef {
    /// Of a query with a static id. Not an `Arc`: threads that load the same query would fight over its count.
    Static(&'static Statement),
    Once(Arc<Statement>),
}

impl Deref for StatementRef {
    type Target = Statement;

    fn deref(&self) -> &Statement {
        match self {
            Self::Static(statement) => statement,
            Self::Once(statement) => statement,
        }
    }
}

/// The key of `query`, whose statement is `statement`.
pub(crate) fn key_of<Q, DB>(
    query: &Q,
    statement: &Statement,
    namespace: &str,
    extra: Option<&str>,
) -> QueryResult<CacheKey>
where
    Q: QueryFragment<DB>,
    DB: KeyBackend,
{
    let mut hasher = statement.prefix.clone();
    hasher.bytes(namespace.as_bytes());
    hasher.optional(extra.map(str::as_bytes));
    DB::hash_binds(query, &mut hasher)?;
    Ok(hasher.finish())
}
