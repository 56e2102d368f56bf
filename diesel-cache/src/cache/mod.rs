//! The cache: its regions, and what is done to all of them.

mod builder;
mod disabled;
mod stats;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use builder::CacheBuilder;
pub use stats::CacheStats;

use diesel::internal::table_macro::StaticQueryFragment;

use crate::context::Context;
use crate::engine::{RegionCore, Scope, WriterHandle};
use crate::event::{Event, Invalidation};
use crate::generation::{Generations, Slot};
use crate::namespace::Namespace;
use crate::region::{Identity, Region, RegionRef};
use crate::sql::{self, Analysis, Operations, Tables, Writes};
use crate::telemetry::Level;
use crate::{CacheConfig, Error, footprint};

/// A cache: a set of regions, and what they share.
///
/// Cheap to clone; clones are the same cache. Build one at start-up, [`attach`](Self::attach) it to connections or
/// [`install`](Self::install) it for all of them.
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
    shared: Arc<Shared>,
    namespace: Namespace,
    identity: Identity,
    /// Handles in this namespace, by name, ready to be borrowed.
    regions: Arc<[Region]>,
}

struct Shared {
    /// No two caches have the same.
    id: u64,
    writer: Arc<WriterHandle>,
    context: Arc<Context>,
    cores: BTreeMap<String, Arc<RegionCore>>,
    directory: Option<Box<Path>>,
    doubt_grace: Duration,
}

impl Cache {
    /// Begins a cache without regions and without a directory.
    pub fn builder() -> CacheBuilder {
        CacheBuilder::default()
    }

    /// Builds a cache from settings, as [`CacheBuilder::config`] takes them.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use diesel_cache::Cache;
    ///
    /// let cache = Cache::from_config(toml::from_str("regions.hot = { kind = 'memory', time_to_live = '10m' }")?)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`CacheBuilder::build`].
    pub fn from_config(config: CacheConfig) -> Result<Self, Error> {
        Self::builder().config(config).build()
    }

    fn new(shared: Arc<Shared>, namespace: &str) -> Self {
        let namespace = Namespace::new(namespace);
        let identity = Identity::new(shared.id, &namespace);
        let handle = |core| {
            let writer = Arc::clone(&shared.writer);
            Region::new(Scope::new(writer, Arc::clone(core), namespace.clone()), identity)
        };
        let regions = shared.cores.values().map(handle).collect();
        Self {
            shared,
            namespace,
            identity,
            regions,
        }
    }

    fn named(&self, name: &str) -> Result<&Region, Error> {
        self.find(name.as_bytes()).ok_or_else(|| self.unknown(name))
    }

    /// Looks at one region after the other: there is a handful, and most names differ in length, which is looked at first.
    #[inline]
    fn find(&self, name: &[u8]) -> Option<&Region> {
        self.regions.iter().find(|region| region.name().as_bytes() == name)
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

    /// A handle to a region.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownRegion`], which lists the regions that exist.
    pub fn region(&self, name: &str) -> Result<Region, Error> {
        self.named(name).cloned()
    }

    /// The same cache, for another tenant or another database: same regions and files, other keys and generations.
    ///
    /// Entries of one namespace never answer for another, and an invalidation in one leaves the others alone. Keys know which
    /// database a connection leads to only if it was opened under [`install`](Self::install), so two databases that share a directory need
    /// two namespaces otherwise. The namespace replaces the handle's own; the default one is `""`.
    pub fn namespace(&self, name: impl AsRef<str>) -> Self {
        Self::new(Arc::clone(&self.shared), name.as_ref())
    }

    /// Makes every entry stale that read the table, in all regions and in every process that uses the same directory.
    ///
    /// For writes that do not pass through an attached connection.
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
        self.invalidate_tables([crate::diesel_text::static_name(T::STATIC_COMPONENT)]);
    }

    /// Makes every entry stale that read one of the tables, like [`invalidate_table`](Self::invalidate_table).
    ///
    /// A name is written as in SQL: `person`, `public.person`, `"Person"`.
    pub fn invalidate_tables<I>(&self, tables: I)
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let given: Vec<String> = tables.into_iter().map(|table| table.as_ref().to_owned()).collect();
        let names: Tables = given.iter().map(|name| sql::canonical(name)).collect();
        let context = &self.shared.context;
        context
            .generations
            .bump(&self.write_slots(&Writes::to(&names, &Operations::ALL)));
        context.listeners.notify(|| Event::Invalidated {
            what: Invalidation::Tables(given),
        });
    }

    /// Makes every entry of this namespace stale, in all regions and in every process that uses the same directory.
    pub fn invalidate_all(&self) {
        let context = &self.shared.context;
        context.generations.bump(&self.write_slots(&Writes::Everything));
        context.listeners.notify(|| Event::Invalidated {
            what: Invalidation::Everything,
        });
    }

    /// Waits until everything that was stored is in files, and the generations, by which entries are judged, are on disk.
    ///
    /// There is seldom a need. What a load has missed goes to memory at once, in a region that has it, and to a file a moment later: until then
    /// another process that misses the key waits, as for a query, and one that only looks
    /// ([`lookup`](crate::RunCachedDsl::lookup), [`only_if_cached`](crate::Cached::only_if_cached)) finds nothing. [Values](Region#values) are in their files
    /// when the call returns. The last handle of the cache waits when it is dropped; so does, on Unix, the end of the process, for five
    /// seconds at most: a cache in a static is never dropped. A process that is killed, or aborts,
    /// loses what was not written: a miss, and never a wrong row. Other processes see generations at once, and the last
    /// process to leave a directory writes them out. Without a directory there is nothing to wait for.
    ///
    /// # Errors
    ///
    /// [`Error::Directory`] if the file cannot be written.
    pub fn flush(&self) -> Result<(), Error> {
        self.shared.writer.queue().wait(None);
        self.shared
            .context
            .generations
            .sync()
            .map_err(|source| Error::Directory {
                path: self.shared.directory.as_deref().map(Path::to_owned).unwrap_or_default(),
                source,
            })
    }

    /// The directory that disk regions lie in.
    pub fn directory(&self) -> Option<&Path> {
        self.shared.directory.as_deref()
    }

    /// Is it the same cache, and the same namespace?
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared) && self.namespace == other.namespace
    }

    /// Returns the namespace of this handle.
    pub(crate) fn namespace_of_handle(&self) -> &Namespace {
        &self.namespace
    }

    /// What all of its namespaces share.
    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.shared.context
    }

    pub(crate) fn generations(&self) -> &Generations {
        &self.shared.context.generations
    }

    /// Everything that these writes move.
    pub(crate) fn write_slots(&self, writes: &Writes) -> Vec<Slot> {
        footprint::written_slots(&self.namespace, writes)
    }

    /// Adds to the analysis of a connection's text `sql` the known effects of its statements that the text does not show.
    #[inline]
    pub(crate) fn with_side_effects(&self, analysis: Arc<Analysis>, sql: &str) -> Arc<Analysis> {
        footprint::with_side_effects(&self.shared.context.catalogs, &self.namespace, analysis, sql)
    }

    /// Reports that a statement of an attached connection may have changed the catalog, once for each introspection.
    pub(crate) fn catalog_changed(&self, verb: &str) {
        let context = &self.shared.context;
        if context.catalogs.outdate(&self.namespace) {
            context.listeners.notify_at(Level::Failure, || Event::CatalogChanged {
                namespace: Arc::clone(self.namespace.shared()),
                verb: verb.into(),
            });
        }
    }

    /// How long a commit may be in doubt.
    pub(crate) fn doubt_grace(&self) -> Duration {
        self.shared.doubt_grace
    }

    /// The region that a query names.
    #[inline]
    pub(crate) fn resolve(&self, region: &RegionRef) -> Result<&Region, Error> {
        let name = region.name();
        if region.of().is_some_and(|identity| identity != self.identity) {
            return Err(Error::ForeignRegion {
                name: name.as_str().to_owned(),
            });
        }
        self.find(name.as_bytes()).ok_or_else(|| self.unknown(name.as_str()))
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
