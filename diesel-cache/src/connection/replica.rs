//! Attaching a cache to a connection that leads to a replica.

use std::fmt;
use std::time::Duration;

use diesel::connection::Instrumentation;

use super::attach::CacheConnection;
use crate::Cache;
use crate::observe::Observer;

/// A replica of a database: how far it may be behind, and whose replica it is; for [`Cache::attach_replica`].
///
/// A `Duration` converts into one.
pub struct Replica {
    lag: Duration,
    primary: Option<String>,
    instrumentation: Option<Box<dyn Instrumentation>>,
}

impl Replica {
    /// Describes a replica that is at most `lag` behind its primary: a query on it shows everything that was committed
    /// on the primary `lag` before the query was sent.
    ///
    /// Zero stands for a replica that never lags, such as one of PostgreSQL with `synchronous_commit = remote_apply`.
    /// With [`Duration::MAX`], nothing is stored that was read on the replica.
    pub fn behind(lag: Duration) -> Self {
        Self {
            lag,
            primary: None,
            instrumentation: None,
        }
    }

    /// Says whose replica it is, by the URL of the primary as other connections were opened with it under
    /// [`install`](Cache::install). Entries are shared with those connections.
    ///
    /// Without it, the connection shares entries with connections of its own URL if it was opened under `install`, and
    /// otherwise with the connections that were not.
    #[must_use]
    pub fn of(mut self, primary_url: impl Into<String>) -> Self {
        self.primary = Some(primary_url.into());
        self
    }

    /// Forwards every event of the connection to this instrumentation, as
    /// [`attach_with`](Cache::attach_with) does.
    #[must_use]
    pub fn instrumentation(mut self, instrumentation: impl Instrumentation) -> Self {
        self.instrumentation = Some(Box::new(instrumentation));
        self
    }
}

impl From<Duration> for Replica {
    fn from(lag: Duration) -> Self {
        Self::behind(lag)
    }
}

/// Shows no URL, which may hold a password.
impl fmt::Debug for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replica")
            .field("lag", &self.lag)
            .finish_non_exhaustive()
    }
}

impl Cache {
    /// Attaches the cache to a connection that leads to a replica, which may be behind its primary.
    ///
    /// Takes the greatest lag as a [`Duration`], or a [`Replica`]. Hits are as usual. Rows that a load reads on the
    /// connection are stored only if nothing that they depend on, no table and no row, was written or invalidated
    /// within the lag before the query, in any process. Then they are those of the primary, and serve all connections.
    /// Otherwise the load returns them, and reports [`RefusalReason::ReplicaLag`](crate::RefusalReason::ReplicaLag).
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// use diesel_cache::{Cache, RefusalReason, Region, prelude::*};
    /// use std::time::Duration;
    ///
    /// # let place = tempfile::tempdir()?;
    /// # let url = place.path().join("app.db").to_str().ok_or("no path")?.to_owned();
    /// # let replica_url = url.clone();
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    /// #     .execute(&mut SqliteConnection::establish(&url)?)?;
    /// let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// let mut primary = SqliteConnection::establish(&url)?;
    /// cache.attach(&mut primary);
    /// let mut replica = SqliteConnection::establish(&replica_url)?;
    /// cache.attach_replica(&mut replica, Duration::from_secs(10));
    ///
    /// let people = || person::table.cached("default");
    /// let _: Vec<(i32, String)> = people().load(&mut replica)?; // too early to know that nothing was written
    /// assert_eq!(cache.region("default")?.stats().refusals_by(RefusalReason::ReplicaLag), 1);
    /// let _: Vec<(i32, String)> = people().load(&mut primary)?; // stored
    /// let _: Vec<(i32, String)> = people().load(&mut replica)?; // a hit
    /// assert_eq!(cache.region("default")?.stats().hits(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # What it promises
    ///
    /// *A load on a connection to the primary never returns rows that were read too early on a replica*: not from an
    /// entry, and not from the query of another caller for which it has waited. A load on the replica's connection
    /// returns what the replica shows, or an entry, which may be newer than that.
    ///
    /// It holds if the replica is never further behind than `lag` says. Choose a value above what your monitoring
    /// shows, and stop using a replica that exceeds it. If it is further behind, an old row may be stored, and stays
    /// until the next write, or until its time to live is over.
    ///
    /// It does **not** promise, on the replica's connection:
    ///
    /// - **Read your writes.** After a write on a connection to the primary, a load on the replica's connection finds
    ///   no entry and asks the replica, which may not show the write yet.
    /// - **Monotonic reads.** A hit may be newer than the query that follows it.
    ///
    /// # How soon rows are stored
    ///
    /// The process remembers what was written by snapshots, of 0.7 MiB each, which it takes while loads miss: at most
    /// one in each `lag`, and two are kept. So rows are stored when nothing was written for one to two lags, and none
    /// in the first `lag` after the first connection was attached. A [`refresh`](crate::Cached::refresh), or an
    /// invalidation of the query by hand, counts as a write: the rows of a refresh on a replica are not stored. A
    /// [`time_to_live`](crate::RegionBuilder::time_to_live) counts from the query, so a write that the cache does not
    /// see goes unnoticed for up to `lag` more.
    ///
    /// Values whose creators read on a replica follow the same rule, by the tables that the value
    /// [depends on](crate::Region#method.depends_on).
    ///
    /// # What else differs
    ///
    /// - The connection belongs to the same database as the primary's: it shares their entries in this handle's
    ///   namespace. Under [`install`](Self::install) the URL is part of the keys, so name the primary's:
    ///   [`Replica::of`].
    /// - [`introspect`](Self::introspect) is an error: the replica may show an old schema. Call it on a connection to
    ///   the primary.
    /// - Writes on the connection are observed as on any other.
    /// - A pool of such connections works with [`lazy_pool`](Self::lazy_pool). Attach each connection when it is
    ///   opened.
    /// - A later [`attach`](Self::attach) makes it a connection to a primary again.
    pub fn attach_replica<Conn, World>(&self, conn: &mut Conn, replica: impl Into<Replica>)
    where
        Conn: CacheConnection<World>,
    {
        let Replica {
            lag,
            primary,
            instrumentation,
        } = replica.into();
        let mut observer = Observer::for_connection(self.clone(), instrumentation, conn);
        observer.mark_replica(lag, primary.as_deref(), Conn::ASYNC);
        observer.observe(conn);
    }
}

#[cfg(all(test, feature = "sqlite"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use diesel::prelude::*;

    use super::*;
    use crate::observe::world;

    /// It shows neither the locks nor the sessions of its primary.
    #[test]
    fn a_replica_is_not_asked_whether_a_write_is_over() {
        let cache = Cache::builder().build().unwrap();
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        let mut may_ask = |attach: &dyn Fn(&mut SqliteConnection)| {
            attach(&mut conn);
            Observer::of::<world::Blocking, _>(&mut conn)
                .unwrap()
                .database()
                .is_some()
        };
        assert!(may_ask(&|conn| cache.attach(conn)));
        assert!(!may_ask(&|conn| cache.attach_replica(conn, Duration::from_secs(1))));
        assert!(may_ask(&|conn| cache.attach(conn)));
    }

    #[test]
    fn the_url_of_the_primary_is_not_printed() {
        let replica = Replica::behind(Duration::from_secs(1)).of("postgres://ada:secret@localhost/app");
        assert_eq!(format!("{replica:?}"), "Replica { lag: 1s, .. }");
    }
}
