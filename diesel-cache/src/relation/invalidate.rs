//! Invalidating the entries of many keys.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::connection::Connection;
use diesel::query_builder::{QueryFragment, QueryId};

use super::key::KeyOf;
use super::many::LoadMany;
use super::separable::Separate;
use crate::engine::Request;
use crate::key::KeyBackend;
use crate::observe::{Reach, world};

/// A load of many keys whose entries can be invalidated on a connection; see
/// [`invalidate`](crate::LoadManyDsl::invalidate).
///
/// `World` is the [kind](world) of connection, blocking or asynchronous.
pub trait InvalidateMany<Conn, World> {
    /// A `QueryResult<usize>`, or a future of one.
    type Answer;

    /// Invalidates the entries of all keys; see [`invalidate`](crate::LoadManyDsl::invalidate).
    fn invalidate_all(&self, conn: &mut Conn) -> Self::Answer;
}

impl<Q, C, K, N> LoadMany<Q, C, K, N>
where
    Q: Separate<C, K>,
    C: Copy,
    K: KeyOf<C>,
{
    fn requests<World, Conn>(&self, conn: &mut Conn) -> QueryResult<Vec<Arc<Request>>>
    where
        Conn: Reach<World>,
        Conn::DB: KeyBackend,
        Q::One: QueryFragment<Conn::DB> + QueryId,
    {
        let request = |key: &K| Ok(self.one(key.clone()).spec(None).plan_on::<World, _>(conn)?.request);
        self.keys.sorted.iter().map(request).collect()
    }
}

fn remove(requests: &[Arc<Request>]) -> usize {
    requests.iter().filter(|request| request.remove()).count()
}

impl<Q, C, K, N, Conn> InvalidateMany<Conn, world::Blocking> for LoadMany<Q, C, K, N>
where
    Conn: Connection,
    Conn::Backend: KeyBackend,
    Q: Separate<C, K>,
    Q::One: QueryFragment<Conn::Backend> + QueryId,
    C: Copy,
    K: KeyOf<C>,
{
    type Answer = QueryResult<usize>;

    fn invalidate_all(&self, conn: &mut Conn) -> QueryResult<usize> {
        Ok(remove(&self.requests::<world::Blocking, _>(conn)?))
    }
}

#[cfg(feature = "async")]
impl<Q, C, K, N, Conn> InvalidateMany<Conn, world::Async> for LoadMany<Q, C, K, N>
where
    Conn: crate::WholeConnection,
    Conn::Backend: KeyBackend,
    Q: Separate<C, K>,
    Q::One: QueryFragment<Conn::Backend> + QueryId,
    C: Copy,
    K: KeyOf<C>,
{
    type Answer = std::pin::Pin<Box<dyn Future<Output = QueryResult<usize>> + Send>>;

    fn invalidate_all(&self, conn: &mut Conn) -> Self::Answer {
        use crate::wait::Wait;

        let requests = self.requests::<world::Async, _>(conn);
        Box::pin(async move {
            let requests = requests?;
            Ok(crate::wait::Tasks.blocking(move || remove(&requests)).await)
        })
    }
}
