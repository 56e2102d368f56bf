//! diesel-async's `load` and its siblings, on a cached query: the same steps as [`load`](super::load), taken by a future.
//!
//! The future is written by hand. The types of the inner query's future and stream depend on the connection's lifetime, and a
//! compiler-made future around them, or a bound that says which stream belongs to which future, would keep
//! `conn.transaction(async |conn| …)` from seeing that all of it is `Send`. So the future is a parameter here, what it gives has no
//! other name than that, and what is done without it is boxed: a hit in memory boxes nothing.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::Error;
use diesel::{NotFound, QueryResult};
use diesel_async::AsyncConnection;
use diesel_async::methods::LoadQuery;
use futures_core::{Stream, TryFuture, TryStream};

use super::Cached;
use super::form::{Form, Rows};
use super::load::{RowOf, is_outage};
use super::plan::{Asked, Plan, Planned};
use crate::cacheable::{Cacheable, encode_rows};
use crate::doubt;
use crate::entry::Entry;
use crate::fault::{self, Point};
use crate::key::KeyBackend;
use crate::observability::Asking;
use crate::observe::world;
use crate::region::{Request, Step, Tasks, Ticket};

impl<'query, Conn, Q, U> LoadQuery<'query, Conn, U> for Cached<Q>
where
    Conn: AsyncConnection,
    Conn::Backend: KeyBackend,
    Q: LoadQuery<'query, Conn, U> + QueryFragment<Conn::Backend> + QueryId + Send,
    U: Send,
    <Conn as RowOf<U>>::Row: Cacheable,
{
    type LoadFuture<'conn>
        = Load<'conn, Q, Conn, Q::LoadFuture<'conn>, U, RowStream<U>>
    where
        Conn: 'conn;

    type Stream<'conn>
        = RowStream<U>
    where
        Conn: 'conn;

    fn internal_load(self, conn: &mut Conn) -> Self::LoadFuture<'_> {
        Load::new(self, conn, Q::internal_load)
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The future of a cached load.
///
/// `F` is the future of the query inside, `R` the form in which the rows are returned. Dropped at any point, it
/// leaves nothing behind: callers that wait for its rows ask for themselves, and what it has begun to write to files is finished
/// by the runtime.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Load<'conn, Q, Conn, F: TryFuture, U, R> {
    cached: Option<Cached<Q>>,
    conn: Option<&'conn mut Conn>,
    look: fn(Asked<'_, Q>, &mut Conn) -> QueryResult<Planned>,
    plan: fn(Asked<'_, Q>, &mut Conn) -> QueryResult<Plan>,
    ask: fn(Q, &'conn mut Conn) -> F,
    request: Option<Arc<Request>>,
    /// What the rows are stored with.
    ticket: Option<Ticket>,
    asking: Option<(Asking, Instant)>,
    stage: Stage<'conn, Conn, F, U, R>,
}

enum Stage<'conn, Conn, F: TryFuture, U, R> {
    New,
    /// It looks in files, or waits for others.
    Looking(Boxed<'static, Step>),
    /// It asks whether those who left writes in doubt are gone.
    Settling(Boxed<'conn, &'conn mut Conn>),
    Asking(Pin<Box<F>>),
    Reading(Pin<Box<F::Ok>>, Vec<U>),
    Storing(Boxed<'static, Arc<Entry>>, R),
    Done,
}

impl<'conn, Q, Conn, F, U, R> Load<'conn, Q, Conn, F, U, R>
where
    F: TryFuture,
    U: Cacheable,
{
    /// A load that has yet to be polled.
    pub(super) fn new(cached: Cached<Q>, conn: &'conn mut Conn, ask: fn(Q, &'conn mut Conn) -> F) -> Self
    where
        Conn: AsyncConnection,
        Conn::Backend: KeyBackend,
        Q: QueryFragment<Conn::Backend> + QueryId,
    {
        Self {
            cached: Some(cached),
            conn: Some(conn),
            look: |asked, conn| asked.look_on::<world::Async, Conn>(conn),
            plan: |asked, conn| asked.plan_on::<world::Async, Conn>(conn),
            ask,
            request: None,
            ticket: None,
            asking: None,
            stage: Stage::New,
        }
    }
}

#[allow(private_bounds, reason = "none of it is for users")]
impl<'conn, Q, Conn, F, U, R> Load<'conn, Q, Conn, F, U, R>
where
    Conn: AsyncConnection,
    F: TryFuture,
    U: Cacheable,
    R: Form<U>,
{
    /// The first look. It is a load's beginning: what is committed before it is seen.
    fn begin(&mut self) -> QueryResult<Result<R, Stage<'conn, Conn, F, U, R>>> {
        let (Some(cached), Some(conn)) = (&self.cached, &mut self.conn) else {
            return Ok(Err(Stage::Done));
        };
        let layout = Some(U::LAYOUT);
        let request = match (self.look)(cached.asked(layout), conn)? {
            Planned::Hit(entry) => match R::decode(&entry) {
                Some(rows) => return Ok(Ok(rows)),
                None => {
                    let request = (self.plan)(cached.asked(layout), conn)?.request;
                    let step = request.corrupt();
                    self.request = Some(request);
                    return match self.follow(step) {
                        Ok(rows) => rows.map(Ok),
                        Err(stage) => Ok(Err(stage)),
                    };
                }
            },
            Planned::Load(plan) => plan.request,
        };
        self.request = Some(Arc::clone(&request));
        Ok(Err(Stage::Looking(Box::pin(
            async move { request.begin(&Tasks).await },
        ))))
    }

    /// Goes on with what was decided: with rows, or another stage.
    fn follow(&mut self, mut step: Step) -> Result<QueryResult<R>, Stage<'conn, Conn, F, U, R>> {
        let Some(request) = &self.request else {
            return Err(Stage::Done);
        };
        if let Step::Hit(entry) = &step {
            match R::decode(entry) {
                Some(rows) => return Ok(Ok(rows)),
                None => step = request.corrupt(),
            }
        }
        match step {
            Step::NotFound => return Ok(Err(NotFound)),
            Step::Fenced => {
                let generations = request.region.context.generations.clone();
                if let Some(conn) = self.conn.take() {
                    return Err(Stage::Settling(Box::pin(async move {
                        doubt::settle_async(conn, &generations).await;
                        conn
                    })));
                }
            }
            Step::Fill(ticket) => self.ticket = Some(ticket),
            Step::Query | Step::Hit(_) => {}
        }
        Err(self.ask())
    }

    fn ask(&mut self) -> Stage<'conn, Conn, F, U, R> {
        match (self.cached.take(), self.conn.take(), &self.request) {
            (Some(cached), Some(conn), Some(request)) => {
                fault::at(Point::AfterStamp);
                let asking = Asking::begin(request.region.name(), request.accept.key);
                let asked = asking.within(|| (self.ask)(cached.query, conn));
                self.asking = Some((asking, Instant::now()));
                Stage::Asking(Box::pin(asked))
            }
            _ => Stage::Done,
        }
    }

    fn asked(&self, outcome: &str) {
        if let (Some(request), Some((asking, started))) = (&self.request, &self.asking) {
            request.asked(started.elapsed());
            asking.ended(outcome);
        }
    }

    /// Goes on with the query inside, as a part of its span.
    fn within<T>(asking: &Option<(Asking, Instant)>, ask: impl FnOnce() -> T) -> T {
        match asking {
            Some((asking, _)) => asking.within(ask),
            None => ask(),
        }
    }

    /// The database has refused, or is not there.
    fn failed(&mut self, error: Error) -> QueryResult<R> {
        self.asked("error");
        match (&self.request, &self.ticket) {
            (Some(request), Some(ticket)) if is_outage(&error) => {
                request.rescue(ticket).and_then(|entry| R::decode(&entry)).ok_or(error)
            }
            _ => Err(error),
        }
    }

    /// The database has sent all rows: with them, or with the stage in which they are stored.
    fn loaded(&mut self, rows: Vec<U>) -> Result<QueryResult<R>, Stage<'conn, Conn, F, U, R>> {
        self.asked("rows");
        let rows = R::from_rows(rows);
        fault::at(Point::AfterQuery);
        let (Some(request), Some(ticket)) = (self.request.take(), self.ticket.take()) else {
            return Ok(Ok(rows));
        };
        match encode_rows(rows.rows()) {
            Ok(bytes) => {
                let empty = rows.rows().is_empty();
                let storing = async move { request.finish(&Tasks, ticket, U::LAYOUT, bytes, empty).await };
                Err(Stage::Storing(Box::pin(storing), rows))
            }
            Err(error) => {
                // They are returned all the same.
                request.not_encoded(&error);
                Ok(Ok(rows))
            }
        }
    }
}

/// Nothing is pinned in it that is not in a box of its own.
impl<Q, Conn, F: TryFuture, U, R> Unpin for Load<'_, Q, Conn, F, U, R> {}

impl<Q, Conn, F, U, R> Future for Load<'_, Q, Conn, F, U, R>
where
    Conn: AsyncConnection,
    F: TryFuture<Error = Error>,
    F::Ok: TryStream<Ok = U, Error = Error>,
    U: Cacheable,
    R: Form<U>,
{
    type Output = QueryResult<R>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            let next = match &mut this.stage {
                Stage::New => match this.begin() {
                    Ok(Ok(rows)) => Ok(Ok(rows)),
                    Ok(Err(stage)) => Err(stage),
                    Err(error) => Ok(Err(error)),
                },
                Stage::Looking(looking) => {
                    let step = ready!(looking.as_mut().poll(context));
                    this.follow(step)
                }
                Stage::Settling(settling) => {
                    this.conn = Some(ready!(settling.as_mut().poll(context)));
                    Err(this.ask())
                }
                Stage::Asking(asking) => match ready!(Self::within(&this.asking, || asking.as_mut().try_poll(context)))
                {
                    Ok(stream) => Err(Stage::Reading(Box::pin(stream), Vec::new())),
                    Err(error) => Ok(this.failed(error)),
                },
                Stage::Reading(stream, rows) => {
                    match ready!(Self::within(&this.asking, || stream.as_mut().try_poll_next(context))) {
                        Some(Ok(row)) => {
                            rows.push(row);
                            continue;
                        }
                        Some(Err(error)) => Ok(this.failed(error)),
                        None => {
                            let rows = mem::take(rows);
                            this.loaded(rows)
                        }
                    }
                }
                Stage::Storing(storing, _) => {
                    let entry = ready!(storing.as_mut().poll(context));
                    let Stage::Storing(_, rows) = mem::replace(&mut this.stage, Stage::Done) else {
                        continue;
                    };
                    rows.keep(&entry);
                    Ok(Ok(rows))
                }
                // Polled again after its end, which futures need not bear.
                Stage::Done => return Poll::Pending,
            };
            match next {
                Ok(output) => {
                    this.stage = Stage::Done;
                    return Poll::Ready(output);
                }
                Err(stage) => this.stage = stage,
            }
        }
    }
}

impl<Q, Conn, F: TryFuture, U, R> fmt::Debug for Load<'_, Q, Conn, F, U, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// The rows of a cached query as a stream, all of them read already.
#[derive(Clone, Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct RowStream<U>(Rows<U>);

impl<U: Cacheable> Form<U> for RowStream<U> {
    fn decode(entry: &Entry) -> Option<Self> {
        Rows::decode(entry).map(Self)
    }

    fn from_rows(rows: Vec<U>) -> Self {
        Self(Rows::from_rows(rows))
    }

    fn rows(&self) -> &[U] {
        self.0.rows()
    }
}

/// The rows lie on the heap.
impl<U> Unpin for RowStream<U> {}

impl<U> Stream for RowStream<U> {
    type Item = QueryResult<U>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}
