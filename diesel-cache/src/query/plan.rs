//! Turns a cached query on a connection into a request to its region, for all kinds of loads.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{QueryFragment, QueryId};

use super::options::{Cached, Options};
use crate::Error;
use crate::cacheable::Layout;
use crate::entry::Entry;
use crate::event::BypassReason;
use crate::key::{CacheKey, KeyBackend, StatementRef, near_key_of, statement_of};
use crate::observe::{Observer, Reach};
use crate::region::{Added, Ask, Demand, Near, QueryFacts, Region, Request, Seen, Standing, Terms};
use crate::store::SessionStore;
use crate::tables::Writes;

/// A cached query, with its key and its request to the region.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) request: Arc<Request>,
    pub(super) statement: StatementRef,
}

/// The state of a load before it has waited for anything.
#[derive(Debug)]
pub(crate) enum Planned {
    /// A hit in memory.
    Hit(Arc<Entry>),
    Load(Plan, Seen),
}

/// A query and its caching options.
#[derive(Debug)]
pub(crate) struct Asked<'a, Q> {
    pub(crate) query: &'a Q,
    pub(crate) options: &'a Options,
    /// The row type's layout; `None` accepts any.
    pub(crate) layout: Option<Layout>,
}

impl<Q> Cached<Q> {
    pub(super) fn asked(&self, layout: Option<Layout>) -> Asked<'_, Q> {
        Asked {
            query: &self.query,
            options: &self.options,
            layout,
        }
    }
}

impl<Q> Asked<'_, Q> {
    /// [`look`](Self::look), on an exclusively borrowed connection.
    #[inline]
    pub(super) fn look_on<World, Conn>(&self, conn: &mut Conn) -> QueryResult<Planned>
    where
        Conn: Reach<World>,
        Conn::DB: KeyBackend,
        Q: QueryFragment<Conn::DB> + QueryId,
    {
        let transaction = conn.has_transaction();
        self.look::<Conn::DB>(Observer::of(conn), transaction)
    }

    /// [`plan`](Self::plan), on an exclusively borrowed connection.
    pub(super) fn plan_on<World, Conn>(&self, conn: &mut Conn) -> QueryResult<Plan>
    where
        Conn: Reach<World>,
        Conn::DB: KeyBackend,
        Q: QueryFragment<Conn::DB> + QueryId,
    {
        let transaction = conn.has_transaction();
        self.plan::<Conn::DB>(Observer::of(conn), transaction)
    }

    /// Computes the key, and looks in memory.
    ///
    /// `transaction` says whether Diesel knows of an open transaction. The observer may know of one that a raw text has
    /// opened.
    ///
    /// # Errors
    ///
    /// Misuse, as a `QueryBuilderError` around an [`Error`], and Diesel's errors when it renders the query.
    pub(crate) fn look<DB>(&self, observer: Option<&mut Observer>, transaction: bool) -> QueryResult<Planned>
    where
        DB: Backend + KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let (region, session, ask, statement) = self.ask::<DB>(observer, transaction)?;
        Ok(match region.hit_near(session.map(|session| &**session), &ask) {
            Near::Hit(entry) => Planned::Hit(entry),
            Near::Seen(seen) => Planned::Load(Plan::new(region, session, ask, statement), seen),
        })
    }

    /// Computes the key, without looking.
    ///
    /// # Errors
    ///
    /// Those of [`look`](Self::look).
    pub(crate) fn plan<DB>(&self, observer: Option<&mut Observer>, transaction: bool) -> QueryResult<Plan>
    where
        DB: Backend + KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let (region, session, ask, statement) = self.ask::<DB>(observer, transaction)?;
        Ok(Plan::new(region, session, ask, statement))
    }

    #[inline(always)]
    fn ask<'b, DB>(&'b self, observer: Option<&'b mut Observer>, transaction: bool) -> QueryResult<Parts<'b>>
    where
        DB: Backend + KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let Self { query, options, layout } = self;
        let observer = observer.ok_or(Error::NotAttached)?;
        observer.know_backend::<DB>();
        observer.is_alone();
        let observer = &*observer;
        let region = observer.cache().resolve(&options.region)?;
        let statement = statement_of::<Q, DB>(query)?;
        statement.check(options.raw)?;
        let namespace = [&*region.namespace, observer.context()];
        let near = near_key_of::<Q, DB>(query, &statement, namespace, &options.key)?;
        let QueryFacts {
            slots,
            has_side_effects,
        } = QueryFacts::of(region, &statement, options.depends_on);
        let standing = match (transaction || observer.in_transaction()).then(|| observer.written()) {
            _ if has_side_effects => Standing::Bypass(BypassReason::SideEffects),
            _ if statement.is_personal() => Standing::Bypass(BypassReason::SessionState),
            _ if statement.shows_locks() => Standing::Bypass(BypassReason::RowLocks),
            None => Standing::Full,
            Some(written) if options.in_transaction && !slots.iter().any(|slot| written.contains(&slot)) => {
                Standing::Reader
            }
            Some(_) => Standing::Bypass(BypassReason::Transaction),
        };
        let demand = Demand {
            layout: *layout,
            slots,
            max_age: options.time_to_live,
            ignore_expiration: options.ignore_expiration,
        };
        let terms = Terms {
            time_to_live: options.time_to_live,
            only_if_cached: options.only_if_cached,
            refresh: options.refresh,
            skip_empty: options.skip_empty,
        };
        let ask = Ask {
            near,
            demand,
            terms,
            standing,
        };
        Ok((region, observer.session(), ask, statement))
    }
}

type Parts<'a> = (&'a Region, Option<&'a Arc<SessionStore>>, Ask, StatementRef);

impl Plan {
    fn new(region: &Region, session: Option<&Arc<SessionStore>>, ask: Ask, statement: StatementRef) -> Self {
        let key = ask.near.key_of_query();
        Self {
            request: Arc::new(Request::new(region, session, key, ask)),
            statement,
        }
    }

    pub(super) fn key(&self) -> CacheKey {
        self.request.accept.key
    }

    /// The writes that make the query's rows stale: to its own tables, to `more`, and to those that change one of them.
    pub(super) fn dependencies(&self, more: Added) -> Writes {
        let region = &self.request.region;
        match more {
            Added::Everything => Writes::Everything,
            Added::Tables(more) => region
                .context
                .dependencies(&region.namespace, self.statement.reads(), more),
        }
    }
}
