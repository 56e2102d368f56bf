//! Loading many keys on a connection of diesel-async.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;

use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel_async::methods::LoadQuery;
use futures_core::Stream;
use tokio::task::yield_now;

use super::answers::Answers;
use super::batch::{Batch, BatchQuery, Next};
use super::key::KeyOf;
use super::many::{LoadMany, RowsPerKey};
use super::run::RunMany;
use super::separable::Separate;
use crate::WholeConnection;
use crate::cacheable::Cacheable;
use crate::doubt;
use crate::key::KeyBackend;
use crate::observe::world;
use crate::query::{Form, RowOf};
use crate::telemetry::LoadSpan;
use crate::wait::{Tasks, on_task};

pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl<'query: 'c, 'c, Q, C, K, N, Conn, U> RunMany<'query, &'c mut Conn, U, world::Async> for LoadMany<Q, C, K, N>
where
    Conn: WholeConnection,
    Conn::Backend: KeyBackend,
    Q: Separate<C, K> + Send + 'c,
    Q::One: LoadQuery<'query, Conn, U> + QueryFragment<Conn::Backend> + QueryId + Send + 'c,
    Q::Many: LoadQuery<'query, Conn, (U, K)> + Send + 'c,
    C: Copy + Send + 'c,
    K: KeyOf<C> + Send + 'c,
    N: RowsPerKey + 'c,
    U: Send + 'static,
    <Conn as RowOf<U>>::Row: Cacheable,
{
    type Key = K;
    type Rows = N;
    type Answer<T> = Boxed<'c, QueryResult<T>>;

    fn by_key(self, conn: &'c mut Conn) -> Self::Answer<HashMap<K, N::ByKey<U>>> {
        Box::pin(on_task(move || async move {
            Ok(load::<Q, C, K, N, Conn, U, Vec<U>>(self, conn).await?.by_key::<N>())
        }))
    }

    fn in_order(self, conn: &'c mut Conn) -> Self::Answer<Vec<N::InOrder<U>>>
    where
        U: Clone,
    {
        Box::pin(on_task(move || async move {
            Ok(load::<Q, C, K, N, Conn, U, Vec<U>>(self, conn).await?.in_order::<N>())
        }))
    }

    fn shared(self, conn: &'c mut Conn) -> Self::Answer<Vec<Arc<[U]>>>
    where
        U: Cacheable + Send + Sync,
    {
        Box::pin(on_task(move || async move {
            Ok(load::<Q, C, K, N, Conn, U, Arc<[U]>>(self, conn).await?.shared())
        }))
    }
}

pub(super) async fn load<'query, Q, C, K, N, Conn, U, R>(
    many: LoadMany<Q, C, K, N>,
    conn: &mut Conn,
) -> QueryResult<Answers<K, R>>
where
    Conn: WholeConnection,
    Conn::Backend: KeyBackend,
    Q: Separate<C, K> + Send,
    Q::One: LoadQuery<'query, Conn, U> + QueryFragment<Conn::Backend> + QueryId + Send,
    Q::Many: LoadQuery<'query, Conn, (U, K)> + Send,
    C: Copy + Send,
    K: KeyOf<C> + Send,
    N: RowsPerKey,
    U: Cacheable + Send + 'static,
    R: Form<U> + Send + 'static,
{
    let mut batch: Batch<K, U, R> = many.batch();
    while many.look_on::<world::Async, _, _, _>(&mut batch, conn, KEYS_IN_A_ROW)? {
        yield_now().await;
    }
    if batch.missing().is_some() && doubt::own::ask_async(conn).await {
        while many.look_on::<world::Async, _, _, _>(&mut batch, conn, KEYS_IN_A_ROW)? {
            yield_now().await;
        }
    }
    if many.may_ask::<Conn::Backend, _, _>(&mut batch)? {
        batch.refresh(&Tasks).await;
    }
    loop {
        match batch.next(&Tasks).await? {
            Next::Done => break,
            Next::Settle(request) => {
                let is_over = doubt::settle_async(conn, &request.core().cache.generations).await;
                batch.settled(&Tasks, is_over).await;
            }
            Next::Ask(question, span) => {
                let rows = ask(&many, conn, question, &span).await;
                batch.answer(&Tasks, span, rows).await?;
            }
        }
    }
    Ok(many.answers(batch))
}

/// How many keys a task looks for before it lets others run.
pub(super) const KEYS_IN_A_ROW: usize = 256;

/// Queries the database. Returns each row with its key.
pub(super) fn ask<'query: 'a, 'a, Q, C, K, N, Conn, U>(
    many: &LoadMany<Q, C, K, N>,
    conn: &'a mut Conn,
    question: BatchQuery<K>,
    span: &'a LoadSpan,
) -> Boxed<'a, QueryResult<Vec<(K, U)>>>
where
    Conn: WholeConnection,
    Q: Separate<C, K>,
    Q::One: LoadQuery<'query, Conn, U> + Send + 'a,
    Q::Many: LoadQuery<'query, Conn, (U, K)> + Send + 'a,
    C: Copy,
    K: KeyOf<C> + Send + 'a,
    U: Send + 'static,
{
    match question {
        BatchQuery::Many(keys) => {
            let rows = rows_of(many.many(keys), conn, span);
            Box::pin(async move { Ok(rows.await?.into_iter().map(|(row, key)| (key, row)).collect()) })
        }
        BatchQuery::One(key) => {
            let rows = rows_of(many.one(key.clone()).query, conn, span);
            Box::pin(async move {
                let rows = rows.await?;
                Ok(rows.into_iter().map(|row| (key.clone(), row)).collect())
            })
        }
    }
}

fn rows_of<'query: 'a, 'a, Q, Conn, T>(
    query: Q,
    conn: &'a mut Conn,
    span: &'a LoadSpan,
) -> Boxed<'a, QueryResult<Vec<T>>>
where
    Conn: WholeConnection,
    Q: LoadQuery<'query, Conn, T> + Send + 'a,
    T: Send + 'a,
{
    let sent = span.within(|| query.internal_load(conn));
    Box::pin(async move {
        let mut sent = pin!(sent);
        let stream = poll_fn(|context| span.within(|| sent.as_mut().poll(context))).await?;
        let mut stream = pin!(stream);
        let mut rows = Vec::new();
        while let Some(row) = poll_fn(|context| span.within(|| stream.as_mut().poll_next(context))).await {
            rows.push(row?);
        }
        Ok(rows)
    })
}
