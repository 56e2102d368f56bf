//! The handle of a cache, and what all handles share.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::internal::table_macro::StaticQueryFragment;

use crate::cache_core::CacheCore;
use crate::diesel_text::static_name;
use crate::engine::{RegionCore, Scope, WriterHandle};
use crate::event::{Event, Invalidation};
use crate::footprint::WrittenSlots;
use crate::generation::{Generations, Registry, Slot};
use crate::namespace::Namespace;
use crate::region::{HandleIdentity, Region, RegionRef};
use crate::sql::{self, Analysis, Operations, Tables, Writes};
use crate::telemetry::Level;
use crate::{Error, footprint};

/// A cache: a set of regions with a common directory, clock and listeners.
///
/// A `Cache` is cheap to clone, and all clones are the same cache. Build one at start-up. Then [`attach`](Self::attach)
/// it to each connection, or [`install`](Self::install) it for all of them.
///
/// ```
/// # use diesel::prelude::*;
/// # diesel::table! { person (id) { id -> Integer, name -> Text } }
/// use diesel_cache::{Cache, Region, prelude::*};
///
/// let cache = Cache::builder().region(Region::memory("default")).build()?;
/// let mut conn = SqliteConnection::establish(":memory:")?;
/// cache.attach(&mut conn);
/// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
/// let people: Vec<(i32, String)> = person::table.cached("default").load(&mut conn)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Cache {
    pub(super) shared: Arc<Shared>,
    pub(super) namespace: Namespace,
    pub(super) identity: HandleIdentity,
    /// Handles of this namespace, by name, ready to be borrowed.
    pub(super) regions: Arc<[Region]>,
}

pub(super) struct Shared {
    /// No two caches have the same.
    pub(super) id: u64,
    pub(super) writer: Arc<WriterHandle>,
    pub(super) core: Arc<CacheCore>,
    pub(super) region_cores: BTreeMap<String, Arc<RegionCore>>,
    pub(super) directory: Option<Box<Path>>,
    pub(super) doubt_grace: Duration,
}

impl Cache {
    pub(super) fn new(shared: Arc<Shared>, namespace: &str) -> Self {
        let namespace = Namespace::new(namespace);
        let identity = HandleIdentity::new(shared.id, &namespace);
        let handle = |core| {
            let writer = Arc::clone(&shared.writer);
            Region::new(Scope::new(writer, Arc::clone(core), namespace.clone()), identity)
        };
        let regions = shared.region_cores.values().map(handle).collect();
        Self {
            shared,
            namespace,
            identity,
            regions,
        }
    }

    fn named(&self, name: &str) -> Result<&Region, Error> {
        let found = self.regions.iter().find(|region| region.name() == name);
        found.ok_or_else(|| self.unknown(name))
    }

    #[cold]
    fn unknown(&self, name: &str) -> Error {
        Error::UnknownRegion {
            name: name.to_owned(),
            known: self.region_names().map(str::to_owned).collect(),
        }
    }

    fn region_names(&self) -> impl Iterator<Item = &str> {
        self.regions.iter().map(Region::name)
    }

    /// Returns a handle to a region.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownRegion`], which lists the regions that exist.
    pub fn region(&self, name: &str) -> Result<Region, Error> {
        self.named(name).cloned()
    }

    /// Returns a handle to the same cache for another tenant or another database. It has the same regions and files,
    /// but other keys and generations.
    ///
    /// An entry of one namespace is never served in another, and an invalidation in one does not affect the others.
    /// Unless the connections were opened under [`install`](Self::install) or
    /// [`watch_unattached`](Self::watch_unattached), keys do not contain the database, so two databases that share a
    /// directory need two namespaces. The name replaces the handle's namespace, and is not added to it. The default
    /// namespace is `""`.
    pub fn namespace(&self, name: impl AsRef<str>) -> Self {
        Self::new(Arc::clone(&self.shared), name.as_ref())
    }

    /// Invalidates every entry that depends on the table, in all regions and in every process that uses the same
    /// directory or cluster.
    ///
    /// Call it after a write that is not made on an attached connection.
    ///
    /// ```
    /// # diesel::table! { person (id) { id -> Integer } }
    /// # let cache = diesel_cache::Cache::builder().build()?;
    /// cache.invalidate_table::<person::table>();
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn invalidate_table<T>(&self)
    where
        T: diesel::Table + StaticQueryFragment,
        T::Component: fmt::Debug,
    {
        match static_name(T::STATIC_COMPONENT) {
            Some(name) => self.invalidate_tables([name]),
            None => self.invalidate_all(),
        }
    }

    /// Invalidates every entry that depends on one of the tables, like [`invalidate_table`](Self::invalidate_table).
    ///
    /// A name is written as in SQL: `person`, `public.person`, `"Person"`.
    pub fn invalidate_tables<I>(&self, tables: I)
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let given: Vec<String> = tables.into_iter().map(|table| table.as_ref().to_owned()).collect();
        let names: Tables = given.iter().map(|name| sql::canonical(name)).collect();
        let core = &self.shared.core;
        self.invalidate(&Writes::to(&names, &Operations::ALL));
        core.listeners.notify(|| Event::Invalidated {
            what: Invalidation::Tables(given),
        });
    }

    /// Invalidates every entry of this namespace, in all regions and in every process that uses the same directory or
    /// cluster.
    pub fn invalidate_all(&self) {
        let core = &self.shared.core;
        self.invalidate(&Writes::Everything);
        core.listeners.notify(|| Event::Invalidated {
            what: Invalidation::Everything,
        });
    }

    /// Waits until all stored entries are in files, and the generations are on disk.
    ///
    /// There is seldom a need to call this. In a disk region that also has memory, a load that misses a key stores the
    /// entry in memory at once, and a thread of the cache writes its file a moment later. Until then, another process
    /// that misses the key waits, as it would for a query, and a process that only looks
    /// ([`lookup`](crate::RunCachedDsl::lookup), [`only_if_cached`](crate::Cached::only_if_cached)) finds nothing.
    /// [Values](Region#values) are in their files when the call returns.
    ///
    /// Dropping the last handle of the cache also waits. On Unix, so does the exit of the process, for up to five
    /// seconds, because a cache in a static is never dropped. A process that is killed, or aborts, loses the entries
    /// that were not written. These become misses, and never wrong rows.
    ///
    /// Other processes see new generations at once. The last process to leave a directory writes them to disk. Without
    /// a directory there is nothing to wait for.
    ///
    /// # Errors
    ///
    /// [`Error::Directory`] if the file cannot be written.
    pub fn flush(&self) -> Result<(), Error> {
        self.shared.writer.queue().wait(None);
        self.shared.core.generations.sync().map_err(|source| Error::Directory {
            path: self.shared.directory.as_deref().map(Path::to_owned).unwrap_or_default(),
            source,
        })
    }

    /// Returns the directory of the disk regions.
    pub fn directory(&self) -> Option<&Path> {
        self.shared.directory.as_deref()
    }

    /// Whether this is the same cache, in the same namespace.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared) && self.namespace == other.namespace
    }

    /// Returns the namespace of this handle.
    pub(crate) fn namespace_of_handle(&self) -> &Namespace {
        &self.namespace
    }

    /// What all of its namespaces share.
    pub(crate) fn core(&self) -> &Arc<CacheCore> {
        &self.shared.core
    }

    pub(crate) fn generations(&self) -> &Generations {
        &self.shared.core.generations
    }

    /// Invalidates the entries that these writes, which have become visible, may have changed.
    pub(crate) fn invalidate(&self, writes: &Writes) {
        let slots = WrittenSlots::of(&self.namespace, writes);
        let rows = |registry: Registry<'_>| slots.rows(writes, None, &registry);
        self.generations().bump_with_rows(&slots.slots, rows);
    }

    /// Returns the slots that these writes move, but for those of rows.
    pub(crate) fn write_slots(&self, writes: &Writes) -> Vec<Slot> {
        footprint::table_slots(&self.namespace, writes)
    }

    /// Adds to the analysis of a connection's text `sql` the known effects of its statements that the text does not
    /// show.
    #[inline]
    pub(crate) fn with_side_effects(&self, analysis: Arc<Analysis>, sql: &str) -> Arc<Analysis> {
        let catalogs = &self.shared.core.catalogs;
        catalogs.with_side_effects(self.namespace.shared(), analysis, sql)
    }

    /// Reports that a statement of an attached connection may have changed the catalog, once for each introspection.
    pub(crate) fn catalog_changed(&self, verb: &str) {
        let core = &self.shared.core;
        if core.catalogs.outdate(&self.namespace) {
            core.listeners.notify_at(Level::Failure, || Event::CatalogChanged {
                namespace: Arc::clone(self.namespace.shared()),
                verb: verb.into(),
            });
        }
    }

    /// Reports that the namespace of a connection to this URL, as it may be shown, could not be chosen.
    pub(crate) fn namespace_failed(&self, url: String) {
        let listeners = &self.shared.core.listeners;
        listeners.notify_at(Level::Failure, || Event::NamespaceFailed { url: url.into() });
    }

    /// Reports the first write of a connection that is attached to no cache.
    pub(crate) fn unattached_write(&self, url: Box<str>, tables: Option<Vec<String>>) {
        let listeners = &self.shared.core.listeners;
        listeners.notify_at(Level::Failure, || Event::UnattachedWrite { url, tables });
    }

    /// Returns a number that no other cache of the process has. All namespaces of a cache have the same.
    pub(crate) fn id(&self) -> u64 {
        self.shared.id
    }

    /// Returns how long a commit may be in doubt.
    pub(crate) fn doubt_grace(&self) -> Duration {
        self.shared.doubt_grace
    }

    /// Finds the region that a query names. The search is linear, because there are few regions.
    #[inline]
    pub(crate) fn resolve(&self, region: &RegionRef) -> Result<&Region, Error> {
        let name = region.name();
        if region.of().is_some_and(|identity| identity != self.identity) {
            return Err(Error::ForeignRegion {
                name: name.as_str().to_owned(),
            });
        }
        let found = self.regions.iter().find(|region| region.is_named(name));
        found.ok_or_else(|| self.unknown(name.as_str()))
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("directory", &self.shared.directory)
            .field("namespace", &self.namespace)
            .field("regions", &self.region_names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
