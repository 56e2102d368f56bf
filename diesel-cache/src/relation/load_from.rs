//! Loading many keys from a pool, whose connection is taken only if something is missing.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::connection::Connection;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;

use super::answers::Answers;
use super::batch::{Batch, Next};
use super::key::KeyOf;
use super::load::{ask, load};
use super::many::{LoadMany, RowsPerKey};
use super::run::RunMany;
use super::separable::Separate;
use crate::cacheable::Cacheable;
use crate::doubt;
use crate::event::RefusalReason;
use crate::key::KeyBackend;
use crate::observe::{QueryContext, world};
use crate::pool::{ConnectionSource, LazyPool, LoadFromError, Verified};
use crate::query::{Form, RowOf, Viewpoint};
use crate::wait::{Blocking, now};

/// The backend of a pool's connections.
type DbOf<P> = <<P as ConnectionSource>::Connection as Connection>::Backend;

/// A connection, and why its rows must not be stored, if they must not.
type Link<P> = (<P as ConnectionSource>::Connection, Result<Verified, RefusalReason>);

impl<'query, 'p, Q, C, K, N, P, U> RunMany<'query, &'p LazyPool<P>, U, world::Blocking> for LoadMany<Q, C, K, N>
where
    P: ConnectionSource,
    DbOf<P>: KeyBackend,
    Q: Separate<C, K>,
    Q::One: LoadQuery<'query, P::Connection, U> + QueryFragment<DbOf<P>> + QueryId,
    Q::Many: LoadQuery<'query, P::Connection, (U, K)>,
    C: Copy,
    K: KeyOf<C>,
    N: RowsPerKey,
    <P::Connection as RowOf<U>>::Row: Cacheable,
{
    type Key = K;
    type Rows = N;
    type Answer<T> = Result<T, LoadFromError<P::Error>>;

    fn by_key(self, pool: &'p LazyPool<P>) -> Self::Answer<HashMap<K, N::ByKey<U>>> {
        Ok(load_from::<Q, C, K, N, P, U, Vec<U>>(self, pool)?.by_key::<N>())
    }

    fn in_order(self, pool: &'p LazyPool<P>) -> Self::Answer<Vec<N::InOrder<U>>>
    where
        U: Clone,
    {
        Ok(load_from::<Q, C, K, N, P, U, Vec<U>>(self, pool)?.in_order::<N>())
    }

    fn shared(self, pool: &'p LazyPool<P>) -> Self::Answer<Vec<Arc<[U]>>>
    where
        U: Cacheable + Send + Sync,
    {
        Ok(load_from::<Q, C, K, N, P, U, Arc<[U]>>(self, pool)?.shared())
    }
}

fn load_from<'query, Q, C, K, N, P, U, R>(
    many: LoadMany<Q, C, K, N>,
    pool: &LazyPool<P>,
) -> Result<Answers<K, R>, LoadFromError<P::Error>>
where
    P: ConnectionSource,
    DbOf<P>: KeyBackend,
    Q: Separate<C, K>,
    Q::One: LoadQuery<'query, P::Connection, U> + QueryFragment<DbOf<P>> + QueryId,
    Q::Many: LoadQuery<'query, P::Connection, (U, K)>,
    C: Copy,
    K: KeyOf<C>,
    N: RowsPerKey,
    U: Cacheable,
    R: Form<U>,
{
    let known = pool.context();
    let Some(assumed) = known.get() else {
        if many.keys.sorted.is_empty() {
            return Ok(Answers::none(many.keys));
        }
        let mut conn = connection(pool)?;
        doubt::own::ask(&mut conn);
        pool.meet::<world::Blocking, _>(&mut conn)?.ok();
        return Ok(load(many, &mut conn)?);
    };
    let from = || Viewpoint::of_pool(pool.cache(), assumed);
    let mut batch: Batch<K, U, R> = many.batch();
    many.look_from::<DbOf<P>, _, _>(&mut batch, from, usize::MAX)?;
    if many.may_ask::<DbOf<P>, _, _>(&mut batch)? {
        now(batch.refresh(&Blocking));
    }
    let mut link: Option<Link<P>> = None;
    loop {
        let next = now(batch.next(&Blocking))?;
        if matches!(next, Next::Done) {
            return Ok(many.answers(batch));
        }
        // The leader of a flight takes its connection as the leader.
        let (mut conn, verified) = match link.take() {
            Some(link) => link,
            None => match connect(pool, assumed) {
                Ok(link) => link,
                Err(LoadFromError::Connection(_)) if batch.unconnected() => continue,
                Err(error) => return Err(error),
            },
        };
        match next {
            Next::Done => {}
            Next::Settle(request) => {
                let is_over = doubt::settle(&mut conn, &request.core().cache.generations);
                now(batch.settled(&Blocking, is_over));
            }
            Next::Ask(question, span) => {
                batch.connected(verified);
                let rows = span.within(|| ask(&many, &mut conn, question));
                now(batch.answer(&Blocking, span, rows))?;
            }
        }
        // While it waits for others, it holds no connection that they may need.
        link = batch.has_questions().then_some((conn, verified));
    }
}

fn connect<P: ConnectionSource>(
    pool: &LazyPool<P>,
    assumed: &QueryContext,
) -> Result<Link<P>, LoadFromError<P::Error>> {
    let mut conn = connection(pool)?;
    doubt::own::ask(&mut conn);
    let verified = pool.verify::<world::Blocking, _>(&mut conn, assumed)?;
    Ok((conn, verified))
}

fn connection<P: ConnectionSource>(pool: &LazyPool<P>) -> Result<P::Connection, LoadFromError<P::Error>> {
    pool.get_ref().connection().map_err(LoadFromError::Connection)
}
