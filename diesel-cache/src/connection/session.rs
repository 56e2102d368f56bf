//! Sessions: a stretch of one connection's life, with entries of its own.

use diesel::connection::Connection;

use crate::Cache;
use crate::observe::{Observer, world};

impl Cache {
    /// Runs `work` in a session: entries of [session regions](crate::Region::session) live until it returns.
    ///
    /// Inside, two [`load_shared`](crate::RunCachedDsl::load_shared) calls of one query return the same object. A session
    /// inside a session has entries of its own. The entries go when `work` panics, too. On a connection that is not
    /// attached to a cache, `work` runs all the same, and its cached loads say what is wrong.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// use diesel_cache::{Cache, Region, prelude::*};
    /// use std::sync::Arc;
    ///
    /// let cache = Cache::builder().region(Region::session("local")).build()?;
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// cache.session(&mut conn, |conn| {
    ///     let first = person::table.cached("local").load_shared::<(i32, String)>(conn)?;
    ///     let second = person::table.cached("local").load_shared::<(i32, String)>(conn)?;
    ///     assert!(Arc::ptr_eq(&first, &second));
    ///     QueryResult::Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn session<Conn, T>(&self, conn: &mut Conn, work: impl FnOnce(&mut Conn) -> T) -> T
    where
        Conn: Connection,
    {
        let session = Session {
            depth: open(conn),
            conn,
        };
        work(&mut *session.conn)
    }
}

/// Closes the session when the work is done, or has panicked.
struct Session<'a, Conn: Connection> {
    conn: &'a mut Conn,
    depth: Option<usize>,
}

impl<Conn: Connection> Drop for Session<'_, Conn> {
    fn drop(&mut self) {
        if let Some(depth) = self.depth
            && let Some(observer) = Observer::of::<world::Blocking, _>(self.conn)
        {
            observer.close_sessions(depth);
        }
    }
}

fn open<Conn: Connection>(conn: &mut Conn) -> Option<usize> {
    Observer::of::<world::Blocking, _>(conn).map(Observer::open_session)
}
