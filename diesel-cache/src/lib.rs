//! A query-result cache for [Diesel](diesel): put `.cached("region")` on a SELECT, and `load` returns its rows from a
//! region.
//!
//! A region is a named part of the cache, in memory and in files that all processes of the machine share. The key of an
//! entry is the query's own SQL and bind values. Writes through Diesel invalidate the entries they affect, at the
//! commit, in every process.
//!
//! ```
//! use diesel::prelude::*;
//! use diesel_cache::{Cache, Cacheable, Region, prelude::*};
//!
//! diesel::table! { person (id) { id -> Integer, name -> Text } }
//!
//! #[derive(Queryable, Selectable, Cacheable)]
//! #[diesel(table_name = person)]
//! struct Person { id: i32, name: String }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cache = Cache::builder().region(Region::memory("default")).build()?;
//! let mut conn = SqliteConnection::establish(":memory:")?;
//! cache.attach(&mut conn);
//! # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
//!
//! let people: Vec<Person> = person::table
//!     .filter(person::name.between("person 02", "person 12"))
//!     .select(Person::as_select())
//!     .cached("default")
//!     .load(&mut conn)?;
//! # Ok(())
//! # }
//! ```
//!
//! A region also stores values that are not queries, under keys of your own: see [`Region::get_or_create`], and
//! [`Region::depends_on`] for values that are computed from rows.
//!
//! The [guide] has pages on [getting started](guide::getting_started), connection pools, the reasons why a query is not
//! cached, testing, and platforms.
//!
//! # What is and is not invalidated
//!
//! *Loads are linearizable: a load that starts after a commit has returned, or after another load has returned its
//! rows, in any process that uses the same directory or cluster, never returns anything older. This holds even if a
//! writer is killed at any instruction, and after a reboot.*
//!
//! This covers writes on connections that are attached ([`Cache::attach`], [`Cache::install`]): autocommit writes,
//! transactions, savepoints, raw `BEGIN` and `COMMIT`, batches, upserts, `COPY`, DDL. A rollback invalidates nothing.
//! The guide has [an example for each case](guide::invalidation).
//!
//! A write invalidates every entry that depends on the table. After [`Cache::introspect`], a query that looks for rows
//! by a key depends on those rows alone, and a write leaves the entries of other rows valid; see the guide's page [What
//! a write invalidates, row by row](guide::rows). The guarantee does **not** cover:
//!
//! - **Writers that are not attached.** A [time to live](RegionBuilder::time_to_live) bounds how long such a write goes
//!   unnoticed; [`Cache::invalidate_table`] takes effect at once. [`Cache::watch_unattached`] reports connections of
//!   this process that are not attached.
//! - **Changes that the SQL text does not show**: rows changed by cascading foreign keys, triggers and rules, and the
//!   tables behind views, unless the cache knows of them. [`Cache::introspect`] reads them from the catalog;
//!   [`CacheBuilder::cascades`] and [`CacheBuilder::view`] declare them.
//! - **Functions that write or change their session** (`set_config`, a role, a user variable, a temporary table),
//!   called by a SELECT or any other statement, unless the cache knows of them. [`Cache::introspect`] reads the bodies
//!   of PostgreSQL's and MySQL's functions, and follows calls through views, triggers, rules, policies, defaults,
//!   checks, domains, operators and casts. [`CacheBuilder::function_writes`] and
//!   [`CacheBuilder::function_changes_session`] declare others, such as those that an application adds to SQLite, or C
//!   functions of PostgreSQL's extensions. Functions that an implicit cast calls go unnoticed, because the text does
//!   not name them. `SET` and `set_config` in the text itself need no declaration. `CALL`, `DO` and `EXECUTE` give the
//!   connection keys of its own from then on.
//! - **Functions that read tables or are volatile** (`now()`, `random()`): see [`Cached::depends_on`].
//! - **What a connection did before it was attached**: a setting such as `SET search_path`, a raw `BEGIN`.
//! - **A server whose defaults change** (`SET GLOBAL`, `ALTER ROLE … SET`, a reloaded configuration) while the cache
//!   has entries.
//! - **Views and functions that show their session** (`pg_backend_pid()` in a view): the cache takes the rows of a
//!   query that names such a view to be the same for all sessions.
//! - **Changes without a statement of their own**: PostgreSQL's sequences, read by `SELECT * FROM seq` (a query that
//!   names `last_value` always queries the database); rows that MariaDB's `INSERT DELAYED` writes later; a shared
//!   SQLite database in memory that is closed and opened again.
//! - **Replicas** that lag behind the primary by more than [`Cache::attach_replica`] says, **other machines** that are
//!   not members of one [cluster](guide::machines), and isolation below READ COMMITTED.
//! - **Two databases in one directory**, on connections that are attached one by one: give each database a
//!   [`Cache::namespace`]. [`Cache::install`] and [`Cache::watch_unattached`] see the URL of each connection that is
//!   opened after them, and keep the rows of different URLs apart. [`Cache::install_by`] chooses the namespace by the
//!   URL.
//!
//! The state of a connection's session is part of its keys, whichever statement has changed it: settings that may
//! change what a query returns, roles, user variables, attached databases, temporary tables. Connections in the same
//! state share entries. A setting that cannot change a result (`statement_timeout`, `application_name`, `work_mem`) is
//! not part of the key, and neither is a setting that was reset. Queries that return something only their session has
//! (`lastval()`, `LAST_INSERT_ID()`, `@@identity`) always query the database ([`BypassReason::SessionState`]).
//!
//! Inside a transaction a cached load queries the database and stores nothing, because no other connection may see the
//! transaction's rows. [`Cached::in_transaction`] allows hits there.
//!
//! # How it works
//!
//! A load computes its [key](CacheKey), looks for an entry in memory and then on disk or in Redis, and checks that the
//! entry may be served. The entry must have the layout of the row type ([`Cacheable::LAYOUT`]), must not be too old,
//! and must have a valid *stamp*: the generations of everything it depends on, read before its query ran. A generation
//! is a number that grows whenever its table may have changed.
//!
//! Of all loads that miss one key at the same time, in all processes, one queries the database and the others wait for
//! its rows.
//!
//! A write *fences* the tables it changes before the change can become visible: until its outcome is known, loads of
//! these tables query the database. Then the write moves the generations and lifts the fence. If the writer dies, the
//! next load that meets the fence lifts it. If the server may still commit what the dead process had sent, this happens
//! only after [a grace](CacheBuilder::doubt_grace).
//!
//! A failing cache never fails a query. Misuse is an [`Error`] that says what to do; failures are reported to
//! [listeners](CacheBuilder::listener).
//!
//! # Observability
//!
//! [`Cache::stats`] and [`Region::stats`] count hits by tier, misses and bypasses by reason, invalidated entries by
//! cause, and print as tables. [`Cache::statements`] counts the same for each statement: see [which queries the cache
//! serves](guide::tuning). [Listeners](CacheBuilder::listener) receive each [`Event`]. [`Cache::disabled`] switches
//! caching off for a scope. Events, traces and metrics name regions and keys, and never contain SQL. Statistics by
//! statement contain SQL without its values. None of them ever contains bind values.
//!
//! With the feature **`tracing`**, events have the target `diesel_cache`. Hits are at `TRACE`; misses and bypasses with
//! their reason, stores, evictions and invalidations are at `DEBUG`; failures, a catalog that has changed, and a write
//! on a connection that is [not attached](Cache::watch_unattached) are at `WARN`. Each query that reaches the database
//! is a `DEBUG` span, `diesel_cache.load`, with `region`, `key` and `outcome` (`rows` or `error`). The span covers
//! misses and bypasses; the event before it gives the reason.
//!
//! With the feature **`metrics`**, the installed recorder receives these metrics, each with the label `region`:
//!
//! | metric | kind | more labels |
//! | --- | --- | --- |
//! | `diesel_cache_hits_total` | counter | `tier`: `memory`, `disk`, `redis`, `session` |
//! | `diesel_cache_stale_hits_total` | counter; of all hits | |
//! | `diesel_cache_misses_total` | counter | `reason`: a [`MissReason`] |
//! | `diesel_cache_invalidated_misses_total` | counter; of all misses | `cause`: an [`InvalidationCause`] |
//! | `diesel_cache_bypasses_total` | counter | `reason`: a [`BypassReason`] |
//! | `diesel_cache_stores_total` | counter | |
//! | `diesel_cache_refusals_total` | counter; rows returned but not stored | `reason`: a [`RefusalReason`] |
//! | `diesel_cache_coalesced_waits_total` | counter; loads that waited for another's rows | |
//! | `diesel_cache_evictions_total` | counter | |
//! | `diesel_cache_invalidations_total` | counter; explicit invalidations of the region, its queries and values | |
//! | `diesel_cache_read_failures_total`, `diesel_cache_store_failures_total` | counter | |
//! | `diesel_cache_query_duration_seconds` | histogram; time of each query that reaches the database | |
//! | `diesel_cache_entries`, `diesel_cache_bytes` | gauge; as of this process's last change, for Redis of its last sweep | `tier`: `memory`, `disk`, `redis` |
//!
//! With the feature `redis`, the recorder also receives the metrics of a [cluster](CacheBuilder::cluster), each with
//! the label `cluster`, which is the cluster's name. Gauges and counters are up to a quarter of a second old.
//!
//! | metric | kind |
//! | --- | --- |
//! | `diesel_cache_cluster_serving` | gauge; 1 if loads are answered from the cache, 0 if not |
//! | `diesel_cache_cluster_members` | gauge; members of the cluster, 0 if this process is not one |
//! | `diesel_cache_cluster_fences` | gauge; writes of all members that are under way, or in doubt |
//! | `diesel_cache_cluster_owed` | gauge; slots (of tables, rows, values) that this process has changed, and the server does not know yet |
//! | `diesel_cache_cluster_epochs_total` | counter; epochs that this process has joined: each new one makes all entries invalid |
//! | `diesel_cache_cluster_losses_total` | counter; losses of the contact with the server |
//! | `diesel_cache_cluster_events_total` | counter; events of all members that this process has applied |
//! | `diesel_cache_cluster_writes_total` | counter; writes that have waited for other members |
//! | `diesel_cache_cluster_unfenced_total` | counter; writes and invalidations that went on without the server |
//! | `diesel_cache_cluster_expired_total` | counter; writes that had to wait for the end of another member's lease |
//! | `diesel_cache_cluster_wait_duration_seconds` | histogram; time that each write or invalidation has waited |
//!
//! A recorder may be installed before or after the cache is built. It does not receive what happened before it was
//! installed. Each metric stays with the first recorder that receives it.
//!
//! # Asynchronous connections
//!
//! With the feature **`async`** all of this works on diesel-async 0.9: on `AsyncPgConnection`, `AsyncMysqlConnection`
//! and `SyncConnectionWrapper<SqliteConnection>`, bare or from deadpool, bb8 and mobc, and in `conn.transaction(async
//! |conn| …)`. Import the first three lines together:
//!
#![cfg_attr(all(feature = "async", feature = "sqlite"), doc = "```")]
#![cfg_attr(not(all(feature = "async", feature = "sqlite")), doc = "```ignore")]
//! use diesel::prelude::*;
//! use diesel_async::RunQueryDsl; // replaces Diesel's own
//! use diesel_cache::prelude::*;
//!
//! use diesel_async::AsyncConnection;
//! use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
//! # diesel::table! { person (id) { id -> Integer, name -> Text } }
//! # #[derive(Queryable, Selectable, Cacheable, Debug, PartialEq)]
//! # #[diesel(table_name = person)]
//! # struct Person { id: i32, name: String }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let cache = Cache::builder().region(Region::memory("default")).build()?;
//! let mut conn = SyncConnectionWrapper::<SqliteConnection>::establish(":memory:").await?;
//! cache.attach(&mut conn);
//! # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn).await?;
//! # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada')").execute(&mut conn).await?;
//!
//! let people: Vec<Person> = person::table.cached("default").load(&mut conn).await?;
//! let shared = person::table.cached("default").load_shared::<Person>(&mut conn).await?;
//! assert_eq!(people, *shared);
//! # assert_eq!(cache.region("default")?.stats().hits(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! [`Cache::attach`], `attach_with`, [`Cache::install`] and the methods of [`RunCachedDsl`] have the same names for
//! blocking and asynchronous connections. Sessions, [`Cache::identify`] and [`Cache::introspect`] have other names:
//! `session_async`, `identify_async`, `introspect_async`. So have the methods for values: `get_or_create_async`, `get_async`, `set_async` and so on. Threads
//! and tasks share entries, and wait for each other's queries and creators.
//!
//! - **The runtime is not blocked.** A hit in memory runs on the task. Files and file locks are used on the runtime's
//!   blocking threads. Tasks wait by wakers and tokio's timer, which has to be enabled. Some short steps run on the
//!   task, mainly those of a write's fence (`docs/async.md` in the repository lists them with their times). Dropping
//!   the last handle of a [`Cache`] writes to disk; drop it where blocking is fine. If the leading load of a key is
//!   kept but not polled, others wait for [`lock_timeout`](RegionBuilder::lock_timeout).
//! - **Futures can be dropped.** Dropping a load, or a call for a value, releases its lock and its leadership. If it
//!   was querying, waiters query the database themselves; otherwise one of them takes its place. A write whose future
//!   is dropped is in doubt, because the server may go on with it. Its tables are not cached until a later statement on
//!   its connection has been answered, or the session is known to be gone ([`Cache::identify`]), or [the
//!   grace](CacheBuilder::doubt_grace) is over. On PostgreSQL it takes two later statements, or one if a cached load or
//!   a transaction came before it, because only these show that no pipeline is running.
//! - **Writes that return rows** (`RETURNING`) may return them before the commit, except on SQLite. The tables of such
//!   a write are not cached until the connection has answered another statement. A pool that tests its connections
//!   sends one. A write that is executed, without rows, has no such cost. Do not *load* a raw INSERT, UPDATE or DELETE
//!   without `RETURNING`.
//! - **Pipelines** of PostgreSQL may contain writes and uncached loads; each table is fenced until its own statement is
//!   over. Through a shared reference, `&AsyncPgConnection`, [`load_on`](Cached::load_on) and its relatives load cached
//!   rows; of the queries in a `try_join!`, only those are sent that the cache lacks. See [pipelines](guide::pipelines).
//! - **MySQL's driver** reads the answer to a dropped statement as the answer to the next one. Nothing is cached on
//!   such a connection any more; drop it.
//! - **Migrations** need a blocking connection, or diesel-async's `AsyncConnectionWrapper`. The wrapper is both blocking and asynchronous, so name one: `cache.attach::<_, world::Blocking>(&mut conn)`.
//!
//! # Feature flags
//!
//! No feature is enabled by default. The features of backends and types have the names of Diesel's, and enable those.
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `sqlite`, `postgres`, `mysql` | queries for this backend can be cached |
//! | `chrono`, `time`, `uuid`, `serde_json`, `numeric`, `ipnet-address`, `network-address` | rows with this crate's types can be cached |
//! | `async` | diesel-async's connections; depends on tokio. With `postgres`, also diesel-async's `postgres` |
//! | `r2d2`, `deadpool`, `bb8`, `mobc` | [loads from this pool](LoadFromDsl) take a connection only on a miss; all but the first enable `async` |
//! | `redis` | regions whose entries lie in [Redis or Valkey](guide::redis) |
//! | `redis-tls` | TLS to these servers (`rediss://`), by rustls; enables `redis` |
//! | `tracing`, `metrics` | events, spans and metrics through these facades |
//!
//! # Platforms
//!
//! Linux has every feature. On other systems processes also share entries and see each other's writes, but each process
//! runs its own query for a key that several miss at the same time. A directory must be on a local file system of one
//! machine. See [the guide](guide::platforms).
//!
//! # Compile errors and what they mean
//!
//! - *"`…` cannot be cached"*, on `.cached(…)`: the query is not a SELECT, or it has a locking clause, or it is a query
//!   type of your own. See [`CacheableQuery`].
//! - *"`…` cannot be cached"*, on `.load(…)`: the row type is not [`Cacheable`]. Derive it.
//! - *"queries for `…` cannot be cached"*: the backend's feature is not enabled. See [`KeyBackend`], also for
//!   `MultiConnection`.
//! - *"the trait bound `Cached<…>: LockingDsl<…>` is not satisfied"*: `for_update()` follows `.cached(…)`.
//! - *"a cached query cannot be combined with `…`"*, *"the trait bound `Cached<…>: SelectQuery` is not satisfied"*,
//!   *"`Cached<…>` is not an iterator"*: a cached query is a part of another query. See [`CachedDsl::cached`].
//! - *"a cached query cannot be loaded on `&AsyncPgConnection`"*: pass `&mut AsyncPgConnection`. Through a shared
//!   reference, as in a [pipeline](guide::pipelines), use `load_on`, `get_result_on`, `first_on` or `load_shared_on`.

mod cache;
mod cache_core;
mod cacheable;
mod catalog;
mod clock;
mod config;
mod connection;
mod creator;
mod diesel_text;
mod doubt;
pub mod dsl;
mod engine;
mod entry;
mod error;
mod event;
mod exit;
#[cfg(feature = "fault-injection")]
#[doc(hidden)]
pub mod fault;
#[cfg(not(feature = "fault-injection"))]
mod fault;
mod footprint;
mod generation;
pub mod guide;
mod key;
mod namespace;
mod observe;
mod pool;
mod query;
#[cfg(feature = "redis")]
mod redis_server;
mod region;
mod relation;
mod sql;
mod telemetry;
mod tier;
mod value;
mod wait;

#[doc(hidden)]
pub use cacheable::private as __private;

/// What the project's own tests need in order to stand in for a shared tier.
#[cfg(feature = "fault-injection")]
#[doc(hidden)]
pub mod shared_tier {
    pub use crate::clock::Millis;
    pub use crate::tier::{
        Evicted, HEAD, IsUseless, KeyLock, LockAttempt, SharedTier, Swept, Verified, wrap_shared_tiers,
    };
}

pub use cache::{Cache, CacheBuilder, CacheStats};
#[cfg(feature = "redis")]
pub use cache::{ClusterStatus, RedisCluster};
pub use cacheable::{Cacheable, Layout};
pub use catalog::{CatalogBackend, Consequence, Introspection, Opaque};
pub use clock::Clock;
pub use config::{CacheConfig, ClusterConfig, Coherence, RedisUrl, RegionConfig, RegionKind};
pub use connection::{CacheConnection, Replica};
#[doc = include_str!("cacheable/derive.md")]
pub use diesel_cache_derive::Cacheable;
pub use doubt::SessionBackend;
pub use engine::{Lookup, Outcome};
pub use error::Error;
pub use event::{BypassReason, ClusterChange, Event, Invalidation, InvalidationCause, MissReason, RefusalReason, Tier};
pub use generation::WrittenBy;
pub use key::{CacheKey, KeyBackend, KeyHasher};
pub use observe::{UnattachedWriter, world};
#[cfg(feature = "async")]
pub use pool::AsyncConnectionSource;
pub use pool::{ConnectionSource, LazyPool, LoadFromError, OptionalLoad};
pub use query::{
    CacheableQuery, Cached, CachedDsl, Explanation, LoadFrom, LoadFromDsl, LoadShared, Rows, RunCachedDsl, WithBind,
    WithSql, kind,
};
#[cfg(feature = "async")]
pub use query::{Load, LoadFromFuture, RowStream, WholeConnection};
#[cfg(all(feature = "async", feature = "postgres"))]
pub use query::{LoadOn, Pipelined};
pub use region::{
    LastInvalidation, Region, RegionBuilder, RegionName, RegionRef, RegionStats, StatementStats, Statements, Sweep,
    Verification,
};
pub use relation::{
    AllRows, ChildOf, ExactKey, HasPrimaryKey, InvalidateMany, KeyOf, LoadMany, LoadManyDsl, LoadManyFromDsl, OneRow,
    References, RowsPerKey, RunMany, Separable, Separate,
};
#[cfg(feature = "async")]
pub use value::PreparedAsync;
pub use value::{Prepared, Values};

/// Re-exports of the items that most programs need.
pub mod prelude {
    pub use crate::{
        Cache, Cacheable, Cached, CachedDsl, LazyPool, LoadFromDsl, LoadManyDsl, LoadManyFromDsl, Lookup, OptionalLoad,
        Region, RunCachedDsl,
    };
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
