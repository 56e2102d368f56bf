//! A query-result cache for [Diesel](diesel): `.cached("region")` on a SELECT, and `load` answers from a region.
//!
//! Keys are made of the query's own SQL and binds. Regions live in memory and in files that every process of the machine shares.
//! Writes that pass through Diesel invalidate what they change, at the commit, in every process.
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
//! What is not a query has its place in a region as well, under a key: see [`Region::get_or_create`], and [`Region::depends_on`] for values
//! that are made of rows.
//!
//! The [guide] leads from the first cached query to pools, tests, and the reasons why a query is not cached.
//!
//! # What is and is not invalidated
//!
//! *Loads are linearizable: a load that starts after a commit has returned, or after another load has returned its rows, in any
//! process attached to the same directory, never shows anything older; not if a writer is killed at any instruction; not
//! after a reboot.*
//!
//! This covers what passes through connections that are attached ([`Cache::attach`], [`Cache::install`]): autocommit writes, transactions,
//! savepoints, raw `BEGIN` and `COMMIT`, batches, upserts, `COPY`, DDL. A rollback invalidates nothing. It does **not** cover:
//!
//! - **Writers that are not attached.** A [time to live](RegionBuilder::time_to_live) bounds how long they go unseen;
//!   [`Cache::invalidate_table`] ends it.
//! - **What SQL text does not show**: rows changed by cascading keys, triggers and rules, and tables behind views, unless the cache
//!   knows of them. [`Cache::introspect`] reads them from the catalog; [`CacheBuilder::cascades`] and [`CacheBuilder::view`] take them by
//!   hand.
//! - **Functions that write, or change their session** (`set_config`, a role, a user variable, a temporary table), called by a SELECT or any
//!   other statement, unless the cache knows of them. [`Cache::introspect`] reads the bodies of PostgreSQL's and MySQL's;
//!   [`CacheBuilder::function_writes`] and [`CacheBuilder::function_changes_session`] declare others, such as those that an application adds to SQLite.
//!   They are followed through views, triggers, rules, policies, defaults, checks, domains, operators and casts. C functions of PostgreSQL's
//!   extensions, and functions that an implicit cast calls, are not seen through.
//!   `SET` and `set_config` in the text itself need no declaration, and `CALL`, `DO` and `EXECUTE` give the connection keys of its own from then on.
//! - **Functions** that read tables, or are volatile (`now()`, `random()`): see [`Cached::depends_on`].
//! - **What a connection did before it was attached**: a setting such as `SET search_path`, a raw `BEGIN`.
//! - **A server whose defaults change** (`SET GLOBAL`, `ALTER ROLE … SET`, a reload of its configuration) while entries are there.
//! - **Views and functions that show their session** (`pg_backend_pid()` in a view): a query that names the view is taken for everybody's.
//! - **What changes without a statement of its own**: PostgreSQL's sequences, read by `SELECT * FROM seq` (a query that names `last_value` always asks
//!   the database), rows that MariaDB's `INSERT DELAYED` leaves for later, and a SQLite database in memory that is shared, closed and opened again.
//! - **Replicas** that lag behind the primary, **other machines**, and isolation below READ COMMITTED.
//! - **Two databases in one directory**, on connections that are attached one by one: give each a [`Cache::namespace`]. Connections that
//!   are opened under [`Cache::install`] are told apart by their URL.
//!
//! What a connection did to its session is part of its keys, whichever statement did it: settings that may change what a query returns,
//! roles, user variables, attached databases, temporary tables. Connections that were told the same share entries; a setting that
//! cannot change an answer (`statement_timeout`, `application_name`, `work_mem`) is no part of the key, and one that is set back is none
//! any more. Queries that show what only their session has (`lastval()`, `LAST_INSERT_ID()`, `@@identity`) always ask the database
//! ([`BypassReason::SessionState`]).
//!
//! Inside a transaction a cached load asks the database and stores nothing, because nobody else may see what it sees;
//! [`Cached::in_transaction`] allows hits there.
//!
//! # How it works
//!
//! A load makes its [key](CacheKey), looks for an entry in memory and then on disk, and checks that the entry may serve: the layout of
//! the row type ([`Cacheable::LAYOUT`]), its age, and its *stamp*, the generations of everything it depends on, read before its
//! query ran. Of all the loads that miss one key at one time, in all processes, one asks the database. A connection's writes *fence* the
//! tables they change before anybody can see the change, and lift the fence with a new generation once the outcome is known. The fence
//! of a dead writer is recognised and lifted by whoever meets it; where a server may still commit what the dead had asked for, only after
//! [a grace](CacheBuilder::doubt_grace).
//!
//! A cache that fails never fails a query. Misuse is an [`Error`] that says what to do; everything else is told to
//! [listeners](CacheBuilder::listener).
//!
//! # Seeing what it does
//!
//! [`Cache::stats`] and [`Region::stats`] count hits by tier, misses and bypasses by reason, and print as tables.
//! [Listeners](CacheBuilder::listener) hear of each [`Event`]. [`Cache::disabled`] switches caching off for a scope. What is told names
//! regions and keys, and never holds SQL or bind values.
//!
//! With the feature **`tracing`**, events have the target `diesel_cache`: hits at `TRACE`; misses and bypasses with their reason, stores,
//! evictions and invalidations at `DEBUG`; failures, and a catalog that has changed, at `WARN`. Asking the database is a `DEBUG` span,
//! `diesel_cache.load`, with `region`, `key` and `outcome` (`rows` or `error`). It covers all loads that ask: the event before it says why.
//!
//! With the feature **`metrics`**, the installed recorder gets, each with the label `region`:
//!
//! | metric | kind | more labels |
//! | --- | --- | --- |
//! | `diesel_cache_hits_total` | counter | `tier`: `memory`, `disk`, `session` |
//! | `diesel_cache_stale_hits_total` | counter; of all hits | |
//! | `diesel_cache_misses_total` | counter | `reason`: a [`MissReason`] |
//! | `diesel_cache_bypasses_total` | counter | `reason`: a [`BypassReason`] |
//! | `diesel_cache_stores_total` | counter | |
//! | `diesel_cache_refusals_total` | counter; returned and not stored | `reason`: a [`RefusalReason`] |
//! | `diesel_cache_coalesced_waits_total` | counter; waits for another's rows | |
//! | `diesel_cache_evictions_total` | counter | |
//! | `diesel_cache_invalidations_total` | counter; of the region, its queries and values, by hand | |
//! | `diesel_cache_read_failures_total`, `diesel_cache_store_failures_total` | counter | |
//! | `diesel_cache_query_duration_seconds` | histogram; asking the database | |
//! | `diesel_cache_entries`, `diesel_cache_bytes` | gauge; as of the last change by this process | `tier`: `memory`, `disk` |
//!
//! A recorder may be installed before or after the cache is built; what happened until then it does not see. A metric stays with the first
//! recorder that it meets.
//!
//! # Asynchronous connections
//!
//! With the feature **`async`** all of this works on diesel-async 0.9: `AsyncPgConnection`, `AsyncMysqlConnection` and
//! `SyncConnectionWrapper<SqliteConnection>`, bare and from deadpool, bb8 and mobc, and in `conn.transaction(async |conn| …)`. The first
//! three imports go together in one scope:
//!
#![cfg_attr(all(feature = "async", feature = "sqlite"), doc = "```")]
#![cfg_attr(not(all(feature = "async", feature = "sqlite")), doc = "```ignore")]
//! use diesel::prelude::*;
//! use diesel_async::RunQueryDsl; // takes the place of Diesel's own
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
//! [`Cache::attach`], `attach_with`, [`Cache::install`] and the methods of [`RunCachedDsl`] have one name in both worlds. Sessions and
//! [`Cache::identify`] have another: `session_async`, `identify_async`. So have the calls for values:
//! `get_or_create_async`, `get_async`, `set_async` and the rest. Threads and tasks share entries, and wait for
//! each other's queries and creators.
//!
//! - **The runtime is not blocked.** A hit in memory stays on the task; files and locks on them are for the runtime's blocking threads, and
//!   waiting is done by wakers and tokio's timer, which has to be enabled. Only a write takes, in the task, the short steps of its fence, and the
//!   last handle of a [`Cache`], when it is dropped, writes to disk: drop it where that may block. A load that is kept and not polled while it leads
//!   makes others wait for [`lock_timeout`](RegionBuilder::lock_timeout).
//! - **Futures can be dropped.** Dropping a load, or a call for a value, releases its lock and its leadership; waiters query the database themselves.
//!   A write that is dropped is in doubt, since the server may go on with it: its tables are not cached until a later statement on its connection was answered, or the session is
//!   known to be gone ([`Cache::identify`]), or [the grace](CacheBuilder::doubt_grace) is over. On PostgreSQL it takes the second later
//!   statement, or the first if a cached load or a transaction came before it: only these show that no pipeline is under way.
//! - **Rows that a write returns** (`RETURNING`) come before the commit, but on SQLite. So its tables are not cached until the connection
//!   has been answered once more, which a pool sees to when it lends it again. A write that is executed, without rows, costs nothing more.
//!   Do not *load* a raw INSERT, UPDATE or DELETE without `RETURNING`.
//! - **Pipelines** of PostgreSQL may hold writes and uncached loads; each table is fenced until its own statement is over. A *cached* load takes
//!   `&mut AsyncPgConnection`: through a shared reference diesel-async shows neither the connection's instrumentation, where the cache is
//!   found, nor whether a transaction is open.
//! - **MySQL's driver** gives the answer to a dropped statement to the next one. On such a connection nothing is stored any more; drop it.
//! - **Migrations and [`Cache::introspect`]** want a blocking connection, or diesel-async's `AsyncConnectionWrapper`: a connection of both
//!   worlds, so that one has to be named, as in `cache.attach::<_, world::Blocking>(&mut conn)`.
//!
//! # Feature flags
//!
//! None is on by default. Those of backends and types have the names of Diesel's, and turn those on.
//!
//! | feature | what it brings |
//! | --- | --- |
//! | `sqlite`, `postgres`, `mysql` | queries for this backend can be cached |
//! | `chrono`, `time`, `uuid`, `serde_json`, `numeric`, `ipnet-address`, `network-address` | rows with this crate's types can be cached |
//! | `async` | diesel-async's connections; brings tokio |
//! | `tracing`, `metrics` | what happens is told to these facades |
//!
//! # Platforms
//!
//! What is promised about threads and tasks of one process holds everywhere. What is promised about several processes rests on the
//! directory: on memory that they map from one file, and on locks that the system takes back from the dead. The tests run on Linux; what is said
//! of other systems follows from the calls that the crate makes there.
//!
//! | | Linux | macOS, BSDs, illumos | Windows |
//! | --- | --- | --- | --- |
//! | regions in memory, sessions; threads and tasks | yes | yes | yes |
//! | disk regions: processes share entries, and see each other's writes at once | yes | yes | yes |
//! | no stale row after a writer was killed, at any instruction | yes | yes | yes |
//! | one query for a key that several *processes* miss at one time | yes | no: each process asks for itself | no: the same |
//! | one creation of a [value](Region::get_or_create) over all processes | yes | no: several may create it, and one value stays | no: the same |
//! | entries after a clean end and a reboot | yes | yes | yes |
//! | entries after all processes were killed | yes | no: a new start, and nothing is cached for [`doubt_grace`](CacheBuilder::doubt_grace) | no: the same |
//! | a directory that is deleted or replaced under running processes is noticed | yes | yes | no: the system keeps mapped files |
//! | the end of the process waits for what is being written | yes | yes | no: drop the cache, or [`flush`](Cache::flush) |
//! | other users cannot read the files | mode 0600 | mode 0600 | as the directory's permissions say |
//!
//! - **Android** is as Linux, with Rust 1.98 or later. Before, std has no locks on files there, and a cache with a directory is
//!   an error from [`CacheBuilder::build`]. Solaris has locks for processes, and not for two caches of one: use one cache.
//! - **Processor.** 64-bit atomics are needed, which most 32-bit targets have. Files of machines of another byte order are not read: entries are
//!   little-endian and mean the same everywhere, generations are those of one machine.
//! - **File system.** A local one: ext4, xfs, btrfs, APFS, NTFS, tmpfs (whose entries a reboot ends), the layers of a container. **Not a network file system**
//!   (NFS, SMB, a FUSE mount) with several machines, nor a directory that a virtual machine shares with its host (9p, virtiofs, the
//!   bind mounts of Docker Desktop): neither the mapped memory nor the locks are common there, so writes of one side would go unseen by the other.
//!   Give each machine a directory of its own, and bound what it does not see by a [time to live](RegionBuilder::time_to_live).
//! - **Containers** on one kernel may share a directory through a volume, as one user. Their clocks since the boot have to agree: no time namespaces.
//! - **WSL 2** is Linux, on its own disk; `/mnt/c` is a network file system to it. WSL 1 has not been tried.
//!
//! # Compile errors and what they mean
//!
//! - *"`…` cannot be cached"*, on `.cached(…)`: the query is not a SELECT, or it takes locks, or it is of a type of your own. See
//!   [`CacheableQuery`].
//! - *"`…` cannot be cached"*, on `.load(…)`: the row type is not [`Cacheable`]. Derive it.
//! - *"queries for `…` cannot be cached"*: the backend's feature is not on. See [`KeyBackend`], also for `MultiConnection`.
//! - *"the trait bound `Cached<…>: LockingDsl<…>` is not satisfied"*: `for_update()` after `.cached(…)`.
//! - *"a cached query cannot be combined with `…`"*, *"the trait bound `Cached<…>: SelectQuery` is not satisfied"*, *"`Cached<…>` is not an
//!   iterator"*: a cached query as a part of another one. See [`CachedDsl::cached`].
//! - *"a cached query cannot be loaded on `&AsyncPgConnection`"*: it takes `&mut AsyncPgConnection`.

mod cache;
mod cacheable;
mod catalog;
mod clock;
mod config;
mod connection;
mod context;
mod creator;
mod doubt;
pub mod dsl;
mod engine;
mod entry;
mod error;
mod event;
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
mod query;
mod region;
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
pub use cacheable::{Cacheable, Layout};
pub use catalog::{CatalogBackend, Consequence, Introspection, Opaque};
pub use clock::Clock;
pub use config::{CacheConfig, RegionConfig, RegionKind};
pub use connection::CacheConnection;
#[doc = include_str!("cacheable/derive.md")]
pub use diesel_cache_derive::Cacheable;
pub use doubt::SessionBackend;
pub use engine::Lookup;
pub use error::Error;
pub use event::{BypassReason, Event, Invalidation, MissReason, RefusalReason, Tier};
pub use key::{CacheKey, KeyBackend, KeyHasher};
pub use observe::world;
pub use query::{
    CacheableQuery, Cached, CachedDsl, Explanation, LoadShared, Rows, RunCachedDsl, WithBind, WithSql, kind,
};
#[cfg(feature = "async")]
pub use query::{Load, RowStream, WholeConnection};
pub use region::{Region, RegionBuilder, RegionName, RegionRef, RegionStats, Sweep, Verification};
#[cfg(feature = "async")]
pub use value::PreparedAsync;
pub use value::{Prepared, Values};

/// What a program that caches queries imports.
pub mod prelude {
    pub use crate::{Cache, Cacheable, Cached, CachedDsl, Lookup, Region, RunCachedDsl};
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
