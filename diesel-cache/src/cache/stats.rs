//! The statistics of all regions.

use std::fmt;

use super::Cache;
use crate::region::{RegionStats, overview, patience};

/// The statistics of all regions of a cache in this process; returned by [`Cache::stats`].
///
/// They print as a table, with a line for each region:
///
/// ```text
/// region   hits  misses  hit ratio  bypasses  stores  evictions  entries     size  in database   saved
/// default  1204     106     91.9 %         3     104         12      812  1.2 MiB        1.4 s  12.3 s
/// hot         0       0          -         0       0          0        0      0 B         0 µs    0 µs
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheStats(Vec<RegionStats>);

impl CacheStats {
    /// Returns the statistics of each region, sorted by name.
    pub fn regions(&self) -> &[RegionStats] {
        &self.0
    }

    /// Returns the statistics of one region.
    pub fn region(&self, name: &str) -> Option<&RegionStats> {
        self.0.iter().find(|stats| stats.region() == name)
    }
}

impl fmt::Display for CacheStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        overview(&self.0, f)
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
        let cores = self.shared.cores.values();
        CacheStats(cores.map(|core| RegionStats::of(core, deadline)).collect())
    }
}
