//! A pool, and what the cache knows of its connections.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use diesel::QueryResult;

use super::known::{Known, KnownContext};
use crate::event::RefusalReason;
use crate::observe::{Observer, QueryContext, Reach};
use crate::{Cache, Error};

/// A pool from which cached loads take a connection only when they have to query the database.
///
/// Created by [`Cache::lazy_pool`]. [`LoadFromDsl`](crate::LoadFromDsl) has the loads: `load_from(&pool)` and its
/// relatives. It dereferences to the pool itself, so `pool.get()` works as before. Clones share what they know.
///
/// ```
/// # use diesel::prelude::*;
/// # diesel::table! { person (id) { id -> Integer, name -> Text } }
/// use diesel_cache::{Cache, Region, prelude::*};
///
/// # let place = tempfile::tempdir()?;
/// # let url = place.path().join("app.db").to_str().ok_or("no path")?.to_owned();
/// # let mut conn = SqliteConnection::establish(&url)?;
/// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
/// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada')").execute(&mut conn)?;
/// let cache = Cache::builder().region(Region::memory("default")).build()?;
/// let attached = cache.clone();
/// let pool = cache.lazy_pool(move || {
///     let mut conn = SqliteConnection::establish(&url)?; // or: take one from a pool
///     attached.attach(&mut conn);
///     Ok::<_, ConnectionError>(conn)
/// });
///
/// let name = || person::table.find(1).select(person::name).cached("default");
/// assert_eq!(name().first_from::<String>(&pool)?, "Ada"); // takes a connection
/// assert_eq!(name().first_from::<String>(&pool)?, "Ada"); // takes none
/// assert_eq!(cache.region("default")?.stats().hits(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What the connections must have in common
///
/// All connections of a pool must be interchangeable: a load may return what any of them would have returned. The cache
/// learns their *context* (server, database, user, and the settings that were sent on them) from the first connection
/// that a load takes, and compares it with that of each connection that a later load takes. So
///
/// - the first load takes a connection, even if the cache has its rows;
/// - a load whose connection has further settings, has a temporary table, or is in a transaction, returns the rows and
///   does not store them ([`RefusalReason::OtherContext`], [`RefusalReason::Transaction`]);
/// - if two connections lead to different places, or have settings that contradict each other, every load takes a
///   connection from then on, as if it were called with `load`. [`forget`](Self::forget) lets the cache learn again.
///
/// If each request or tenant sets something on the connections that it takes (`SET search_path`, a role), create a
/// `LazyPool` for each of them, and none for a closure that looks the tenant up.
pub struct LazyPool<P> {
    cache: Cache,
    pool: P,
    known: Arc<Known>,
}

/// A connection whose rows may be stored for a load that had none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verified {
    /// How far behind its primary the connection's database may be, if that is a replica.
    pub(crate) lag: Option<Duration>,
}

impl Cache {
    /// Wraps a pool, so that cached loads take a connection from it only when they have to query the database.
    ///
    /// A hit takes 1 µs and needs no connection: it works while all connections are in use, or the database is down.
    /// The pool's connections must be attached to this cache, in the namespace of this handle.
    pub fn lazy_pool<P>(&self, pool: P) -> LazyPool<P> {
        LazyPool {
            cache: self.clone(),
            pool,
            known: Arc::new(Known::nothing()),
        }
    }
}

impl<P> LazyPool<P> {
    /// Returns the pool itself.
    pub fn get_ref(&self) -> &P {
        &self.pool
    }

    /// Returns `true` if hits need no connection: a load has taken one before, and the connections are alike.
    pub fn knows_context(&self) -> bool {
        self.context().get().is_some()
    }

    /// Forgets the context of the connections. The next load takes a connection and learns it again.
    ///
    /// Call it when new connections of the pool will lead to another database, or log in as another user.
    pub fn forget(&self) {
        self.known.forget();
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Returns the context of the pool's connections, if it is known.
    #[inline]
    pub(crate) fn context(&self) -> KnownContext {
        self.known.current(&self.cache)
    }

    /// Learns from a connection that a load has taken. Returns its context; `None` in a transaction.
    ///
    /// # Errors
    ///
    /// [`Error::NotAttached`].
    pub(crate) fn meet<World, Conn: Reach<World>>(
        &self,
        conn: &mut Conn,
    ) -> QueryResult<Result<QueryContext, RefusalReason>> {
        let transaction = conn.has_transaction();
        let observer = Observer::of(conn).ok_or(Error::NotAttached)?;
        observer.know_backend::<Conn::DB>();
        observer.assume_exclusive();
        if transaction || observer.in_transaction() {
            return Ok(Err(RefusalReason::Transaction));
        }
        if !observer.cache().is(&self.cache) {
            return Ok(Err(RefusalReason::OtherContext));
        }
        let context = observer.query_context();
        self.known.meet(&context);
        Ok(Ok(context))
    }

    /// Says why rows of this connection must not be stored for a load that has assumed a context, or on what terms they
    /// may be.
    ///
    /// # Errors
    ///
    /// Those of [`meet`](Self::meet).
    pub(crate) fn verify<World, Conn>(
        &self,
        conn: &mut Conn,
        assumed: &QueryContext,
    ) -> QueryResult<Result<Verified, RefusalReason>>
    where
        Conn: Reach<World>,
    {
        Ok(match self.meet(conn)? {
            Ok(context) if assumed.is_context_of(&context) => Ok(Verified {
                lag: Observer::of(conn).and_then(|observer| observer.lag()),
            }),
            Ok(_) => Err(RefusalReason::OtherContext),
            Err(reason) => Err(reason),
        })
    }
}

impl<P> Deref for LazyPool<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.pool
    }
}

impl<P: Clone> Clone for LazyPool<P> {
    fn clone(&self) -> Self {
        Self {
            cache: self.cache.clone(),
            pool: self.pool.clone(),
            known: Arc::clone(&self.known),
        }
    }
}

impl<P> fmt::Debug for LazyPool<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyPool")
            .field("cache", &self.cache)
            .field("knows_context", &self.knows_context())
            .finish_non_exhaustive()
    }
}
