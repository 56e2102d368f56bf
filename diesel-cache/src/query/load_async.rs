//! diesel-async's `load` and its relatives, on a cached query: a future that takes the same steps as
//! [`load`](super::load).
//!
//! The future is written by hand. The types of the inner query's future and stream depend on the connection's lifetime.
//! With a compiler-generated future around them, or a bound that relates the stream to the future, the compiler could
//! not see that the whole is `Send` in `conn.transaction(async |conn| …)`. So the inner future is a type parameter, its
//! output is named only through it, and all other futures are boxed. A hit in memory boxes nothing.

mod steps;

use std::fmt;
use std::future::{self, Future};
use std::mem;
use std::ops::ControlFlow::{self, Break, Continue};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::Error;
use diesel_async::AsyncConnection;
use diesel_async::methods::LoadQuery;
use futures_core::{TryFuture, TryStream};
use tokio::task::coop;

use super::form::{Form, Forming};
use super::load::RowOf;
use super::options::Cached;
use super::plan::{Plan, Planned, QuerySpec};
use super::row_stream::RowStream;
use super::whole::WholeConnection;
use crate::cacheable::Cacheable;
use crate::doubt;
use crate::engine::{Request, Step, Ticket};
use crate::entry::Entry;
use crate::event::RefusalReason;
use crate::key::KeyBackend;
use crate::observe::world;
use crate::telemetry::LoadSpan;
use crate::wait::{TaskStep, Tasks};

impl<'query, Conn, Q, U> LoadQuery<'query, Conn, U> for Cached<Q>
where
    Conn: WholeConnection,
    Conn::Backend: KeyBackend,
    Q: LoadQuery<'query, Conn, U> + QueryFragment<Conn::Backend> + QueryId + Send,
    U: Send,
    <Conn as RowOf<U>>::Row: Cacheable,
{
    type LoadFuture<'conn>
        = Load<'conn, Q, &'conn mut Conn, Q::LoadFuture<'conn>, U, RowStream<U>>
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

/// The connection, and the load's next step if a doubt is over.
type Settled<Conn> = (Conn, Option<Step>);

/// What a first look has found, and what is to be checked before the rows of a query are stored.
type Looked<'conn> = (Planned, Option<Recheck<'conn>>);

/// Says why rows that were queried since the first look must not be stored; `None` if they may be.
pub(super) type Recheck<'conn> = Box<dyn Fn() -> Option<RefusalReason> + Send + 'conn>;

/// The future of a cached load.
///
/// `Conn` is the reference to the connection, `F` is the future of the inner query, and `R` is the form in which the
/// rows are returned. It can be dropped at any point: callers that wait for its rows query the database themselves, or
/// one of them does if this load had not begun to, and the runtime finishes writes to files that have begun.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Load<'conn, Q, Conn, F: TryFuture, U, R> {
    cached: Option<Cached<Q>>,
    conn: Option<Conn>,
    steps: Steps<'conn, Q, Conn, F>,
    form: Forming<U, R>,
    request: Option<Arc<Request>>,
    /// The permission with which the rows are stored.
    ticket: Option<Ticket>,
    /// What is checked before the rows are stored.
    recheck: Option<Recheck<'conn>>,
    span: Option<(LoadSpan, Instant)>,
    stage: Stage<'conn, Conn, F, U, R>,
}

/// What a load does with its connection.
pub(super) struct Steps<'conn, Q, Conn, F> {
    pub(super) look: fn(QuerySpec<'_, Q>, &mut Conn) -> QueryResult<Looked<'conn>>,
    pub(super) plan: fn(QuerySpec<'_, Q>, &mut Conn) -> QueryResult<Plan>,
    pub(super) is_unsure: fn(&mut Conn) -> bool,
    pub(super) probe: fn(Conn) -> Boxed<'conn, Conn>,
    pub(super) settle: fn(Conn, Arc<Request>) -> Boxed<'conn, Settled<Conn>>,
    pub(super) send: fn(Q, Conn) -> F,
}

enum Stage<'conn, Conn, F: TryFuture, U, R> {
    New,
    /// The load asks whether its own connection is in a transaction, and starts again.
    Probing(Boxed<'conn, Conn>),
    /// The load looks in files, or waits for other loads.
    Looking(Boxed<'static, Step>),
    /// The load asks whether writes in doubt are over, and if so takes the permission to store once more.
    Settling(Boxed<'conn, Settled<Conn>>),
    Querying(Pin<Box<F>>),
    Reading(Pin<Box<F::Ok>>, Vec<U>),
    Storing(Boxed<'static, Arc<Entry>>, R),
    Done,
}

/// The next step of a load: it ends, or continues with another stage.
type Next<'conn, Conn, F, U, R> = ControlFlow<QueryResult<R>, Stage<'conn, Conn, F, U, R>>;

impl<'conn, Q, Conn, F, U, R> Load<'conn, Q, &'conn mut Conn, F, U, R>
where
    F: TryFuture,
{
    /// Creates a load that continues with this step: it queries, or answers from an entry.
    pub(super) fn resumed(
        cached: Cached<Q>,
        conn: &'conn mut Conn,
        send: fn(Q, &'conn mut Conn) -> F,
        (request, step): (Arc<Request>, Step),
    ) -> Self
    where
        Conn: AsyncConnection,
        Conn::Backend: KeyBackend,
        Q: QueryFragment<Conn::Backend> + QueryId,
        U: Cacheable,
        R: Form<U>,
    {
        Self {
            request: Some(request),
            stage: Stage::Looking(Box::pin(future::ready(step))),
            ..Self::new(cached, conn, send)
        }
    }

    /// Creates a load that has not been polled yet, on a connection that it alone uses.
    pub(super) fn new(cached: Cached<Q>, conn: &'conn mut Conn, send: fn(Q, &'conn mut Conn) -> F) -> Self
    where
        Conn: AsyncConnection,
        Conn::Backend: KeyBackend,
        Q: QueryFragment<Conn::Backend> + QueryId,
        U: Cacheable,
        R: Form<U>,
    {
        let steps = Steps {
            look: |spec, conn: &mut &'conn mut Conn| Ok((spec.look_on::<world::Async, Conn>(conn)?, None)),
            plan: |spec, conn: &mut &'conn mut Conn| spec.plan_on::<world::Async, Conn>(conn),
            is_unsure: |conn: &mut &'conn mut Conn| doubt::own::question::<world::Async, Conn>(conn).is_some(),
            probe: |conn: &'conn mut Conn| {
                Box::pin(async move {
                    doubt::own::ask_async(conn).await;
                    conn
                })
            },
            settle: |conn: &'conn mut Conn, request| {
                Box::pin(async move {
                    let step = match doubt::settle_async(conn, &request.core().cache.generations).await {
                        true => Some(request.again(&Tasks).await),
                        false => None,
                    };
                    (conn, step)
                })
            },
            send,
        };
        Self::with(cached, conn, steps)
    }
}

impl<'conn, Q, Conn, F, U, R> Load<'conn, Q, Conn, F, U, R>
where
    F: TryFuture,
{
    /// Creates a load that has not been polled yet.
    pub(super) fn with(cached: Cached<Q>, conn: Conn, steps: Steps<'conn, Q, Conn, F>) -> Self
    where
        U: Cacheable,
        R: Form<U>,
    {
        Self {
            cached: Some(cached),
            conn: Some(conn),
            steps,
            form: Forming::NEW,
            request: None,
            ticket: None,
            recheck: None,
            span: None,
            stage: Stage::New,
        }
    }
}

/// Everything that is pinned in it has a box of its own.
impl<Q, Conn, F: TryFuture, U, R> Unpin for Load<'_, Q, Conn, F, U, R> {}

/// There are no bounds on the connection here, so a connection on which the query cannot be loaded gives one error, at
/// the load, and none at the `.await`.
impl<Q, Conn, F, U, R> Future for Load<'_, Q, Conn, F, U, R>
where
    F: TryFuture<Error = Error>,
    F::Ok: TryStream<Ok = U, Error = Error>,
{
    type Output = QueryResult<R>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let _step = TaskStep::begin();
        let this = &mut *self;
        loop {
            let next = match &mut this.stage {
                Stage::New => {
                    // A hit in memory never waits, but a task with a long series of hits must yield to other tasks.
                    ready!(coop::poll_proceed(context)).made_progress();
                    this.begin()
                }
                Stage::Probing(probing) => {
                    this.conn = Some(ready!(probing.as_mut().poll(context)));
                    Continue(Stage::New)
                }
                Stage::Looking(looking) => {
                    let step = ready!(looking.as_mut().poll(context));
                    this.follow(step)
                }
                Stage::Settling(settling) => {
                    let (conn, step) = ready!(settling.as_mut().poll(context));
                    this.conn = Some(conn);
                    if let Some(Step::Fill(ticket)) = step {
                        this.ticket = Some(ticket);
                    }
                    Continue(this.query())
                }
                Stage::Querying(querying) => {
                    match ready!(Self::within(&this.span, || querying.as_mut().try_poll(context))) {
                        Ok(stream) => Continue(Stage::Reading(Box::pin(stream), Vec::new())),
                        Err(error) => this.failed(error),
                    }
                }
                Stage::Reading(stream, rows) => {
                    match ready!(Self::within(&this.span, || stream.as_mut().try_poll_next(context))) {
                        Some(Ok(row)) => {
                            rows.push(row);
                            continue;
                        }
                        Some(Err(error)) => this.failed(error),
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
                    (this.form.keep)(&rows, &entry);
                    Break(Ok(rows))
                }
                // The future was polled after completion, which futures need not support.
                Stage::Done => return Poll::Pending,
            };
            match next {
                Break(output) => {
                    this.stage = Stage::Done;
                    return Poll::Ready(output);
                }
                Continue(stage) => this.stage = stage,
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
