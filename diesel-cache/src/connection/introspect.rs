//! LoadSpan the database for what SQL text does not show.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::connection::LoadConnection;

use crate::Cache;
use crate::catalog::{CatalogBackend, Findings, Introspection};
use crate::event::Event;
use crate::observe::{Observer, world};

impl Cache {
    /// Reads from the database which writes change other tables, and which tables show others: foreign keys that cascade, triggers,
    /// views; PostgreSQL's (11 or newer) partitions, inheritance and rules.
    ///
    /// It tells operations apart: where deleting a person deletes addresses, loads of `address` are stale when a person is deleted, not
    /// when one is inserted or renamed; with `ON UPDATE CASCADE`, also when an UPDATE sets the key.
    /// [`consequences`](Introspection::consequences) lists what it made of the database.
    ///
    /// Loads that start afterwards depend on all of it. Call it once in every process, after the migrations and before the first load, and
    /// again after DDL: it replaces what it found earlier in this namespace, and keeps what was given
    /// [by hand](crate::CacheBuilder::cascades). Where a namespace holds several databases, which [`install`](Self::install) tells
    /// apart, call it for each of them, on a connection that was opened under `install`: what was found in one is kept beside what was
    /// found in the others. An attached connection that sees DDL tells [`Event::CatalogChanged`]. What
    /// was stored by a process that had not introspected is a miss for one that has, and no more than that: the guarantee rests on
    /// what the *reading* process knows.
    ///
    /// Any connection to the database will do, attached or not. It should belong to a user who may see all definitions: MySQL hides triggers
    /// from those who lack the privilege `TRIGGER`, and the text of views from those who lack `SHOW VIEW`.
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
    /// # Functions
    ///
    /// It also reads the bodies of functions, and finds those that write tables or change the session of whoever calls them, directly or through
    /// views, policies, defaults, checks, triggers and event triggers. Statements of this process that call one count as
    /// writes of its tables; see [`CacheBuilder::function_writes`](crate::CacheBuilder::function_writes).
    ///
    /// # What it cannot see
    ///
    /// Triggers that it cannot see through it takes to change more than they do, and the [`Introspection`] says so
    /// ([`opaque`](Introspection::opaque)). It has no part in what is done outside of the catalog it reads: tables of other
    /// servers and storage engines (foreign tables, `FEDERATED`, `MERGE`), sequences, functions in C of
    /// PostgreSQL's extensions, functions that an implicit cast calls, and, on MySQL, what is in databases that nothing in the connection's own
    /// database names. Names count without their schema.
    ///
    /// # Errors
    ///
    /// What the database answers. The facts known so far then stay as they are.
    pub fn introspect<Conn>(&self, conn: &mut Conn) -> QueryResult<Introspection>
    where
        Conn: LoadConnection,
        Conn::Backend: CatalogBackend,
    {
        let Findings {
            facts,
            side_effects,
            mut report,
        } = Conn::Backend::read_catalog(conn)?;
        let (context, namespace) = (self.context(), self.namespace_of_handle().shared());
        let home = Observer::of::<world::Blocking, _>(conn).map(|observer| Arc::clone(observer.home()));
        report.consequences = context
            .catalogs
            .replace(namespace, &home.unwrap_or_default(), &facts, &side_effects);
        context.listeners.notify(|| Event::Introspected {
            namespace: Arc::clone(namespace),
            found: Arc::new(report.clone()),
        });
        Ok(report)
    }
}
