//! Asks a database for what SQL text does not show.

#[cfg(feature = "async")]
use std::future::Future;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::connection::LoadConnection;
#[cfg(feature = "async")]
use diesel_async::AsyncConnection;

use crate::catalog::{self, CatalogBackend, Findings, Introspection, RowFacts};
use crate::event::Event;
use crate::generation::Definitions;
use crate::observe::{Observer, Reach, world};
use crate::wait::now;
#[cfg(feature = "async")]
use crate::wait::{Tasks, Wait};
use crate::{Cache, Error};

impl Cache {
    /// Reads from the database which writes change other tables, and which tables a view shows: cascading foreign keys,
    /// triggers, views, and on PostgreSQL (11 or newer) partitions, inheritance and rules.
    ///
    /// It tells operations apart. If deleting a person deletes addresses, a DELETE on `person` invalidates loads of
    /// `address`, and an INSERT or an UPDATE of the name does not. With `ON UPDATE CASCADE`, an UPDATE that sets the
    /// key does. [`consequences`](Introspection::consequences) lists what it has found.
    ///
    /// Loads that start afterwards take the findings into account. Call it once in every process, after the migrations
    /// and before the first load, and again after DDL. It replaces earlier findings in this namespace, and keeps
    /// [declarations](crate::CacheBuilder::cascades). If a namespace has several databases, which
    /// [`install`](Self::install) tells apart, call it for each of them, on a connection that was opened under
    /// `install`. It keeps the findings of the other databases. An attached connection that executes DDL emits
    /// [`Event::CatalogChanged`].
    ///
    /// An entry that was stored by a process that had not introspected is a miss for a process that has. Nothing worse
    /// can happen through cascades, triggers and views, because there the guarantee depends on what the *reading*
    /// process knows. With functions that write tables or change the session it depends on the process that *calls*
    /// them: if that process has not introspected, its calls do not invalidate what the functions write, and every
    /// process may return old rows.
    ///
    /// Any blocking connection to the database can be used, attached or not; on a connection of diesel-async, use
    /// `introspect_async`. Its user should be able to see all definitions:
    /// MySQL hides triggers from users without the privilege `TRIGGER`, and the text of views from users without `SHOW
    /// VIEW`.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use diesel::connection::SimpleConnection;
    /// # diesel::table! { person (id) { id -> Integer } }
    /// # diesel::table! { address (id) { id -> Integer, person_id -> Integer } }
    /// use diesel_cache::{Cache, Region, prelude::*};
    ///
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # conn.batch_execute("PRAGMA foreign_keys = ON; CREATE TABLE person (id INTEGER PRIMARY KEY); CREATE TABLE address \
    /// #     (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person ON DELETE CASCADE); \
    /// #     INSERT INTO person VALUES (1); INSERT INTO address VALUES (1, 1)")?;
    /// let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// let found = cache.introspect(&mut conn)?;
    /// assert_eq!(found.to_string(), "1 cascading foreign key");
    ///
    /// cache.attach(&mut conn);
    /// let addresses = || address::table.count().cached("default");
    /// assert_eq!(addresses().first::<i64>(&mut conn)?, 1);
    /// diesel::delete(person::table).execute(&mut conn)?;
    /// assert_eq!(addresses().first::<i64>(&mut conn)?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Rows
    ///
    /// It also reads the columns, the unique keys and the foreign keys of tables. From then on, a query that looks for
    /// rows by the columns of a key depends on those rows alone, and a write invalidates only those entries whose rows
    /// it may have changed. [`guide::rows`](crate::guide::rows) says for which queries and writes.
    /// [`CacheBuilder::rows_by`](crate::CacheBuilder::rows_by) adds columns;
    /// [`row_precision`](crate::CacheBuilder::row_precision) and [`whole_table`](crate::CacheBuilder::whole_table)
    /// switch it off. A process that writes and has not introspected invalidates all of these entries. In an open
    /// transaction, `introspect` learns nothing about rows: what it sees there may be old, or be rolled back.
    ///
    /// # Functions
    ///
    /// It also reads the bodies of functions, and finds those that write tables or change the session, directly or
    /// through views, policies, defaults, checks, triggers and event triggers. A statement of this process that calls
    /// such a function counts as a write to the function's tables; see
    /// [`CacheBuilder::function_writes`](crate::CacheBuilder::function_writes).
    ///
    /// # What it cannot see
    ///
    /// If it cannot see through a trigger, it assumes that the trigger changes more than it does, and lists the trigger
    /// in [`opaque`](Introspection::opaque). It does not see what happens outside of the catalog: in tables of other
    /// servers and storage engines (foreign tables, `FEDERATED`, `MERGE`), in sequences, in C functions of PostgreSQL's
    /// extensions, in functions that an implicit cast calls, and, on MySQL, in databases that nothing in the
    /// connection's own database names. Names count without their schema.
    ///
    /// # Errors
    ///
    /// The database's errors, and [`Error::IntrospectsReplica`]. Earlier findings then stay as they are.
    pub fn introspect<Conn>(&self, conn: &mut Conn) -> QueryResult<Introspection>
    where
        Conn: LoadConnection,
        Conn::Backend: CatalogBackend,
    {
        refuse_replica::<world::Blocking, _>(conn)?;
        let definitions = self.core().generations.definitions();
        let findings = now(Conn::Backend::read_catalog(&mut catalog::BlockingConnection(conn)))?;
        Ok(self.learn::<world::Blocking, _>(conn, findings, &definitions))
    }

    /// Does the same as [`introspect`](Self::introspect), on a connection of diesel-async.
    ///
    /// The connection can be a pooled one.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use diesel_async::{AsyncConnection, SimpleAsyncConnection, sync_connection_wrapper::SyncConnectionWrapper};
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// use diesel_async::RunQueryDsl;
    /// use diesel_cache::{Cache, Region, prelude::*};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let mut conn = SyncConnectionWrapper::<SqliteConnection>::establish(":memory:").await?;
    /// # conn.batch_execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL); \
    /// #     INSERT INTO person VALUES (1, 'Ada'), (2, 'Bob'); \
    /// #     CREATE VIEW names AS SELECT name FROM person").await?;
    /// let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// cache.attach(&mut conn);
    /// let found = cache.introspect_async(&mut conn).await?;
    /// assert_eq!(found.to_string(), "1 view");
    ///
    /// let one = || person::table.find(1).select(person::name).cached("default");
    /// assert_eq!(one().first::<String>(&mut conn).await?, "Ada");
    /// let two = diesel::update(person::table.find(2)).set(person::name.eq("Ben"));
    /// two.execute(&mut conn).await?;
    /// assert_eq!(one().first::<String>(&mut conn).await?, "Ada");
    /// assert_eq!(cache.region("default")?.stats().hits(), 1); // the other row's entry is still valid
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Dropping the future
    ///
    /// If the future is dropped before it is ready, the cache keeps what it knew.
    ///
    /// # Errors
    ///
    /// Those of [`introspect`](Self::introspect), and on MySQL an error if the future of a statement was dropped on
    /// this connection, which then answers every statement with the answer to an earlier one.
    #[cfg(feature = "async")]
    #[allow(clippy::manual_async_fn, reason = "it is `Send` on every connection")]
    pub fn introspect_async<Conn>(&self, conn: &mut Conn) -> impl Future<Output = QueryResult<Introspection>> + Send
    where
        Conn: AsyncConnection<Backend: CatalogBackend>,
    {
        async move {
            refuse_replica::<world::Async, _>(conn)?;
            let generations = self.core().generations.clone();
            let definitions = Tasks.blocking(move || generations.definitions()).await;
            let findings = Conn::Backend::read_catalog(&mut catalog::AsyncConnection(conn)).await?;
            Ok(self.learn::<world::Async, _>(conn, findings, &definitions))
        }
    }

    /// Takes over the findings that were read on this connection, after the generations of the definitions.
    fn learn<World, Conn: Reach<World>>(
        &self,
        conn: &mut Conn,
        findings: Findings,
        definitions: &Definitions,
    ) -> Introspection {
        let Findings {
            facts,
            side_effects,
            mut rows,
            mut report,
        } = findings;
        let (core, namespace) = (self.core(), self.namespace_of_handle().shared());
        let is_open = Observer::of(conn).is_some_and(|observer| observer.in_transaction());
        if is_open || conn.has_transaction() {
            // In a transaction, the catalog may be older than definitions that others have made since, or be rolled
            // back.
            rows = RowFacts::default();
        }
        let home = Observer::of(conn).map(|observer| Arc::clone(observer.home()));
        report.consequences = core.catalogs.replace(
            namespace,
            &home.unwrap_or_default(),
            &facts,
            &side_effects,
            &rows,
            definitions,
        );
        core.listeners.notify(|| Event::Introspected {
            namespace: Arc::clone(namespace),
            found: Arc::new(report.clone()),
        });
        report
    }
}

fn refuse_replica<World, Conn: Reach<World>>(conn: &mut Conn) -> Result<(), Error> {
    match Observer::of(conn).and_then(|observer| observer.lag()) {
        Some(_) => Err(Error::IntrospectsReplica),
        None => Ok(()),
    }
}
