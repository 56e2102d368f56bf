//! The methods of [`run`](super::run), on connections of diesel-async.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel_async::methods::LoadQuery;

use super::explain::Explanation;
use super::load::RowOf;
use super::load_async::Load;
use super::options::Cached;
use super::run::LoadShared;
use super::run::RunCachedDsl;
use super::viewpoint::Viewpoint;
use super::whole::WholeConnection;
use crate::cacheable::Cacheable;
use crate::engine::Lookup;
use crate::key::KeyBackend;
use crate::observe::world;
use crate::wait::{Tasks, Wait};

impl<'query, Q, Conn, U> LoadShared<'query, Conn, U, world::Async> for Cached<Q>
where
    Conn: WholeConnection,
    Conn::Backend: KeyBackend,
    Q: LoadQuery<'query, Conn, U> + QueryFragment<Conn::Backend> + QueryId + Send,
    <Conn as RowOf<U>>::Row: Cacheable + Send + Sync,
{
    type Loaded<'conn>
        = Load<'conn, Q, &'conn mut Conn, Q::LoadFuture<'conn>, U, Arc<[U]>>
    where
        Conn: 'conn;

    fn load_as_shared(self, conn: &mut Conn) -> Self::Loaded<'_> {
        Load::new(self, conn, Q::internal_load)
    }
}

impl<Q, Conn> RunCachedDsl<Conn, world::Async> for Cached<Q>
where
    Conn: WholeConnection,
    Conn::Backend: KeyBackend,
    Q: QueryFragment<Conn::Backend> + QueryId,
{
    type Answer<T: Send + 'static> = Answer<T>;

    fn lookup<U>(&self, conn: &mut Conn) -> Answer<Option<Lookup<U>>>
    where
        U: Cacheable + Send + Sync,
    {
        let plan = self.spec(Some(U::LAYOUT)).plan_on::<world::Async, _>(conn);
        answer(plan, |plan| Lookup::of(&plan.request))
    }

    fn invalidate(&self, conn: &mut Conn) -> Answer<bool> {
        let plan = self.spec(None).plan_on::<world::Async, _>(conn);
        answer(plan, |plan| plan.request.remove())
    }

    fn explain(&self, conn: &mut Conn) -> Answer<Explanation> {
        let from = Viewpoint::of_connection::<world::Async, _>(conn);
        let explained = from
            .map_err(Into::into)
            .and_then(|from| self.spec(None).explain::<Conn::Backend>(from));
        let options = self.options;
        answer(explained, move |explained| Explanation::of(explained, &options))
    }
}

pub(super) type Answer<T> = Pin<Box<dyn Future<Output = QueryResult<T>> + Send>>;

/// Runs `work`, which may use files, on a blocking thread.
pub(super) fn answer<P, T>(plan: QueryResult<P>, work: impl FnOnce(P) -> T + Send + 'static) -> Answer<T>
where
    P: Send + 'static,
    T: Send + 'static,
{
    Box::pin(async move {
        let plan = plan?;
        Ok(Tasks.blocking(move || work(plan)).await)
    })
}
