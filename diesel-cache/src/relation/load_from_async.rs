//! Loading many keys from a pool of diesel-async, whose connection is taken only if something is missing.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::query_builder::{QueryFragment, QueryId};
use diesel_async::AsyncConnectionCore;
use diesel_async::methods::LoadQuery;
use tokio::task::yield_now;

use super::answers::Answers;
use super::batch::{Batch, Next};
use super::key::KeyOf;
use super::load_async::{Boxed, KEYS_IN_A_ROW, ask, load};
use super::many::{LoadMany, RowsPerKey};
use super::run::RunMany;
use super::separable::Separate;
use crate::cacheable::Cacheable;
use crate::doubt;
use crate::event::RefusalReason;
use crate::key::KeyBackend;
use crate::observe::{QueryContext, world};
use crate::pool::{AsyncConnectionSource, LazyPool, LoadFromError, Verified};
use crate::query::{Form, RowOf, Viewpoint};
use crate::wait::{Tasks, on_task};

/// The backend of a pool's connections.
type DbOf<P> = <<P as AsyncConnectionSource>::Connection as AsyncConnectionCore>::Backend;

/// A connection, and why its rows must not be stored, if they must not.
type Link<P> = (
    <P as AsyncConnectionSource>::Connection,
    Result<Verified, RefusalReason>,
);

impl<'query: 'p, 'p, Q, C, K, N, P, U> RunMany<'query, &'p LazyPool<P>, U, world::Async> for LoadMany<Q, C, K, N>
where
    P: AsyncConnectionSource,
    DbOf<P>: KeyBackend,
    Q: Separate<C, K> + Send + 'p,
    Q::One: LoadQuery<'query, P::Connection, U> + QueryFragment<DbOf<P>> + QueryId + Send + 'p,
    Q::Many: LoadQuery<'query, P::Connection, (U, K)> + Send + 'p,
    C: Copy + Send + 'p,
    K: KeyOf<C> + Send + 'p,
    N: RowsPerKey + 'p,
    U: Send + 'static,
    <P::Connection as RowOf<U>>::Row: Cacheable,
{
    type Key = K;
    type Rows = N;
    type Answer<T> = Boxed<'p, Result<T, LoadFromError<P::Error>>>;

    fn by_key(self, pool: &'p LazyPool<P>) -> Self::Answer<HashMap<K, N::ByKey<U>>> {
        Box::pin(on_task(move || async move {
            Ok(load_from::<Q, C, K, N, P, U, Vec<U>>(self, pool).await?.by_key::<N>())
        }))
    }

    fn in_order(self, pool: &'p LazyPool<P>) -> Self::Answer<Vec<N::InOrder<U>>>
    where
        U: Clone,
    {
        Box::pin(on_task(move || async move {
            Ok(load_from::<Q, C, K, N, P, U, Vec<U>>(self, pool).await?.in_order::<N>())
        }))
    }

    fn shared(self, pool: &'p LazyPool<P>) -> Self::Answer<Vec<Arc<[U]>>>
    where
        U: Cacheable + Send + Sync,
    {
        Box::pin(on_task(move || async move {
            Ok(load_from::<Q, C, K, N, P, U, Arc<[U]>>(self, pool).await?.shared())
        }))
    }
}

async fn load_from<'query, Q, C, K, N, P, U, R>(
    many: LoadMany<Q, C, K, N>,
    pool: &LazyPool<P>,
) -> Result<Answers<K, R>, LoadFromError<P::Error>>
where
    P: AsyncConnectionSource,
    DbOf<P>: KeyBackend,
    Q: Separate<C, K> + Send,
    Q::One: LoadQuery<'query, P::Connection, U> + QueryFragment<DbOf<P>> + QueryId + Send,
    Q::Many: LoadQuery<'query, P::Connection, (U, K)> + Send,
    C: Copy + Send,
    K: KeyOf<C> + Send,
    N: RowsPerKey,
    U: Cacheable + Send + 'static,
    R: Form<U> + Send + 'static,
{
    let Some(assumed) = pool.context().get().cloned() else {
        if many.keys.sorted.is_empty() {
            return Ok(Answers::none(many.keys));
        }
        let mut conn = pool.get_ref().connection().await.map_err(LoadFromError::Connection)?;
        doubt::own::ask_async(&mut conn).await;
        pool.meet::<world::Async, _>(&mut conn)?.ok();
        return Ok(load(many, &mut conn).await?);
    };
    let from = || Viewpoint::of_pool(pool.cache(), &assumed);
    let mut batch: Batch<K, U, R> = many.batch();
    while many.look_from::<DbOf<P>, _, _>(&mut batch, from, KEYS_IN_A_ROW)? {
        yield_now().await;
    }
    if many.may_ask::<DbOf<P>, _, _>(&mut batch)? {
        batch.refresh(&Tasks).await;
    }
    let mut link: Option<Link<P>> = None;
    loop {
        let next = batch.next(&Tasks).await?;
        if matches!(next, Next::Done) {
            return Ok(many.answers(batch));
        }
        // The leader of a flight takes its connection as the leader.
        let (mut conn, verified) = match link.take() {
            Some(link) => link,
            None => match connect(pool, &assumed).await {
                Ok(link) => link,
                Err(LoadFromError::Connection(_)) if batch.unconnected() => continue,
                Err(error) => return Err(error),
            },
        };
        match next {
            Next::Done => {}
            Next::Settle(request) => {
                let is_over = doubt::settle_async(&mut conn, &request.core().cache.generations).await;
                batch.settled(&Tasks, is_over).await;
            }
            Next::Ask(question, span) => {
                batch.connected(verified);
                let rows = ask(&many, &mut conn, question, &span).await;
                batch.answer(&Tasks, span, rows).await?;
            }
        }
        // While it waits for others, it holds no connection that they may need.
        link = batch.has_questions().then_some((conn, verified));
    }
}

async fn connect<P: AsyncConnectionSource>(
    pool: &LazyPool<P>,
    assumed: &QueryContext,
) -> Result<Link<P>, LoadFromError<P::Error>> {
    let mut conn = pool.get_ref().connection().await.map_err(LoadFromError::Connection)?;
    doubt::own::ask_async(&mut conn).await;
    let verified = pool.verify::<world::Async, _>(&mut conn, assumed)?;
    Ok((conn, verified))
}
