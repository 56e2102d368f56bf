//! Attaching a cache to connections: one by one, or all that this process opens.

use std::sync::{Arc, PoisonError, RwLock};

use diesel::QueryResult;
use diesel::connection::{Instrumentation, LoadConnection, set_default_instrumentation};

#[cfg(feature = "async")]
use diesel::{dsl::sql as sql_literal, expression::SqlLiteral, sql_types::BigInt};
#[cfg(feature = "async")]
use diesel_async::{AsyncConnection, methods::LoadQuery};

use crate::Cache;
use crate::Error;
use crate::doubt::{Identify, SessionBackend};
use crate::generation::Session;
use crate::observe::{Observer, Reach, world};

/// A connection that a cache can be attached to: Diesel's own, and, with the feature `async`, diesel-async's.
///
/// The [`world`] only tells the two apart; leave it to inference. Functions that are generic over the connection need not name this
/// trait: `Connection`, or `AsyncConnection`, is enough.
pub trait CacheConnection<World = world::Blocking>: Reach<World> {}

impl<World, Conn: Reach<World>> CacheConnection<World> for Conn {}

type Make = dyn Fn() -> Option<Box<dyn Instrumentation>> + Send + Sync;

/// Diesel takes a bare `fn` for new connections, so what it makes them from has to be found here.
static INSTALLED: RwLock<Option<(Cache, Arc<Make>)>> = RwLock::new(None);

impl Cache {
    /// Attaches the cache to a connection: `.cached(…)` queries loaded on it find their regions here.
    ///
    /// It takes the place of the connection's [`Instrumentation`]: use [`attach_with`](Self::attach_with) to keep
    /// one of your own. A later `set_instrumentation` detaches the cache, and the next cached load says so. Works on every
    /// Diesel connection, a pooled one and a `MultiConnection` included; in a pool, call it from r2d2's
    /// `CustomizeConnection`, or use [`install`](Self::install). With the feature `async`, it works on diesel-async's as well: in a
    /// pool, call it from `ManagerConfig::custom_setup`.
    ///
    /// Attach before anything else is sent: a `SET search_path` or a `SET ROLE` from before is not seen, and so not part of the
    /// keys; nor is what a raw `BEGIN` from before has read.
    ///
    /// A connection does not tell which database it leads to. One that was opened under [`install`](Self::install) keeps what its URL
    /// said. All others share their entries, within the namespace: give each database, and each user who sees other rows, a
    /// [`namespace`](Self::namespace) of its own.
    pub fn attach<Conn, World>(&self, conn: &mut Conn)
    where
        Conn: CacheConnection<World>,
    {
        let observer = Observer::for_connection(self.clone(), None, conn);
        conn.replace_instrumentation(observer);
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
        let observer = Observer::for_connection(self.clone(), Some(Box::new(instrumentation)), conn);
        conn.replace_instrumentation(observer);
    }

    /// Asks the database what it calls this connection, so that writes on it do not stay in doubt for longer than need be.
    ///
    /// A server may go on with a write, and commit it, when its client has died or lost the connection; so the tables are not cached
    /// until [`doubt_grace`](crate::CacheBuilder::doubt_grace) is over. A connection that has been identified leaves its session's
    /// name beside the write: when a load meets it, it asks the server, at most four times a second in a process, whether the
    /// session is gone, and if so the tables are cached again.
    ///
    /// Call it once, after [`attach`](Self::attach), in a pool from r2d2's `CustomizeConnection`. It sends one query on PostgreSQL
    /// and MySQL, and none on SQLite, where nothing is ever in doubt.
    ///
    /// On diesel-async's connections it has another use: a write that returns rows reports its end before its commit. PostgreSQL shows by
    /// its locks when a plain INSERT, UPDATE, DELETE or MERGE is over; of all other texts, and on MariaDB, only an identified
    /// session shows it. Without, the tables are not cached until the connection's next statement.
    ///
    /// Do not call it where the connection leads to a proxy that lends one session to several clients or several sessions to
    /// one: PgBouncer's transaction pooling, Pgpool-II, ProxySQL, MaxScale. The session that answers need not be the one that writes.
    ///
    /// On MySQL and MariaDB, writers and readers have to log in under the same name for a session's end to be believed; on
    /// PostgreSQL, they may be anybody.
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
    /// [`Error::NotAttached`], and those of the query. The connection can be used all the same.
    pub fn identify<Conn>(&self, conn: &mut Conn) -> QueryResult<()>
    where
        Conn: LoadConnection<Backend: SessionBackend>,
    {
        Observer::of::<world::Blocking, _>(conn).ok_or(Error::NotAttached)?;
        let session = Conn::Backend::session_of(conn)?.map(|(server, id)| Session { server, id });
        Observer::of::<world::Blocking, _>(conn)
            .ok_or(Error::NotAttached)?
            .identify(session);
        Ok(())
    }

    /// Does what [`identify`](Self::identify) does, on a connection of diesel-async.
    ///
    /// It is worth more there: a dropped future leaves a write in doubt, and on MySQL and MariaDB a connection that is of no use any
    /// more.
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
        Observer::of::<world::Async, _>(conn).ok_or(Error::NotAttached)?;
        let session = match Conn::Backend::session_query() {
            None => None,
            Some(sql) => {
                let asked = diesel_async::RunQueryDsl::get_result::<(i64, i64)>(sql_literal(&sql), conn);
                let (server, id) = asked.await?;
                Some(Session {
                    server: server.cast_unsigned(),
                    id: id.cast_unsigned(),
                })
            }
        };
        Observer::of::<world::Async, _>(conn)
            .ok_or(Error::NotAttached)?
            .identify(session);
        Ok(())
    }

    /// Attaches the cache to every connection that this process opens from now on, those of pools included.
    ///
    /// It takes the place of Diesel's default instrumentation, and of an earlier `install`.
    ///
    /// # Which database is it?
    ///
    /// What a connection's URL leads to is part of its keys, so that databases never answer for each other: server, port, database,
    /// user and options such as `search_path`, and what libpq takes from its environment (`PGHOST`, `PGOPTIONS`, service files, …).
    /// The password and options that change no row are not: names, timeouts, TLS. SQLite's files are told apart by
    /// their path, without symbolic links; a database in memory belongs to its connection. Blocking and asynchronous
    /// connections by one URL share entries, in all processes.
    ///
    /// - A connection that diesel-async is handed ready-made has no URL (`try_from_client_and_connection`, for TLS). Such connections
    ///   share entries with each other, and with those that are [attached](Self::attach) without having been opened under `install`: if they
    ///   lead to several databases, attach each to a [`namespace`](Self::namespace) of its own.
    /// - Two URLs that lead to one database in different words (`localhost` and `127.0.0.1`) do not share entries.
    /// - Writes are told apart by namespace and table alone. A write to `person` in one database makes entries of `person` in the others
    ///   stale too, unless these have namespaces.
    /// - A file that is deleted and made anew under the same path is the same database.
    ///
    /// # Errors
    ///
    /// None today; Diesel reserves the right to refuse.
    pub fn install(&self) -> Result<(), Error> {
        self.install_maker(Arc::new(|| None))
    }

    /// Like [`install`](Self::install), and forwards every event of a connection to the instrumentation that `make`
    /// returns for it.
    ///
    /// # Errors
    ///
    /// None today; Diesel reserves the right to refuse.
    pub fn install_with<F, I>(&self, make: F) -> Result<(), Error>
    where
        F: Fn() -> I + Send + Sync + 'static,
        I: Instrumentation,
    {
        self.install_maker(Arc::new(move || Some(Box::new(make()))))
    }

    fn install_maker(&self, make: Arc<Make>) -> Result<(), Error> {
        *INSTALLED.write().unwrap_or_else(PoisonError::into_inner) = Some((self.clone(), make));
        set_default_instrumentation(observer_for_new_connection).map_err(|_| Error::Install)
    }
}

fn observer_for_new_connection() -> Option<Box<dyn Instrumentation>> {
    let installed = INSTALLED.read().unwrap_or_else(PoisonError::into_inner).clone();
    let (cache, make) = installed?;
    // Outside the lock: `make` is the user's code.
    Some(Box::new(Observer::for_new_connection(cache, make())))
}
