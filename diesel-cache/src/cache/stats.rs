//! The statistics of all regions.

use std::fmt;

#[cfg(feature = "redis")]
use super::cluster::ClusterStatus;
use super::handle::Cache;
use crate::region::{RegionStats, Statements, overview, patience};

/// The statistics of all regions of a cache in this process; returned by [`Cache::stats`].
///
/// They print as a table, with a line for each region. If the cache belongs to a
/// [cluster](crate::CacheBuilder::cluster), its status follows, after an empty line.
///
/// ```text
/// region   hits  misses  hit ratio  bypasses  stores  evictions  entries     size  in database   saved
/// default  1204     106     91.9 %         3     104         12      812  1.2 MiB        1.4 s  12.3 s
/// hot         0       0          -         0       0          0        0      0 B         0 µs    0 µs
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheStats {
    regions: Vec<RegionStats>,
    #[cfg(feature = "redis")]
    cluster: Option<ClusterStatus>,
}

impl CacheStats {
    /// Returns the statistics of each region, sorted by name.
    pub fn regions(&self) -> &[RegionStats] {
        &self.regions
    }

    /// Returns the statistics of one region.
    pub fn region(&self, name: &str) -> Option<&RegionStats> {
        self.regions.iter().find(|stats| stats.region() == name)
    }

    /// Returns how things stand with the cluster, as [`Cache::cluster`] does.
    #[cfg(feature = "redis")]
    pub fn cluster(&self) -> Option<&ClusterStatus> {
        self.cluster.as_ref()
    }
}

impl fmt::Display for CacheStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        overview(&self.regions, f)?;
        #[cfg(feature = "redis")]
        if let Some(cluster) = &self.cluster {
            write!(f, "\n\n{cluster}")?;
        }
        Ok(())
    }
}

impl Cache {
    /// Returns what the regions have done in this process since the cache was built, in all namespaces, and what they
    /// hold.
    ///
    /// ```
    /// use diesel_cache::{Cache, Region};
    ///
    /// let cache = Cache::builder().region(Region::memory("hot")).region(Region::null("off")).build()?;
    /// let stats = cache.stats();
    /// assert_eq!(stats.regions().len(), 2);
    /// println!("{stats}");
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn stats(&self) -> CacheStats {
        let deadline = patience();
        let regions = self.shared.region_cores.values();
        CacheStats {
            regions: regions.map(|core| RegionStats::of(core, deadline)).collect(),
            #[cfg(feature = "redis")]
            cluster: self.cluster(),
        }
    }

    /// Returns what the loads of each statement have done in this process, in all regions and namespaces, the most
    /// expensive first.
    ///
    /// A statement is listed at its first load. Each region lists up to
    /// [`max_statements`](crate::CacheBuilder::max_statements), and counts the rest together. The counts are exact, and
    /// those of a region's statements add up to the region's. Values are of no statement. If other threads count at the
    /// same time, the counts may not add up.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// use diesel_cache::{Cache, Region, prelude::*};
    ///
    /// let cache = Cache::builder().region(Region::memory("hot")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// for id in [1, 2, 1] {
    ///     person::table.find(id).cached("hot").load::<(i32, String)>(&mut conn)?;
    /// }
    /// let statements = cache.statements();
    /// let find = statements.iter().next().ok_or("none")?;
    /// assert_eq!((find.calls(), find.hits(), find.misses()), (3, 1, 2));
    /// assert!(find.sql().ends_with("WHERE (`person`.`id` = ?)"));
    /// assert_eq!(find.tables(), Some(vec!["person"]));
    /// println!("{statements}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn statements(&self) -> Statements {
        Statements::of(self.shared.region_cores.values().map(|core| &**core))
    }

    /// Empties the list of [`statements`](Self::statements): each is listed again, from zero, at its next load. Entries
    /// stay, and so do the statistics of regions.
    pub fn reset_statements(&self) {
        for core in self.shared.region_cores.values() {
            core.record.statements.reset();
        }
    }
}
