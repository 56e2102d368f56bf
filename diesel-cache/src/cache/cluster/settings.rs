//! The settings of a cluster, set in code.

use std::time::Duration;

use crate::{ClusterConfig, Coherence};

/// The settings of a cluster of machines that share one Redis or Valkey; for
/// [`CacheBuilder::cluster`](crate::CacheBuilder::cluster).
///
/// All processes with the same server and the same [`name`](Self::name) share their invalidations, like the processes
/// that use one directory. A hit reads only this process's memory. A write waits for the server, and for the other
/// processes. [Several machines](crate::guide::machines) says what that costs, and what happens when the server fails.
///
/// ```
/// use diesel_cache::{Cache, RedisCluster, Region};
/// use std::time::Duration;
///
/// # let url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
/// let cluster = RedisCluster::new(url).name("doc/cluster").lease(Duration::from_secs(1));
/// let cache = Cache::builder().cluster(cluster).region(Region::memory("hot")).build()?;
/// # Ok::<(), diesel_cache::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
#[must_use = "it has an effect in `CacheBuilder::cluster`"]
pub struct RedisCluster {
    pub(in crate::cache) config: ClusterConfig,
}

impl RedisCluster {
    /// Names the server, by a URL as for [`RegionBuilder::redis_url`](crate::RegionBuilder::redis_url).
    ///
    /// A malformed URL is an [`Error::Config`](crate::Error::Config) of [`build`](crate::CacheBuilder::build). It is no
    /// error if the server cannot be reached: loads query the database until it can be.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            config: ClusterConfig::new(url.into()),
        }
    }

    /// Sets the name of the cluster: 1 to 100 letters, digits, and `-_./`.
    ///
    /// Clusters with different names on one server do not see each other. Defaults to `default`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.config.name = Some(name.into());
        self
    }

    /// Sets the lease: how long a process may serve after its last contact with the server. From 100 milliseconds to 60
    /// seconds.
    ///
    /// A process renews its lease three times in this time. A process that has died, or hangs, delays the next write of
    /// the others once, by up to this time. With a shorter lease, more messages are sent, and a pause of a process or
    /// of the network is more likely to cost a process its lease; it then queries the database until it has another.
    /// All processes of a cluster should have the same lease. Defaults to 2 seconds.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.config.lease = Some(lease);
        self
    }

    /// Sets the longest wait for a reply of the server. Defaults to a quarter of the lease.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.config.timeout = Some(timeout);
        self
    }

    /// Sets the longest wait for a connection to an address of the server. Defaults to a quarter of the lease.
    ///
    /// The resolution of the server's name is bounded by the system's resolver alone, and a name with several addresses
    /// may take this long for each. Give an address where that matters.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.config.connect_timeout = Some(timeout);
        self
    }

    /// Sets whether this process's writes wait for other processes. Defaults to [`Coherence::Linearizable`].
    ///
    /// Each process chooses for its own writes. Loads are linearizable with respect to the writes of those processes
    /// that wait.
    pub fn coherence(mut self, coherence: Coherence) -> Self {
        self.config.coherence = Some(coherence);
        self
    }

    /// How long past its lease a process that cannot reach the server may still serve its entries, stale; at most a day.
    ///
    /// It gives up the promise of the cluster for that time: loads may return rows that are older than what other
    /// processes have written since this one lost the server. They never return rows older than what this process has
    /// written or invalidated itself, by connections that are attached. In return, the loss of the server does not send
    /// every load of every process to the database.
    ///
    /// Entries serve that were valid when the server was lost, from memory and from files, and as long as their time to
    /// live, and [`stale_while_revalidate`](crate::RegionBuilder::stale_while_revalidate), allow. Each such load is
    /// reported as a stale [`Hit`](crate::Event::Hit). All other loads query the database, and nothing is stored. It
    /// ends when the process joins again; after this time, which counts from the end of the lease and goes on while the
    /// machine is suspended, loads query the database. A process that was stopped, and may not know that its lease is over,
    /// asks the server first.
    ///
    /// Defaults to zero: loads query the database as soon as the server is lost.
    ///
    /// ```
    /// # use diesel_cache::{Cache, RedisCluster, Region};
    /// # use std::time::Duration;
    /// # let url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
    /// let cluster = RedisCluster::new(url).name("doc/stale").stale_if_lost(Duration::from_secs(30));
    /// let cache = Cache::builder().cluster(cluster).region(Region::memory("hot")).build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn stale_if_lost(mut self, duration: Duration) -> Self {
        self.config.stale_if_lost = Some(duration);
        self
    }
}

impl From<ClusterConfig> for RedisCluster {
    fn from(config: ClusterConfig) -> Self {
        Self { config }
    }
}
