//! From a cached query on a connection to a request to its region: shared by every way to load it.

use std::borrow::Cow;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{QueryFragment, QueryId};

use super::options::Options;
use crate::Error;
use crate::cacheable::Layout;
use crate::event::BypassReason;
use crate::generation::Slot;
use crate::key::{CacheKey, KeyBackend, StatementRef, key_of, statement_of};
use crate::observe::{Observer, Reach};
use crate::region::{Accept, Request, Slots, Standing, Terms};
use crate::tables::TableName;

/// A cached query, its key, and what it asks of its region.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) request: Arc<Request>,
    pub(super) statement: StatementRef,
}

impl Plan {
    /// The plan of a query on a connection, which nobody else has at the moment.
    ///
    /// # Errors
    ///
    /// Misuse, as a `QueryBuilderError` around an [`Error`]; and whatever keeps Diesel from rendering the query.
    pub(super) fn on<Q, World, Conn>(
        query: &Q,
        options: &Options,
        layout: Option<Layout>,
        conn: &mut Conn,
    ) -> QueryResult<Self>
    where
        Conn: Reach<World>,
        Conn::DB: KeyBackend,
        Q: QueryFragment<Conn::DB> + QueryId,
    {
        let transaction = conn.has_transaction();
        Self::new::<Q, Conn::DB>(query, options, layout, Observer::of(conn), transaction)
    }

    /// Works out the key and the region, for a query on the connection that is observed.
    ///
    /// `transaction` is what Diesel says; texts may know of more.
    ///
    /// # Errors
    ///
    /// Misuse, as a `QueryBuilderError` around an [`Error`]; and whatever keeps Diesel from rendering the query.
    pub(crate) fn new<Q, DB>(
        query: &Q,
        options: &Options,
        layout: Option<Layout>,
        observer: Option<&mut Observer>,
        transaction: bool,
    ) -> QueryResult<Self>
    where
        DB: Backend + KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let observer = observer.ok_or(Error::NotAttached)?;
        observer.know_backend::<DB>();
        observer.is_alone();
        let region = observer.cache().resolve(&options.region)?;
        let space = key_space(&region.namespace, observer.context());
        let statement = statement_of::<Q, DB>(query)?;
        statement.check(options.raw)?;
        let key = key_of::<Q, DB>(query, &statement, &space, options.key.as_deref())?;
        let slots = Slots {
            shared: region.shared_slots(statement.reads(), &options.depends_on),
            key: Slot::key(key.as_bytes()),
        };
        let standing = match (transaction || observer.in_transaction()).then(|| observer.written()) {
            None => Standing::Full,
            Some(written) if options.in_transaction && !slots.iter().any(|slot| written.contains(&slot)) => {
                Standing::Reader
            }
            Some(_) => Standing::Bypass(BypassReason::Transaction),
        };
        let accept = Accept {
            key,
            layout,
            slots,
            soft: region.soft_slot(),
            max_age: options.time_to_live,
            ignore_expiration: options.ignore_expiration,
        };
        let terms = Terms {
            time_to_live: options.time_to_live,
            only_if_cached: options.only_if_cached,
            refresh: options.refresh,
            skip_empty: options.skip_empty,
        };
        let request = Request::new(region, accept, terms, standing, observer.session().cloned());
        Ok(Self {
            request: Arc::new(request),
            statement,
        })
    }

    pub(super) fn key(&self) -> CacheKey {
        self.request.accept.key
    }

    /// What the query depends on: its own tables, `more`, and what these bring with them.
    pub(super) fn dependencies(&self, more: &[TableName]) -> crate::tables::Tables {
        let region = &self.request.region;
        region
            .context
            .dependencies(&region.namespace, self.statement.reads(), more)
    }
}

/// What keys hold as the namespace: with the connection's own settings, if it has any.
fn key_space<'a>(namespace: &'a str, context: &str) -> Cow<'a, str> {
    if context.is_empty() {
        namespace.into()
    } else {
        format!("{namespace}\u{0}{context}").into()
    }
}
