//! Loads that take their connection from a pool of diesel-async, and only if they query the database.
//!
//! They take the steps of [`load_from`](super::load_from). A load owns its connection, so unlike
//! [`Load`] the future can leave the rest to the compiler, in a box; a hit in memory boxes nothing.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use diesel::query_builder::{QueryFragment, QueryId};
use diesel::{NotFound, QueryResult};
use diesel_async::AsyncConnectionCore;
use diesel_async::methods::LoadQuery;
use tokio::task::coop;

use super::explain::Explanation;
use super::form::Form;
use super::load::{Decision, Opened, RowOf, decide};
use super::load_async::Load;
use super::load_from::{go_on, unconnected};
use super::load_from_dsl::{LoadFrom, LoadFromDsl};
use super::options::Cached;
use super::viewpoint::Viewpoint;
use crate::cacheable::Cacheable;
use crate::doubt;
use crate::engine::Lookup;
use crate::key::KeyBackend;
use crate::observe::world;
use crate::pool::{AsyncConnectionSource, LazyPool, LoadFromError};
use crate::wait::{TaskStep, Tasks, Wait};

type Boxed<'p, T> = Pin<Box<dyn Future<Output = T> + Send + 'p>>;

/// The backend of a pool's connections.
type DbOf<P> = <<P as AsyncConnectionSource>::Connection as AsyncConnectionCore>::Backend;

/// The future of a load from a [`LazyPool`].
///
/// It can be dropped at any point, like that of [`load`](crate::Load).
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct LoadFromFuture<'p, Q, P, T, E> {
    cached: Option<Cached<Q>>,
    pool: &'p LazyPool<P>,
    begin: fn(Cached<Q>, &'p LazyPool<P>) -> Begun<'p, T, E>,
    rest: Option<Boxed<'p, Result<T, E>>>,
}

/// A load after its first look.
enum Begun<'p, T, E> {
    Done(Result<T, E>),
    Rest(Boxed<'p, Result<T, E>>),
}

impl<Q, P, T, E> Unpin for LoadFromFuture<'_, Q, P, T, E> {}

impl<Q, P, T, E> Future for LoadFromFuture<'_, Q, P, T, E> {
    type Output = Result<T, E>;

    /// The load begins at the first poll: it sees everything that was committed before.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let _step = TaskStep::begin();
        let this = &mut *self;
        if this.cached.is_some() {
            // A hit in memory never waits, but a task with a long series of hits must yield to other tasks.
            ready!(coop::poll_proceed(context)).made_progress();
        }
        if let Some(cached) = this.cached.take() {
            match (this.begin)(cached, this.pool) {
                Begun::Done(result) => return Poll::Ready(result),
                Begun::Rest(rest) => this.rest = Some(rest),
            }
        }
        match &mut this.rest {
            Some(rest) => rest.as_mut().poll(context),
            // The future was polled after completion, which futures need not support.
            None => Poll::Pending,
        }
    }
}

impl<Q, P, T, E> fmt::Debug for LoadFromFuture<'_, Q, P, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadFromFuture")
            .field("pool", self.pool)
            .finish_non_exhaustive()
    }
}

impl<'query, Q, P, U> LoadFrom<'query, P, U, world::Async> for Cached<Q>
where
    P: AsyncConnectionSource,
    DbOf<P>: KeyBackend,
    Q: LoadQuery<'query, P::Connection, U> + QueryFragment<DbOf<P>> + QueryId + Send,
    U: Send + 'static,
    <P::Connection as RowOf<U>>::Row: Cacheable,
{
    type Loaded<'p, T>
        = LoadFromFuture<'p, Q, P, T, LoadFromError<P::Error>>
    where
        P: 'p,
        Self: 'p;

    fn rows_from<'p>(self, pool: &'p LazyPool<P>) -> Self::Loaded<'p, Vec<U>>
    where
        Self: 'p,
    {
        loading(self, pool, |cached, pool| begin(cached, pool, Ok))
    }

    fn row_from<'p>(self, pool: &'p LazyPool<P>) -> Self::Loaded<'p, U>
    where
        Self: 'p,
    {
        loading(self, pool, |cached, pool| {
            begin(cached, pool, |rows: Vec<U>| rows.into_iter().next().ok_or(NotFound))
        })
    }

    fn shared_from<'p>(self, pool: &'p LazyPool<P>) -> Self::Loaded<'p, Arc<[U]>>
    where
        Self: 'p,
        U: Cacheable + Send + Sync,
    {
        loading(self, pool, |cached, pool| begin(cached, pool, Ok))
    }
}

impl<Q, P> LoadFromDsl<P, world::Async> for Cached<Q>
where
    P: AsyncConnectionSource,
    DbOf<P>: KeyBackend,
    Q: QueryFragment<DbOf<P>> + QueryId + Send,
{
    type Answer<'p, T: Send + 'static>
        = Boxed<'p, Result<T, LoadFromError<P::Error>>>
    where
        P: 'p,
        Self: 'p;

    fn lookup_from<'p, U>(self, pool: &'p LazyPool<P>) -> Self::Answer<'p, Option<Lookup<U>>>
    where
        Self: 'p,
        U: Cacheable + Send + Sync,
    {
        Box::pin(async move {
            let plan = seen_from(self, pool, |query, from| {
                query.spec(Some(U::LAYOUT)).plan::<DbOf<P>>(from)
            })
            .await?;
            Ok(Tasks.blocking(move || Lookup::of(&plan.request)).await)
        })
    }

    fn invalidate_from<'p>(self, pool: &'p LazyPool<P>) -> Self::Answer<'p, bool>
    where
        Self: 'p,
    {
        Box::pin(async move {
            let plan = seen_from(self, pool, |query, from| query.spec(None).plan::<DbOf<P>>(from)).await?;
            Ok(Tasks.blocking(move || plan.request.remove()).await)
        })
    }

    fn explain_from<'p>(self, pool: &'p LazyPool<P>) -> Self::Answer<'p, Explanation>
    where
        Self: 'p,
    {
        Box::pin(async move {
            let options = self.options;
            let explained = seen_from(self, pool, |query, from| query.spec(None).explain::<DbOf<P>>(from)).await?;
            Ok(Tasks.blocking(move || Explanation::of(explained, &options)).await)
        })
    }
}

/// Looks at a query as the pool's connections see it. Takes a connection if the cache does not know them.
async fn seen_from<Q, P: AsyncConnectionSource, T>(
    query: Cached<Q>,
    pool: &LazyPool<P>,
    see: fn(&Cached<Q>, Viewpoint<'_>) -> QueryResult<T>,
) -> Result<T, LoadFromError<P::Error>> {
    let seen = pool
        .context()
        .get()
        .map(|context| see(&query, Viewpoint::of_pool(pool.cache(), context)));
    if let Some(seen) = seen {
        return Ok(seen?);
    }
    let mut conn = connection(pool).await?;
    pool.meet::<world::Async, _>(&mut conn)?.ok();
    let from = Viewpoint::of_connection::<world::Async, _>(&mut conn).map_err(diesel::result::Error::from)?;
    Ok(see(&query, from)?)
}

fn loading<'p, Q, P, T, E>(
    cached: Cached<Q>,
    pool: &'p LazyPool<P>,
    begin: fn(Cached<Q>, &'p LazyPool<P>) -> Begun<'p, T, E>,
) -> LoadFromFuture<'p, Q, P, T, E> {
    LoadFromFuture {
        cached: Some(cached),
        pool,
        begin,
        rest: None,
    }
}

async fn connection<P: AsyncConnectionSource>(pool: &LazyPool<P>) -> Result<P::Connection, LoadFromError<P::Error>> {
    pool.get_ref().connection().await.map_err(LoadFromError::Connection)
}

/// Looks in memory. Everything else is left to a future.
fn begin<'query, 'p, Q, P, U, R, T: 'p>(
    cached: Cached<Q>,
    pool: &'p LazyPool<P>,
    finish: fn(R) -> QueryResult<T>,
) -> Begun<'p, T, LoadFromError<P::Error>>
where
    P: AsyncConnectionSource,
    DbOf<P>: KeyBackend,
    Q: LoadQuery<'query, P::Connection, U> + QueryFragment<DbOf<P>> + QueryId + Send + 'p,
    U: Cacheable + Send + 'static,
    R: Form<U> + Send + 'static,
{
    let known = pool.context();
    let Some(context) = known.get() else {
        return Begun::Rest(Box::pin(async move { Ok(finish(on_connection(cached, pool).await?)?) }));
    };
    let spec = cached.spec(Some(U::LAYOUT));
    let from = || Viewpoint::of_pool(pool.cache(), context);
    let planned = spec.look::<DbOf<P>>(from());
    let opened = planned.and_then(|planned| Opened::<R>::new(planned, || spec.plan::<DbOf<P>>(from())));
    let opened = match opened {
        Ok(Opened::Rows(rows)) => return Begun::Done(finish(rows).map_err(LoadFromError::Query)),
        Ok(opened) => opened,
        Err(error) => return Begun::Done(Err(error.into())),
    };
    let assumed = context.clone();
    Begun::Rest(Box::pin(async move {
        let (request, step) = match decide(&Tasks, opened).await? {
            Decision::Rows(rows) => return Ok(finish(rows)?),
            Decision::Query(request, step) => (request, step),
        };
        // The leader of a flight takes its connection as the leader.
        let mut conn = match connection(pool).await {
            Ok(conn) => conn,
            Err(error) => return Ok(finish(unconnected(&request, step).ok_or(error)?)?),
        };
        doubt::own::ask_async(&mut conn).await;
        let verified = pool.verify::<world::Async, _>(&mut conn, &assumed)?;
        let step = go_on(&request, step, verified);
        let load = Load::resumed(cached, &mut conn, Q::internal_load, (request, step));
        Ok(finish(load.await?)?)
    }))
}

/// Loads on a connection of the pool, and learns its context.
async fn on_connection<'query, Q, P, U, R>(cached: Cached<Q>, pool: &LazyPool<P>) -> Result<R, LoadFromError<P::Error>>
where
    P: AsyncConnectionSource,
    DbOf<P>: KeyBackend,
    Q: LoadQuery<'query, P::Connection, U> + QueryFragment<DbOf<P>> + QueryId + Send,
    U: Cacheable + Send + 'static,
    R: Form<U> + Send + 'static,
{
    let mut conn = connection(pool).await?;
    doubt::own::ask_async(&mut conn).await;
    pool.meet::<world::Async, _>(&mut conn)?.ok();
    Ok(Load::new(cached, &mut conn, Q::internal_load).await?)
}
