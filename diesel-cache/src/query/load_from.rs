//! Loads that take their connection from a pool, and only if they query the database.

use std::sync::Arc;

use diesel::connection::Connection;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;
use diesel::{NotFound, QueryResult};

use super::explain::Explanation;
use super::form::Form;
use super::load::{Decision, Opened, RowOf, decide, load_as, query_as, rescue};
use super::load_from_dsl::{LoadFrom, LoadFromDsl};
use super::options::Cached;
use super::viewpoint::Viewpoint;
use crate::cacheable::Cacheable;
use crate::doubt;
use crate::engine::{Lookup, Request, Step, Ticket};
use crate::event::RefusalReason;
use crate::key::KeyBackend;
use crate::observe::world;
use crate::pool::{ConnectionSource, LazyPool, LoadFromError, Verified};
use crate::wait::{Blocking, now};

impl<'query, Q, P, U> LoadFrom<'query, P, U, world::Blocking> for Cached<Q>
where
    P: ConnectionSource,
    <P::Connection as Connection>::Backend: KeyBackend,
    Q: LoadQuery<'query, P::Connection, U> + QueryFragment<<P::Connection as Connection>::Backend> + QueryId,
    <P::Connection as RowOf<U>>::Row: Cacheable,
{
    type Loaded<'p, T>
        = Result<T, LoadFromError<P::Error>>
    where
        P: 'p,
        Self: 'p;

    fn rows_from<'p>(self, pool: &'p LazyPool<P>) -> Result<Vec<U>, LoadFromError<P::Error>>
    where
        Self: 'p,
    {
        load_from_as(self, pool)
    }

    fn row_from<'p>(self, pool: &'p LazyPool<P>) -> Result<U, LoadFromError<P::Error>>
    where
        Self: 'p,
    {
        let rows: Vec<U> = load_from_as(self, pool)?;
        Ok(rows.into_iter().next().ok_or(NotFound)?)
    }

    fn shared_from<'p>(self, pool: &'p LazyPool<P>) -> Result<Arc<[U]>, LoadFromError<P::Error>>
    where
        Self: 'p,
        U: Cacheable + Send + Sync,
    {
        load_from_as(self, pool)
    }
}

impl<Q, P> LoadFromDsl<P> for Cached<Q>
where
    P: ConnectionSource,
    <P::Connection as Connection>::Backend: KeyBackend,
    Q: QueryFragment<<P::Connection as Connection>::Backend> + QueryId,
{
    type Answer<'p, T: Send + 'static>
        = Result<T, LoadFromError<P::Error>>
    where
        P: 'p,
        Self: 'p;

    fn lookup_from<'p, U>(self, pool: &'p LazyPool<P>) -> Result<Option<Lookup<U>>, LoadFromError<P::Error>>
    where
        Self: 'p,
        U: Cacheable + Send + Sync,
    {
        let spec = self.spec(Some(U::LAYOUT));
        let plan = seen_from(pool, |from| spec.plan::<<P::Connection as Connection>::Backend>(from))?;
        Ok(Lookup::of(&plan.request))
    }

    fn invalidate_from<'p>(self, pool: &'p LazyPool<P>) -> Result<bool, LoadFromError<P::Error>>
    where
        Self: 'p,
    {
        let spec = self.spec(None);
        let plan = seen_from(pool, |from| spec.plan::<<P::Connection as Connection>::Backend>(from))?;
        Ok(plan.request.remove())
    }

    fn explain_from<'p>(self, pool: &'p LazyPool<P>) -> Result<Explanation, LoadFromError<P::Error>>
    where
        Self: 'p,
    {
        let spec = self.spec(None);
        let explained = seen_from(pool, |from| {
            spec.explain::<<P::Connection as Connection>::Backend>(from)
        })?;
        Ok(Explanation::of(explained, &self.options))
    }
}

/// Looks at a query as the pool's connections see it. Takes a connection if the cache does not know them.
fn seen_from<P: ConnectionSource, T>(
    pool: &LazyPool<P>,
    see: impl FnOnce(Viewpoint<'_>) -> QueryResult<T>,
) -> Result<T, LoadFromError<P::Error>> {
    let known = pool.context();
    if let Some(context) = known.get() {
        return Ok(see(Viewpoint::of_pool(pool.cache(), context))?);
    }
    let mut conn = connection(pool)?;
    pool.meet::<world::Blocking, _>(&mut conn)?.ok();
    let from = Viewpoint::of_connection::<world::Blocking, _>(&mut conn).map_err(diesel::result::Error::from)?;
    Ok(see(from)?)
}

/// Loads rows in the form `R`: from an entry, or from the database over a connection of the pool.
fn load_from_as<'query, Q, P, U, R>(cached: Cached<Q>, pool: &LazyPool<P>) -> Result<R, LoadFromError<P::Error>>
where
    P: ConnectionSource,
    <P::Connection as Connection>::Backend: KeyBackend,
    Q: LoadQuery<'query, P::Connection, U> + QueryFragment<<P::Connection as Connection>::Backend> + QueryId,
    U: Cacheable,
    R: Form<U>,
{
    let spec = cached.spec(Some(U::LAYOUT));
    let known = pool.context();
    let Some(assumed) = known.get() else {
        let mut conn = connection(pool)?;
        doubt::own::ask(&mut conn);
        pool.meet::<world::Blocking, _>(&mut conn)?.ok();
        return Ok(load_as(cached, &mut conn)?);
    };
    let from = || Viewpoint::of_pool(pool.cache(), assumed);
    let planned = spec.look::<<P::Connection as Connection>::Backend>(from())?;
    let opened = match Opened::new(planned, || spec.plan::<<P::Connection as Connection>::Backend>(from()))? {
        Opened::Rows(rows) => return Ok(rows),
        opened => opened,
    };
    let (request, step) = match now(decide(&Blocking, opened))? {
        Decision::Rows(rows) => return Ok(rows),
        Decision::Query(request, step) => (request, step),
    };
    // The leader of a flight takes its connection as the leader.
    let mut conn = match connection(pool) {
        Ok(conn) => conn,
        Err(error) => return unconnected(&request, step).ok_or(error),
    };
    doubt::own::ask(&mut conn);
    let verified = pool.verify::<world::Blocking, _>(&mut conn, assumed)?;
    let step = go_on(&request, step, verified);
    Ok(query_as(cached, &mut conn, &request, step)?)
}

fn connection<P: ConnectionSource>(pool: &LazyPool<P>) -> Result<P::Connection, LoadFromError<P::Error>> {
    pool.get_ref().connection().map_err(LoadFromError::Connection)
}

/// Returns stale rows, if they may be served in place of the pool's error. All waiters of the flight then try for
/// themselves at once; otherwise they would queue up behind an error.
pub(super) fn unconnected<U, R: Form<U>>(request: &Request, step: Step) -> Option<R> {
    let rows = rescue(request, &step);
    if let Step::Fill(ticket) = step {
        ticket.fail();
    }
    rows
}

/// Returns the next step of a load that has taken its connection.
pub(super) fn go_on(request: &Request, step: Step, verified: Result<Verified, RefusalReason>) -> Step {
    match (step, verified) {
        (Step::Fill(ticket), verified) => permitted(request, ticket, verified).map_or(Step::Query, Step::Fill),
        (_, Err(_)) => Step::Query,
        (step, Ok(_)) => step,
    }
}

/// Returns the permission of a load that has taken its connection to store its rows. It has none if the connection has
/// another context than the one that the key was made for. The waiters of the flight then query for themselves.
pub(crate) fn permitted(
    request: &Request,
    mut ticket: Ticket,
    verified: Result<Verified, RefusalReason>,
) -> Option<Ticket> {
    match verified {
        Err(reason) => {
            ticket.fail();
            request.refused(reason);
            None
        }
        Ok(Verified { lag }) => {
            ticket.connected();
            if let Some(lag) = lag {
                ticket.read_from_replica(lag);
            }
            Some(ticket)
        }
    }
}
