//! Turns a cached query on a connection into a request to its region, for all kinds of loads.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{QueryFragment, QueryId};

use super::options::{Cached, QueryOptions};
use super::viewpoint::Viewpoint;
use crate::cacheable::Layout;
use crate::engine::{Access, FirstProbe, LoadOptions, LoadSpec, MemoryProbe, Request, Requirements, Scope, Terms};
use crate::entry::Entry;
use crate::event::BypassReason;
use crate::footprint::{self, DescribedRows, ExtraTables, FootprintWithoutBinds, RowView};
use crate::generation::Slot;
use crate::key::{Binds, CacheKey, KeyBackend, KeyHasher, MemoryKey, StatementRef, binds_of, hash_query, statement_of};
use crate::observe::Reach;
use crate::sql::Writes;
use crate::tier::SessionStore;

/// A cached query, with its key and its request to the region.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) request: Arc<Request>,
    pub(crate) statement: StatementRef,
}

/// The state of a load before it has waited for anything.
#[derive(Debug)]
pub(crate) enum Planned {
    /// A hit in memory.
    Hit(Arc<Entry>),
    Load(Plan, FirstProbe),
}

/// A query, and what is known of it beside its request.
#[derive(Debug)]
pub(crate) struct Explained {
    pub(super) plan: Plan,
    /// The rows that it depends on; `None` where the catalog has not been read.
    pub(super) rows: Option<Vec<DescribedRows>>,
    /// The part of the key that comes from the connection.
    pub(super) context: String,
}

/// A query and its caching options.
#[derive(Debug)]
pub(crate) struct QuerySpec<'a, Q> {
    pub(crate) query: &'a Q,
    pub(crate) options: &'a QueryOptions,
    /// The row type's layout; `None` accepts any.
    pub(crate) layout: Option<Layout>,
}

impl<Q> Cached<Q> {
    pub(crate) fn spec(&self, layout: Option<Layout>) -> QuerySpec<'_, Q> {
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
    pub(crate) fn look_on<World, Conn>(&self, conn: &mut Conn) -> QueryResult<Planned>
    where
        Conn: Reach<World>,
        Conn::DB: KeyBackend,
        Q: QueryFragment<Conn::DB> + QueryId,
    {
        self.look::<Conn::DB>(Viewpoint::of_connection(conn)?)
    }

    /// [`plan`](Self::plan), on an exclusively borrowed connection.
    pub(crate) fn plan_on<World, Conn>(&self, conn: &mut Conn) -> QueryResult<Plan>
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
    /// Misuse, as a `QueryBuilderError` around an [`Error`](crate::Error), and Diesel's errors when it renders the
    /// query.
    #[inline]
    pub(crate) fn look<DB>(&self, from: Viewpoint<'_>) -> QueryResult<Planned>
    where
        DB: Backend + KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let mut hasher = KeyHasher::new();
        let (scope, statement) = self.key::<DB>(&from, &mut hasher)?;
        let keyed = self.keyed(from, scope, statement);
        let found = scope.read_memory(keyed.session(), hasher.key(), &keyed.options, keyed.access);
        let found = match found.hit(scope, &keyed.statement, keyed.footprint.id, keyed.terms) {
            Ok(entry) => return Ok(Planned::Hit(entry)),
            Err(found) => found,
        };
        let requirements = self.requirements::<DB>(&keyed)?;
        Ok(match found.judge(scope, Some(&keyed.statement), &requirements) {
            MemoryProbe::Hit(entry) => Planned::Hit(entry),
            MemoryProbe::Open(first) => Planned::Load(keyed.plan(hasher.into_key(), requirements), first),
        })
    }

    /// Computes the key, without looking.
    ///
    /// # Errors
    ///
    /// Those of [`look`](Self::look).
    pub(crate) fn plan<DB>(&self, from: Viewpoint<'_>) -> QueryResult<Plan>
    where
        DB: Backend + KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let mut hasher = KeyHasher::new();
        let (scope, statement) = self.key::<DB>(&from, &mut hasher)?;
        let keyed = self.keyed(from, scope, statement);
        let requirements = self.requirements::<DB>(&keyed)?;
        Ok(keyed.plan(hasher.into_key(), requirements))
    }

    /// Returns the request, and what is known beside it, for `explain`.
    ///
    /// # Errors
    ///
    /// Those of [`look`](Self::look).
    pub(super) fn explain<DB>(&self, from: Viewpoint<'_>) -> QueryResult<Explained>
    where
        DB: Backend + KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let Self { query, options, .. } = self;
        let scope = &from.cache.resolve(&options.region)?.scope;
        let statement = statement_of::<Q, DB>(query)?;
        let binds = binds_of::<Q, DB>(query, &statement)?;
        let (extra, generations) = (options.depends_on, &scope.core.cache.generations);
        let reader = scope.reader();
        Ok(Explained {
            rows: reader.describe_rows(&statement, extra, from.shapes, &binds, generations),
            context: from.context.to_owned(),
            plan: self.plan::<DB>(from)?,
        })
    }

    /// Finds the region and the statement, and computes the key.
    #[inline(always)]
    fn key<'b, DB>(&self, from: &Viewpoint<'b>, key: &mut KeyHasher) -> QueryResult<(&'b Scope, StatementRef)>
    where
        DB: Backend + KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let Self { query, options, .. } = self;
        let scope = &from.cache.resolve(&options.region)?.scope;
        let statement = statement_of::<Q, DB>(query)?;
        statement.check(options.raw)?;
        let namespace = [&*scope.namespace, from.context];
        hash_query::<Q, DB>(query, &statement, namespace, &options.key, key)?;
        Ok((scope, statement))
    }

    /// Computes the rest that can be said without the values of the binds.
    #[inline(always)]
    fn keyed<'b>(&self, from: Viewpoint<'b>, scope: &'b Scope, statement: StatementRef) -> KeyedLoad<'b> {
        let Self { options, layout, .. } = self;
        let view = RowView {
            version: from.version,
            shapes: from.shapes,
        };
        let reader = scope.reader();
        let footprint = reader.without_binds(&statement, options.depends_on, view);
        let is_unwritten = |written: &[Slot]| {
            let whole = reader.whole(&statement, options.depends_on);
            !whole.iter().any(|slot| written.contains(&slot))
        };
        let access = match from.written {
            _ if footprint.has_side_effects => Access::Bypass(BypassReason::SideEffects),
            _ if statement.is_personal() => Access::Bypass(BypassReason::SessionState),
            _ if statement.shows_locks() => Access::Bypass(BypassReason::RowLocks),
            None => from.lag.map_or(Access::Full, Access::Replica),
            Some(written) if options.in_transaction && is_unwritten(&written) => Access::ReadOnly,
            Some(_) => Access::Bypass(BypassReason::Transaction),
        };
        KeyedLoad {
            scope,
            session: from.session,
            has_connection: from.has_connection,
            statement,
            view,
            footprint,
            terms: Terms {
                layout: *layout,
                max_age: options.time_to_live,
                ignore_expiration: options.ignore_expiration,
            },
            options: LoadOptions {
                time_to_live: options.time_to_live,
                only_if_cached: options.only_if_cached,
                refresh: options.refresh,
                skip_empty: options.skip_empty,
            },
            access,
        }
    }

    /// Computes what the load requires of an entry, for which the values of the binds are needed.
    fn requirements<DB>(&self, keyed: &KeyedLoad<'_>) -> QueryResult<Requirements>
    where
        DB: Backend + KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let KeyedLoad {
            scope,
            statement,
            view,
            footprint,
            ..
        } = keyed;
        let binds = match view.shapes {
            Some(_) => binds_of::<Q, DB>(self.query, statement)?,
            None => Binds::new(),
        };
        let (extra, generations) = (self.options.depends_on, &scope.core.cache.generations);
        let footprint = scope
            .reader()
            .with_binds(statement, extra, *view, footprint, &binds, generations);
        Ok(Requirements::new(keyed.terms, footprint))
    }
}

/// A load whose key is known, and whose requirements of an entry are yet to be computed.
struct KeyedLoad<'a> {
    scope: &'a Scope,
    session: Option<&'a Arc<SessionStore>>,
    has_connection: bool,
    statement: StatementRef,
    view: RowView<'a>,
    footprint: FootprintWithoutBinds,
    terms: Terms,
    options: LoadOptions,
    access: Access,
}

impl KeyedLoad<'_> {
    #[inline]
    fn session(&self) -> Option<&SessionStore> {
        self.session.map(|session| &**session)
    }

    fn plan(self, memory_key: MemoryKey, requirements: Requirements) -> Plan {
        let spec = LoadSpec {
            statement: Some(self.statement.clone()),
            memory_key,
            requirements,
            options: self.options,
            access: self.access,
        };
        let key = spec.memory_key.key_of_query();
        let request = Request::new(self.scope, self.session, key, spec);
        Plan {
            request: Arc::new(match self.has_connection {
                true => request,
                false => request.without_connection(),
            }),
            statement: self.statement,
        }
    }
}

impl Plan {
    pub(super) fn key(&self) -> CacheKey {
        self.request.entry.key
    }

    /// The writes that invalidate the query's entry: to its own tables, to `more`, and to those that change one of
    /// them.
    pub(super) fn dependencies(&self, more: ExtraTables) -> Writes {
        let scope = &self.request.scope;
        match more {
            ExtraTables::Everything => Writes::Everything,
            ExtraTables::These(more) => {
                let catalogs = &scope.core.cache.catalogs;
                footprint::dependencies(catalogs, &scope.namespace, self.statement.reads(), more)
            }
        }
    }
}
