//! Loading many keys on a blocking connection.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::connection::Connection;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;

use super::answers::Answers;
use super::batch::{Batch, BatchQuery, Next};
use super::key::KeyOf;
use super::many::{LoadMany, RowsPerKey};
use super::run::RunMany;
use super::separable::Separate;
use crate::cacheable::Cacheable;
use crate::doubt;
use crate::key::KeyBackend;
use crate::observe::world;
use crate::query::{Form, RowOf};
use crate::wait::{Blocking, now};

impl<'query, 'c, Q, C, K, N, Conn, U> RunMany<'query, &'c mut Conn, U, world::Blocking> for LoadMany<Q, C, K, N>
where
    Conn: Connection,
    Conn::Backend: KeyBackend,
    Q: Separate<C, K>,
    Q::One: LoadQuery<'query, Conn, U> + QueryFragment<Conn::Backend> + QueryId,
    Q::Many: LoadQuery<'query, Conn, (U, K)>,
    C: Copy,
    K: KeyOf<C>,
    N: RowsPerKey,
    <Conn as RowOf<U>>::Row: Cacheable,
{
    type Key = K;
    type Rows = N;
    type Answer<T> = QueryResult<T>;

    fn by_key(self, conn: &'c mut Conn) -> QueryResult<HashMap<K, N::ByKey<U>>> {
        Ok(load::<Q, C, K, N, Conn, U, Vec<U>>(self, conn)?.by_key::<N>())
    }

    fn in_order(self, conn: &'c mut Conn) -> QueryResult<Vec<N::InOrder<U>>>
    where
        U: Clone,
    {
        Ok(load::<Q, C, K, N, Conn, U, Vec<U>>(self, conn)?.in_order::<N>())
    }

    fn shared(self, conn: &'c mut Conn) -> QueryResult<Vec<Arc<[U]>>>
    where
        U: Cacheable + Send + Sync,
    {
        Ok(load::<Q, C, K, N, Conn, U, Arc<[U]>>(self, conn)?.shared())
    }
}

pub(super) fn load<'query, Q, C, K, N, Conn, U, R>(
    many: LoadMany<Q, C, K, N>,
    conn: &mut Conn,
) -> QueryResult<Answers<K, R>>
where
    Conn: Connection,
    Conn::Backend: KeyBackend,
    Q: Separate<C, K>,
    Q::One: LoadQuery<'query, Conn, U> + QueryFragment<Conn::Backend> + QueryId,
    Q::Many: LoadQuery<'query, Conn, (U, K)>,
    C: Copy,
    K: KeyOf<C>,
    N: RowsPerKey,
    U: Cacheable,
    R: Form<U>,
{
    let mut batch: Batch<K, U, R> = many.batch();
    many.look_on::<world::Blocking, _, _, _>(&mut batch, conn, usize::MAX)?;
    if batch.missing().is_some() && doubt::own::ask(conn) {
        many.look_on::<world::Blocking, _, _, _>(&mut batch, conn, usize::MAX)?;
    }
    if many.may_ask::<Conn::Backend, _, _>(&mut batch)? {
        now(batch.refresh(&Blocking));
    }
    loop {
        match now(batch.next(&Blocking))? {
            Next::Done => break,
            Next::Settle(request) => {
                let is_over = doubt::settle(conn, &request.core().cache.generations);
                now(batch.settled(&Blocking, is_over));
            }
            Next::Ask(question, span) => {
                let rows = span.within(|| ask(&many, conn, question));
                now(batch.answer(&Blocking, span, rows))?;
            }
        }
    }
    Ok(many.answers(batch))
}

/// Queries the database. Returns each row with its key.
pub(super) fn ask<'query, Q, C, K, N, Conn, U>(
    many: &LoadMany<Q, C, K, N>,
    conn: &mut Conn,
    question: BatchQuery<K>,
) -> QueryResult<Vec<(K, U)>>
where
    Conn: Connection,
    Q: Separate<C, K>,
    Q::One: LoadQuery<'query, Conn, U>,
    Q::Many: LoadQuery<'query, Conn, (U, K)>,
    C: Copy,
    K: KeyOf<C>,
{
    match question {
        BatchQuery::Many(keys) => {
            let rows = many.many(keys).internal_load(conn)?;
            rows.map(|row| row.map(|(row, key)| (key, row))).collect()
        }
        BatchQuery::One(key) => {
            let rows = many.one(key.clone()).query.internal_load(conn)?;
            rows.map(|row| Ok((key.clone(), row?))).collect()
        }
    }
}
