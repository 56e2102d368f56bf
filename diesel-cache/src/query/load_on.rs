//! Loads through a shared reference to a connection, which diesel-async pipelines.
//!
//! They take the steps of [`load_async`](super::load_async). What those learn from `&mut` of the connection, these ask
//! the connection's observer ([`shared`](crate::observe::shared)): before the first look, and once more before rows are
//! stored. Other futures may use the connection in between.

mod sending;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use diesel::dsl::Limit;
use diesel::pg::Pg;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::LimitDsl;
use diesel::{NotFound, QueryResult};
use diesel_async::AsyncPgConnection;

pub use self::sending::Pipelined;
use self::sending::Sending;
use super::form::Form;
use super::load_async::{Load, Recheck, Steps};
use super::options::Cached;
use super::plan::{Plan, Planned, QuerySpec};
use super::run_async::{Answer, answer};
use super::viewpoint::Viewpoint;
use crate::Error;
use crate::cacheable::Cacheable;
use crate::doubt;
use crate::engine::Lookup;
use crate::event::RefusalReason;
use crate::observe::shared::ConnectionState;
use crate::wait::Tasks;

/// Loads through a shared reference, for [pipelines](crate::guide::pipelines).
impl<Q> Cached<Q> {
    /// Loads all rows, like `load`, through a shared reference to the connection.
    ///
    /// Such loads can run at the same time, and at the same time as uncached queries. Those that the cache cannot
    /// answer are sent in one pipeline. Nothing else differs from `load` on `&mut AsyncPgConnection`, which has the
    /// same entries. A hit in memory takes somewhat longer: the load has to ask the connection for its cache.
    ///
    /// While the load runs, another future may send a statement on the connection that begins a transaction, or changes
    /// the session. Then the rows are returned and not stored.
    ///
    /// ```no_run
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// use diesel_async::AsyncPgConnection;
    /// use diesel_cache::prelude::*;
    ///
    /// async fn page(conn: &AsyncPgConnection) -> QueryResult<(Vec<(i32, String)>, i64, Option<String>)> {
    ///     let first = async {
    ///         let name = person::table.select(person::name).order(person::id).cached("default");
    ///         name.first_on(conn).await.optional()
    ///     };
    ///     tokio::try_join!(
    ///         person::table.cached("default").load_on(conn),
    ///         person::table.count().cached("default").get_result_on(conn),
    ///         first,
    ///     )
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `load`, among them [`Error::NotAttached`].
    pub fn load_on<U>(self, conn: &AsyncPgConnection) -> LoadOn<'_, Q, U, Vec<U>, Vec<U>>
    where
        Q: Pipelined<U>,
        U: Cacheable + Send + 'static,
    {
        load_as(self, conn, Ok)
    }

    /// Loads all rows, like `get_results`: another name of [`load_on`](Self::load_on).
    ///
    /// # Errors
    ///
    /// Those of [`load_on`](Self::load_on).
    pub fn get_results_on<U>(self, conn: &AsyncPgConnection) -> LoadOn<'_, Q, U, Vec<U>, Vec<U>>
    where
        Q: Pipelined<U>,
        U: Cacheable + Send + 'static,
    {
        self.load_on(conn)
    }

    /// Loads the rows as one shared object, like [`load_shared`](crate::RunCachedDsl::load_shared).
    ///
    /// # Errors
    ///
    /// Those of [`load_on`](Self::load_on).
    pub fn load_shared_on<U>(self, conn: &AsyncPgConnection) -> LoadOn<'_, Q, U, Arc<[U]>, Arc<[U]>>
    where
        Q: Pipelined<U>,
        U: Cacheable + Send + Sync + 'static,
    {
        load_as(self, conn, Ok)
    }

    /// Loads one row, like `get_result`.
    ///
    /// # Errors
    ///
    /// Those of [`load_on`](Self::load_on), and [`NotFound`] if there is no row; Diesel's
    /// [`optional`](diesel::OptionalExtension::optional) makes it `None`.
    pub fn get_result_on<U>(self, conn: &AsyncPgConnection) -> LoadOn<'_, Q, U, Vec<U>, U>
    where
        Q: Pipelined<U>,
        U: Cacheable + Send + 'static,
    {
        load_as(self, conn, |rows| rows.into_iter().next().ok_or(NotFound))
    }

    /// Adds `LIMIT 1` to the query and loads the row, like `first`.
    ///
    /// # Errors
    ///
    /// Those of [`get_result_on`](Self::get_result_on).
    pub fn first_on<U>(self, conn: &AsyncPgConnection) -> LoadOn<'_, Limit<Q>, U, Vec<U>, U>
    where
        Q: LimitDsl<Output: Pipelined<U>>,
        U: Cacheable + Send + 'static,
    {
        self.limit(1).get_result_on(conn)
    }

    /// Returns the query's entry, fresh or not, like [`lookup`](crate::RunCachedDsl::lookup).
    ///
    /// # Errors
    ///
    /// Those of [`lookup`](crate::RunCachedDsl::lookup).
    pub fn lookup_on<U>(
        &self,
        conn: &AsyncPgConnection,
    ) -> impl Future<Output = QueryResult<Option<Lookup<U>>>> + Send + use<Q, U>
    where
        Q: QueryFragment<Pg> + QueryId,
        U: Cacheable + Send + Sync + 'static,
    {
        let plan = plan(&self.spec(Some(U::LAYOUT)), conn);
        let found: Answer<_> = answer(plan, |plan| Lookup::of(&plan.request));
        found
    }
}

/// The future of a load through a shared reference.
///
/// `R` is the form in which the rows are loaded, and `T` is what the load returns. It can be dropped at any point, like
/// that of [`load`](crate::Load).
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct LoadOn<'conn, Q, U, R, T> {
    load: Load<'conn, Q, &'conn AsyncPgConnection, Sending<'conn, U>, U, R>,
    finish: fn(R) -> QueryResult<T>,
}

fn load_as<Q, U, R, T>(
    cached: Cached<Q>,
    conn: &AsyncPgConnection,
    finish: fn(R) -> QueryResult<T>,
) -> LoadOn<'_, Q, U, R, T>
where
    Q: Pipelined<U>,
    U: Cacheable + Send + 'static,
    R: Form<U>,
{
    let steps = Steps {
        look: |spec, conn: &mut &AsyncPgConnection| look(&spec, conn),
        plan: |spec, conn: &mut &AsyncPgConnection| plan(&spec, conn),
        // The database could not be asked while other statements are under way.
        is_unsure: |_: &mut &AsyncPgConnection| false,
        probe: |conn: &AsyncPgConnection| Box::pin(async move { conn }),
        settle: |conn: &AsyncPgConnection, request| {
            Box::pin(async move {
                let step = match doubt::settle_shared(conn, &request.core().cache.generations).await {
                    true => Some(request.again(&Tasks).await),
                    false => None,
                };
                (conn, step)
            })
        },
        send: |query: Q, conn: &AsyncPgConnection| query.send(conn),
    };
    LoadOn {
        load: Load::with(cached, conn, steps),
        finish,
    }
}

fn look<'conn, Q>(
    spec: &QuerySpec<'_, Q>,
    conn: &'conn AsyncPgConnection,
) -> QueryResult<(Planned, Option<Recheck<'conn>>)>
where
    Q: QueryFragment<Pg> + QueryId,
{
    let state = ConnectionState::of(conn).ok_or(Error::NotAttached)?;
    let planned = spec.look::<Pg>(Viewpoint::of_state(&state))?;
    let recheck = match &planned {
        Planned::Hit(_) => None,
        Planned::Load(..) => {
            let changes = state.changes();
            let recheck = move || match ConnectionState::of(conn) {
                Some(now) => now.refusal_since(changes),
                None => Some(RefusalReason::OtherContext),
            };
            Some(Box::new(recheck) as Recheck<'conn>)
        }
    };
    Ok((planned, recheck))
}

fn plan<Q>(spec: &QuerySpec<'_, Q>, conn: &AsyncPgConnection) -> QueryResult<Plan>
where
    Q: QueryFragment<Pg> + QueryId,
{
    let state = ConnectionState::of(conn).ok_or(Error::NotAttached)?;
    spec.plan::<Pg>(Viewpoint::of_state(&state))
}

impl<Q, U, R, T> Unpin for LoadOn<'_, Q, U, R, T> {}

impl<Q, U, R, T> Future for LoadOn<'_, Q, U, R, T> {
    type Output = QueryResult<T>;

    /// The load begins at the first poll: it sees everything that was committed before.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let rows = ready!(Pin::new(&mut self.load).poll(context));
        Poll::Ready(rows.and_then(self.finish))
    }
}

impl<Q, U, R, T> fmt::Debug for LoadOn<'_, Q, U, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadOn")
            .field("load", &self.load)
            .finish_non_exhaustive()
    }
}
