//! Diesel's `load` and its relatives, on a cached query.

use std::time::Instant;

use diesel::connection::Connection;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;
use diesel::result::Error;
use diesel::{NotFound, QueryResult, RunQueryDsl};

use super::Cached;
use super::form::{Form, Rows};
use super::plan::Planned;
use crate::cacheable::{Cacheable, encode_rows};
use crate::doubt;
use crate::engine::Step;
use crate::fault::{self, Point};
use crate::key::KeyBackend;
use crate::observe::world;
use crate::telemetry::LoadSpan;
use crate::wait::{Blocking, now};

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
    let mut planned = spec.look_on::<world::Blocking, _>(conn)?;
    if matches!(planned, Planned::Load(..)) && doubt::own::ask(conn) {
        planned = spec.look_on::<world::Blocking, _>(conn)?;
    }
    let (plan, mut step) = match planned {
        Planned::Load(plan, first) => {
            let step = now(plan.request.begin(&Blocking, first));
            (plan, step)
        }
        Planned::Hit(entry) => match R::decode(&entry) {
            Some(rows) => return Ok(rows),
            None => {
                let plan = spec.plan_on::<world::Blocking, _>(conn)?;
                let step = plan.request.corrupt();
                (plan, step)
            }
        },
    };
    let request = &plan.request;
    if let Step::Hit(entry) = &step {
        match R::decode(entry) {
            Some(rows) => return Ok(rows),
            None => step = request.corrupt(),
        }
    }
    if let Step::NotFound = step {
        return Err(NotFound);
    }
    if let Step::Fenced = step
        && doubt::settle(conn, &request.core().context.generations)
    {
        step = now(request.again(&Blocking));
    }
    fault::at(Point::AfterStamp);
    let span = LoadSpan::begin(request.core().name(), plan.key());
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
        (Err(error), Step::Fill(ticket)) if is_outage(&error) => {
            return request.rescue(ticket).and_then(|entry| R::decode(&entry)).ok_or(error);
        }
        (Err(error), _) => return Err(error),
    };
    fault::at(Point::AfterQuery);
    if let Step::Fill(ticket) = step {
        match encode_rows(rows.rows()) {
            Ok(bytes) => {
                let empty = rows.rows().is_empty();
                let entry = now(request.finish(&Blocking, ticket, U::LAYOUT, bytes, empty));
                rows.keep(&entry);
            }
            // The rows are returned anyway.
            Err(error) => request.not_encoded(&error),
        }
    }
    Ok(rows)
}

/// Whether the database failed, and not the query.
pub(super) fn is_outage(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(..) | Error::BrokenTransactionManager)
}
