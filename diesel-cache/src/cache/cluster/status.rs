//! The status of a process in its cluster.

use std::fmt;
use std::time::Duration;

use super::super::handle::Cache;
use crate::generation::ClusterState;

/// The status of this process in its cluster of machines; from [`Cache::cluster`].
///
/// The counts are those of this process since the cache was built. Prints as a few lines:
///
/// ```text
/// cluster default at redis://cache.internal:6379: serving, 3 members
///   epochs            1  lost 0
///   events         4711
///   writes          120  waited 21.4 ms, at most 1.2 ms, unfenced 0, for dead members 0
///   fences            0  owed 0
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterStatus(ClusterState);

impl ClusterStatus {
    /// Returns `true` if loads are answered from the cache.
    pub fn is_serving(&self) -> bool {
        self.0.is_serving
    }

    /// Returns `true` if the process has lost the server, and loads are answered with stale rows as
    /// [`stale_if_lost`](crate::RedisCluster::stale_if_lost) allows.
    pub fn is_serving_stale(&self) -> bool {
        self.0.is_serving_stale
    }

    /// Returns `true` if the process is a member. A member serves while it has a lease, unless the epoch [is
    /// young](Self::is_young).
    pub fn is_joined(&self) -> bool {
        self.0.is_joined
    }

    /// Returns `true` if the epoch began so recently that no member serves yet.
    pub fn is_young(&self) -> bool {
        self.0.is_young
    }

    /// Returns the id of the epoch, which is the same for all members; `None` if the process is not a member. Entries
    /// of other epochs are invalid.
    pub fn epoch(&self) -> Option<u64> {
        self.0.epoch
    }

    /// Returns the number of members, including this process; 0 if this process is not a member.
    pub fn members(&self) -> usize {
        self.0.members
    }

    /// Returns how many writes of all members are under way, or in doubt.
    pub fn fences(&self) -> usize {
        self.0.fences
    }

    /// Returns how much of what this process has written or invalidated the server does not know yet. Counts writes whose
    /// end it has yet to hear of, and, for what was written while it was out of reach, slots: those of a table, of a row,
    /// or of a value, each once. A write to one row has several.
    pub fn owed(&self) -> usize {
        self.0.owed
    }

    /// Returns why the process is not a member; `None` if it is one.
    pub fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// Returns how many epochs the process has joined.
    pub fn epochs(&self) -> u64 {
        self.0.epochs
    }

    /// Returns how often the process has lost contact with the server.
    pub fn losses(&self) -> u64 {
        self.0.losses
    }

    /// Returns how many events the process has applied: changes by any member, including itself.
    pub fn events(&self) -> u64 {
        self.0.events
    }

    /// Returns how many writes of this process have waited for other members.
    pub fn writes(&self) -> u64 {
        self.0.writes
    }

    /// Returns the total time that writes and invalidations of this process have waited.
    pub fn waited(&self) -> Duration {
        self.0.waited
    }

    /// Returns the longest time that a write or an invalidation of this process has waited.
    pub fn longest_wait(&self) -> Duration {
        self.0.longest_wait
    }

    /// Returns how many writes and invalidations of this process went on although the server could not be reached.
    pub fn unfenced(&self) -> u64 {
        self.0.unfenced
    }

    /// Returns how many writes of this process had to wait for the end of another member's lease.
    pub fn expired(&self) -> u64 {
        self.0.expired
    }
}

impl fmt::Display for ClusterStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = &self.0;
        write!(f, "cluster {} at {}: ", status.name, status.location)?;
        match (&status.error, status.is_serving) {
            (_, true) if status.members == 1 => writeln!(f, "serving, 1 member")?,
            (_, true) => writeln!(f, "serving, {} members", status.members)?,
            (Some(error), _) if status.is_serving_stale => writeln!(f, "serving stale rows, not a member: {error}")?,
            (Some(error), _) => writeln!(f, "not a member: {error}")?,
            (None, _) if status.is_young => {
                writeln!(f, "waiting for a new epoch to mature, {} members", status.members)?
            }
            (None, false) => writeln!(f, "waiting for a lease")?,
        }
        writeln!(f, "  epochs {:>12}  lost {}", status.epochs, status.losses)?;
        writeln!(f, "  events {:>12}", status.events)?;
        let (waited, longest) = (status.waited, status.longest_wait);
        writeln!(
            f,
            "  writes {:>12}  waited {waited:.1?}, at most {longest:.1?}, unfenced {}, for dead members {}",
            status.writes, status.unfenced, status.expired
        )?;
        write!(f, "  fences {:>12}  owed {}", status.fences, status.owed)
    }
}

impl Cache {
    /// Returns the status of this process in its [cluster](crate::CacheBuilder::cluster); `None` if the cache belongs
    /// to none.
    ///
    /// ```
    /// # use diesel_cache::{Cache, RedisCluster};
    /// # let url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
    /// let cache = Cache::builder().cluster(RedisCluster::new(url).name("doc/status")).build()?;
    /// if let Some(cluster) = cache.cluster() {
    ///     println!("{cluster}");
    /// }
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn cluster(&self) -> Option<ClusterStatus> {
        self.generations()
            .cluster()
            .map(|cluster| ClusterStatus(cluster.status()))
    }

    /// Waits until this process serves as a member of its cluster, for at most `timeout`. Returns `true` if it serves,
    /// or if the cache belongs to no cluster. Blocks the thread.
    ///
    /// There is no need to wait before using the cache: until the process serves, loads query the database. The first
    /// member of a new cluster serves after one lease.
    ///
    /// ```
    /// # use diesel_cache::{Cache, RedisCluster};
    /// # use std::time::Duration;
    /// # let url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
    /// let cluster = RedisCluster::new(url).name("doc/wait").lease(Duration::from_millis(200));
    /// let cache = Cache::builder().cluster(cluster).build()?;
    /// assert!(cache.wait_for_cluster(Duration::from_secs(10)));
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn wait_for_cluster(&self, timeout: Duration) -> bool {
        let cluster = self.generations().cluster();
        cluster.is_none_or(|cluster| cluster.wait_until_serving(timeout))
    }
}
