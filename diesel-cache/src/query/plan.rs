//! Turns a cached query on a connection into a request to its region, for all kinds of loads.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{QueryFragment, QueryId};

use super::options::{Cached, Options};
use super::viewpoint::Viewpoint;
use crate::Error;
use crate::cacheable::Layout;
use crate::engine::{Access, FirstProbe, LoadOptions, LoadSpec, MemoryProbe, Request, Requirements, Scope};
use crate::entry::Entry;
use crate::event::BypassReason;
use crate::footprint::{self, ExtraTables, ReadFootprint, RowView};
use crate::generation::Slot;
use crate::key::{Binds, CacheKey, KeyBackend, StatementRef, memory_key_of, statement_of};
use crate::observe::{Observer, Reach};
use crate::sql::{TableName, Writes};
use crate::tier::SessionStore;

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
    Load(Plan, FirstProbe),
}

/// A query and its caching options.
#[derive(Debug)]
pub(crate) struct QuerySpec<'a, Q> {
    pub(crate) query: &'a Q,
    pub(crate) options: &'a Options,
    /// The row type's layout; `None` accepts any.
    pub(crate) layout: Option<Layout>,
}

impl<Q> Cached<Q> {
    pub(super) fn spec(&self, layout: Option<Layout>) -> QuerySpec<'_, Q> {
        QuerySpec {
            query: &self.query,
            options: &self.options,
            layout,
        }
    }
}

impl<Q> QuerySpec<'_, Q> {
    /// [`look`](Self::look), on an exclusively borrowed connection.
    #[inline]
    pub(super) fn look_on<World, Conn>(&self, conn: &mut Conn) -> QueryResult<Planned>
    where
        Conn: Reach<World>,
        Conn::DB: KeyBackend,
        Q: QueryFragment<Conn::DB> + QueryId,
    {
        self.look::<Conn::DB>(Viewpoint::of_connection(conn)?)
    }

    /// [`plan`](Self::plan), on an exclusively borrowed connection.
    pub(super) fn plan_on<World, Conn>(&self, conn: &mut Conn) -> QueryResult<Plan>
    where
        Conn: Reach<World>,
        Conn::DB: KeyBackend,
        Q: QueryFragment<Conn::DB> + QueryId,
    {
        self.plan::<Conn::DB>(Viewpoint::of_connection(conn)?)
    }

    /// Computes the key, and looks in memory.
    ///
    /// # Errors
    ///
    /// Misuse, as a `QueryBuilderError` around an [`Error`], and Diesel's errors when it renders the query.
    #[inline]
    pub(super) fn look<DB>(&self, from: Viewpoint<'_>) -> QueryResult<Planned>
    where
        DB: Backend + KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let Viewpoint {
            session,
            has_connection,
            ..
        } = from;
        let (scope, spec, statement) = self.load_spec::<DB>(from)?;
        Ok(match scope.probe_memory(session.map(|session| &**session), &spec) {
            MemoryProbe::Hit(entry) => Planned::Hit(entry),
            MemoryProbe::Open(first) => {
                Planned::Load(Plan::new(scope, session, has_connection, spec, statement), first)
            }
        })
    }

    /// Computes the key, without looking.
    ///
    /// # Errors
    ///
    /// Those of [`look`](Self::look).
    pub(super) fn plan<DB>(&self, from: Viewpoint<'_>) -> QueryResult<Plan>
    where
        DB: Backend + KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let Viewpoint {
            session,
            has_connection,
            ..
        } = from;
        let (scope, spec, statement) = self.load_spec::<DB>(from)?;
        Ok(Plan::new(scope, session, has_connection, spec, statement))
    }

    /// Says which rows the query reads of which tables, for people; `None` where that is not known of any table.
    ///
    /// # Errors
    ///
    /// Those of [`look`](Self::look).
    pub(super) fn rows_on<World, Conn>(&self, conn: &mut Conn) -> QueryResult<Option<RowsByTable>>
    where
        Conn: Reach<World>,
        Conn::DB: KeyBackend,
        Q: QueryFragment<Conn::DB> + QueryId,
    {
        let Self { query, options, .. } = self;
        let observer = Observer::of(conn).ok_or(Error::NotAttached)?;
        let version = observer.refresh_shapes();
        let scope = &observer.cache().resolve(&options.region)?.scope;
        let statement = statement_of::<Q, Conn::DB>(query)?;
        let mut binds = Binds::new();
        let count = statement.binds();
        memory_key_of::<Q, Conn::DB>(query, &statement, ["", ""], &options.key, count, &mut binds)?;
        let view = RowView {
            version,
            shapes: observer.shapes(),
            binds: &binds,
            generations: &scope.core.context.generations,
        };
        Ok(scope.reader().describe_rows(&statement, options.depends_on, view))
    }

    #[inline(always)]
    fn load_spec<'b, DB>(&self, from: Viewpoint<'b>) -> QueryResult<Parts<'b>>
    where
        DB: Backend + KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let Self { query, options, layout } = self;
        let Viewpoint {
            cache,
            context,
            version,
            shapes,
            written,
            ..
        } = from;
        let scope = &cache.resolve(&options.region)?.scope;
        let statement = statement_of::<Q, DB>(query)?;
        statement.check(options.raw)?;
        let namespace = [&*scope.namespace, context];
        let count = if shapes.is_some() { statement.binds() } else { 0 };
        let mut binds = Binds::new();
        let memory_key = memory_key_of::<Q, DB>(query, &statement, namespace, &options.key, count, &mut binds)?;
        let reader = scope.reader();
        let ReadFootprint {
            slots,
            rows,
            has_side_effects,
        } = reader.query(
            &statement,
            options.depends_on,
            RowView {
                version,
                shapes,
                binds: &binds,
                generations: &scope.core.context.generations,
            },
        );
        let is_unwritten = |written: &[Slot]| {
            let whole = reader.whole(&statement, options.depends_on);
            !whole.iter().any(|slot| written.contains(&slot))
        };
        let access = match written {
            _ if has_side_effects => Access::Bypass(BypassReason::SideEffects),
            _ if statement.is_personal() => Access::Bypass(BypassReason::SessionState),
            _ if statement.shows_locks() => Access::Bypass(BypassReason::RowLocks),
            None => Access::Full,
            Some(written) if options.in_transaction && is_unwritten(&written) => Access::ReadOnly,
            Some(_) => Access::Bypass(BypassReason::Transaction),
        };
        let requirements = Requirements {
            layout: *layout,
            slots,
            rows,
            max_age: options.time_to_live,
            ignore_expiration: options.ignore_expiration,
        };
        let load_options = LoadOptions {
            time_to_live: options.time_to_live,
            only_if_cached: options.only_if_cached,
            refresh: options.refresh,
            skip_empty: options.skip_empty,
        };
        let spec = LoadSpec {
            memory_key,
            requirements,
            options: load_options,
            access,
        };
        Ok((scope, spec, statement))
    }
}

/// Tables, and what the rows of them have that a query reads.
pub(super) type RowsByTable = Vec<(TableName, String)>;

type Parts<'a> = (&'a Scope, LoadSpec, StatementRef);

impl Plan {
    fn new(
        scope: &Scope,
        session: Option<&Arc<SessionStore>>,
        has_connection: bool,
        spec: LoadSpec,
        statement: StatementRef,
    ) -> Self {
        let key = spec.memory_key.key_of_query();
        let request = Request::new(scope, session, key, spec);
        Self {
            request: Arc::new(match has_connection {
                true => request,
                false => request.without_connection(),
            }),
            statement,
        }
    }

    pub(super) fn key(&self) -> CacheKey {
        self.request.entry.key
    }

    /// The writes that make the query's rows stale: to its own tables, to `more`, and to those that change one of them.
    pub(super) fn dependencies(&self, more: ExtraTables) -> Writes {
        let scope = &self.request.scope;
        match more {
            ExtraTables::Everything => Writes::Everything,
            ExtraTables::These(more) => {
                let catalogs = &scope.core.context.catalogs;
                footprint::dependencies(catalogs, &scope.namespace, self.statement.reads(), more)
            }
        }
    }
}
