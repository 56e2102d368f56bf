//! Attaching a cache to one connection.

use diesel::QueryResult;
use diesel::connection::{Instrumentation, LoadConnection};

#[cfg(feature = "async")]
use diesel::{dsl::sql as sql_literal, expression::SqlLiteral, sql_types::BigInt};
#[cfg(feature = "async")]
use diesel_async::{AsyncConnection, methods::LoadQuery};

use crate::Cache;
use crate::Error;
use crate::doubt::{Identify, SessionBackend};
use crate::generation::DatabaseSession;
use crate::observe::{Observer, Reach, world};

/// A connection that a cache can be attached to: Diesel's, and with the feature `async`, diesel-async's.
///
/// `World` only distinguishes [the two](world); leave it to inference. Functions that are generic over the connection
/// need not name this trait: `Connection`, or `AsyncConnection`, is enough.
pub trait CacheConnection<World = world::Blocking>: Reach<World> {}

impl<World, Conn: Reach<World>> CacheConnection<World> for Conn {}

impl Cache {
    /// Attaches the cache to a connection: cached queries on it use this cache's regions, and its writes invalidate.
    ///
    /// The cache becomes the connection's [`Instrumentation`]. To have one of your own as well, use
    /// [`attach_with`](Self::attach_with). A later `set_instrumentation` detaches the cache, and the next cached load
    /// returns an error. This works on every Diesel connection, including pooled ones and `MultiConnection`. In a pool,
    /// call it from r2d2's `CustomizeConnection`, or use [`install`](Self::install). With the feature `async`, it also
    /// works on diesel-async's connections. In a pool, call it from `ManagerConfig::custom_setup`. The guide has
    /// [examples](crate::guide::pools).
    ///
    /// Attach the connection before anything else is sent. The cache does not see an earlier `SET search_path` or `SET
    /// ROLE`, so these are not part of the keys, nor an earlier raw `BEGIN`.
    ///
    /// A connection does not say which database it leads to. If it was opened under [`install`](Self::install) or
    /// [`watch_unattached`](Self::watch_unattached), the cache knows its URL. All other connections share their entries
    /// within the namespace. So give each database, and each user who sees other rows, a
    /// [`namespace`](Self::namespace) of its own.
    pub fn attach<Conn, World>(&self, conn: &mut Conn)
    where
        Conn: CacheConnection<World>,
    {
        Observer::for_connection(self.clone(), None, conn).observe(conn);
    }

    /// Attaches the cache to a connection, and forwards every event to `instrumentation`.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// use diesel::connection::InstrumentationEvent;
    /// # let cache = diesel_cache::Cache::builder().build()?;
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// cache.attach_with(&mut conn, |event: InstrumentationEvent<'_>| println!("{event:?}"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn attach_with<Conn, World>(&self, conn: &mut Conn, instrumentation: impl Instrumentation)
    where
        Conn: CacheConnection<World>,
    {
        Observer::for_connection(self.clone(), Some(Box::new(instrumentation)), conn).observe(conn);
    }

    /// Asks the database for the id of this connection's session, so that its writes do not stay in doubt for longer
    /// than necessary.
    ///
    /// If the client of a write dies or loses its connection, the server may go on with the write and commit it. So the
    /// write's tables are not cached until [`doubt_grace`](crate::CacheBuilder::doubt_grace) is over. An identified
    /// connection records its session with the write. A load that meets such a write asks the server whether the
    /// session is gone, at most four times a second in a process. If it is, the tables are cached again.
    ///
    /// Call it once, after [`attach`](Self::attach); in a pool, from r2d2's `CustomizeConnection`. It sends one query
    /// on PostgreSQL and MySQL, and none on SQLite, which has no sessions.
    ///
    /// It has another use on diesel-async's connections, where a write that returns rows reports its end before its
    /// commit. For a plain INSERT, UPDATE, DELETE or MERGE, PostgreSQL's locks show when it is over. For all other
    /// texts, and on MariaDB, only an identified session shows it. Without one, the tables are not cached until the
    /// connection's next statement.
    ///
    /// Do not call it behind a proxy that lends one session to several clients, or several sessions to one client:
    /// PgBouncer's transaction pooling, Pgpool-II, ProxySQL, MaxScale. The session that answers may not be the session
    /// that writes.
    ///
    /// On MySQL and MariaDB, the end of a session counts only if writer and reader have logged in under the same name.
    /// On PostgreSQL the names do not matter.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # let cache = diesel_cache::Cache::builder().build()?;
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// cache.attach(&mut conn);
    /// cache.identify(&mut conn)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotAttached`], and those of the query. The connection remains usable.
    pub fn identify<Conn>(&self, conn: &mut Conn) -> QueryResult<()>
    where
        Conn: LoadConnection<Backend: SessionBackend>,
    {
        Observer::of_writer::<world::Blocking, _>(conn).ok_or(Error::NotAttached)?;
        let session = Conn::Backend::session_of(conn)?.map(|(server, id)| DatabaseSession { server, id });
        Observer::of_writer::<world::Blocking, _>(conn)
            .ok_or(Error::NotAttached)?
            .identify(session);
        Ok(())
    }

    /// Does the same as [`identify`](Self::identify), on a connection of diesel-async.
    ///
    /// It is more useful there, because dropping the future of a write leaves the write in doubt, and on MySQL and
    /// MariaDB makes the connection unusable.
    ///
    /// # Errors
    ///
    /// Those of [`identify`](Self::identify).
    #[cfg(feature = "async")]
    pub async fn identify_async<Conn>(&self, conn: &mut Conn) -> QueryResult<()>
    where
        Conn: AsyncConnection<Backend: SessionBackend>,
        for<'query> SqlLiteral<(BigInt, BigInt)>: LoadQuery<'query, Conn, (i64, i64)>,
    {
        Observer::of_writer::<world::Async, _>(conn).ok_or(Error::NotAttached)?;
        let session = match Conn::Backend::session_query() {
            None => None,
            Some(sql) => {
                let asked = diesel_async::RunQueryDsl::get_result::<(i64, i64)>(sql_literal(&sql), conn);
                let (server, id) = asked.await?;
                Some(DatabaseSession {
                    server: server.cast_unsigned(),
                    id: id.cast_unsigned(),
                })
            }
        };
        Observer::of_writer::<world::Async, _>(conn)
            .ok_or(Error::NotAttached)?
            .identify(session);
        Ok(())
    }
}
