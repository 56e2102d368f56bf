//! Diesel's `load` and its relatives, on a cached query.

use std::sync::Arc;
use std::time::Instant;

use diesel::connection::Connection;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;
use diesel::result::Error;
use diesel::{NotFound, QueryResult, RunQueryDsl};

use super::form::{Form, Rows};
use super::options::Cached;
use super::plan::{Plan, Planned};
use crate::cacheable::{Cacheable, encode_rows};
use crate::doubt;
use crate::engine::{FirstProbe, Request, Step};
use crate::fault::{self, Point};
use crate::key::KeyBackend;
use crate::observe::world;
use crate::telemetry::LoadSpan;
use crate::wait::{Blocking, Wait, now};

impl<Q, Conn> RunQueryDsl<Conn> for Cached<Q> {}

/// Names `U` through the connection.
///
/// In `load::<U>(conn)` the compiler selects an impl of `LoadQuery` (Diesel has one for all queries) before it looks at
/// `conn`. It would already check a plain `U: Cacheable` at that point. If that bound failed, no impl would be left,
/// and the error would be about `LoadQuery`. This bound cannot be checked so early, so the error says that `U` is not
/// `Cacheable`.
#[doc(hidden)]
pub trait RowOf<U> {
    type Row;
}

impl<Conn, U> RowOf<U> for Conn {
    type Row = U;
}

impl<'query, Conn, Q, U, B> LoadQuery<'query, Conn, U, B> for Cached<Q>
where
    Conn: Connection,
    Conn::Backend: KeyBackend,
    Q: LoadQuery<'query, Conn, U, B> + QueryFragment<Conn::Backend> + QueryId,
    <Conn as RowOf<U>>::Row: Cacheable,
{
    type RowIter<'conn>
        = Rows<U>
    where
        Conn: 'conn;

    fn internal_load(self, conn: &mut Conn) -> QueryResult<Rows<U>> {
        load_as(self, conn)
    }
}

/// A load after the first look into memory.
pub(crate) enum Opened<R> {
    /// Memory has an entry that answers the load.
    Rows(R),
    /// Memory has an entry whose rows cannot be decoded.
    Corrupt(Arc<Request>),
    /// The load goes on beyond memory.
    Miss(Arc<Request>, FirstProbe),
}

impl<R> Opened<R> {
    /// Decodes a hit. `plan` plans the query once more if that fails.
    #[inline]
    pub(crate) fn new<U>(planned: Planned, plan: impl FnOnce() -> QueryResult<Plan>) -> QueryResult<Self>
    where
        R: Form<U>,
    {
        Ok(match planned {
            Planned::Load(plan, first) => Self::Miss(plan.request, first),
            Planned::Hit(entry) => match R::decode(&entry) {
                Some(rows) => Self::Rows(rows),
                None => Self::Corrupt(plan()?.request),
            },
        })
    }
}

/// The next step of a load, after everything that needs no connection.
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart at once, and a box would cost an allocation"
)]
pub(super) enum Decision<R> {
    /// The cache has the rows.
    Rows(R),
    /// The caller queries.
    Query(Arc<Request>, Step),
}

/// Looks for the rows beyond memory, and waits for others that query for them.
pub(super) async fn decide<W: Wait, U, R: Form<U>>(wait: &W, opened: Opened<R>) -> QueryResult<Decision<R>> {
    let (request, mut step) = match opened {
        Opened::Rows(rows) => return Ok(Decision::Rows(rows)),
        Opened::Corrupt(request) => {
            let step = request.corrupt();
            (request, step)
        }
        Opened::Miss(request, first) => {
            let step = request.begin(wait, first).await;
            (request, step)
        }
    };
    if let Step::Hit(entry) = &step {
        match R::decode(entry) {
            Some(rows) => return Ok(Decision::Rows(rows)),
            None => step = request.corrupt(),
        }
    }
    match step {
        Step::NotFound => Err(NotFound),
        step => Ok(Decision::Query(request, step)),
    }
}

/// Loads rows in the form `R`: from an entry, or from the database.
pub(super) fn load_as<'query, Q, Conn, U, B, R>(cached: Cached<Q>, conn: &mut Conn) -> QueryResult<R>
where
    Conn: Connection,
    Conn::Backend: KeyBackend,
    Q: LoadQuery<'query, Conn, U, B> + QueryFragment<Conn::Backend> + QueryId,
    U: Cacheable,
    R: Form<U>,
{
    let spec = cached.spec(Some(U::LAYOUT));
    // Nearly every load is a hit, so a hit is handled here, without moving it into a future.
    match spec.look_on::<world::Blocking, _>(conn) {
        Ok(Planned::Hit(entry)) => match R::decode(&entry) {
            Some(rows) => Ok(rows),
            None => load_planned(cached, conn, Planned::Hit(entry)),
        },
        Ok(planned) => load_planned(cached, conn, planned),
        Err(error) => Err(error),
    }
}

/// Goes on after the first look into memory, which has not answered the load.
#[inline(never)]
fn load_planned<'query, Q, Conn, U, B, R>(cached: Cached<Q>, conn: &mut Conn, mut planned: Planned) -> QueryResult<R>
where
    Conn: Connection,
    Conn::Backend: KeyBackend,
    Q: LoadQuery<'query, Conn, U, B> + QueryFragment<Conn::Backend> + QueryId,
    U: Cacheable,
    R: Form<U>,
{
    let spec = cached.spec(Some(U::LAYOUT));
    if matches!(planned, Planned::Load(..)) && doubt::own::ask(conn) {
        planned = spec.look_on::<world::Blocking, _>(conn)?;
    }
    let opened = Opened::new(planned, || spec.plan_on::<world::Blocking, _>(conn))?;
    match now(decide(&Blocking, opened))? {
        Decision::Rows(rows) => Ok(rows),
        Decision::Query(request, step) => query_as(cached, conn, &request, step),
    }
}

/// Queries the database, and stores the rows if the step permits it.
pub(super) fn query_as<'query, Q, Conn, U, B, R>(
    cached: Cached<Q>,
    conn: &mut Conn,
    request: &Arc<Request>,
    mut step: Step,
) -> QueryResult<R>
where
    Conn: Connection,
    Conn::Backend: KeyBackend,
    Q: LoadQuery<'query, Conn, U, B>,
    U: Cacheable,
    R: Form<U>,
{
    if let Step::Fenced = step
        && doubt::settle(conn, &request.core().cache.generations)
    {
        step = now(request.again(&Blocking));
    }
    fault::at(Point::AfterStamp);
    let span = LoadSpan::begin(request.core().name(), request.entry.key);
    let started = Instant::now();
    let rows = span.within(|| {
        cached
            .query
            .internal_load(conn)
            .and_then(Iterator::collect::<QueryResult<Vec<U>>>)
    });
    request.queried(started.elapsed());
    span.ended(if rows.is_ok() { "rows" } else { "error" });
    let rows = match (rows, &step) {
        (Ok(rows), _) => R::from_rows(rows),
        (Err(error), step) if is_outage(&error) => return rescue(request, step).ok_or(error),
        (Err(error), _) => return Err(error),
    };
    fault::at(Point::AfterQuery);
    if let Step::Fill(ticket) = step {
        match encode_rows(rows.rows()) {
            Ok(bytes) => {
                let empty = rows.rows().is_empty();
                let entry = now(request.store(&Blocking, ticket, U::LAYOUT, bytes, empty));
                rows.keep(&entry);
            }
            // The rows are returned anyway.
            Err(error) => request.not_encoded(&error),
        }
    }
    Ok(rows)
}

/// Returns stale rows, if they may be served in place of the database's error.
pub(super) fn rescue<U, R: Form<U>>(request: &Request, step: &Step) -> Option<R> {
    match step {
        Step::Fill(ticket) => R::decode(&*request.rescue(ticket)?),
        _ => None,
    }
}

/// Returns `true` if the database failed, and not the query.
pub(crate) fn is_outage(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(..) | Error::BrokenTransactionManager)
}
