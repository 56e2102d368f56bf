//! The settings of Redis regions.

use std::time::Duration;

use super::RegionBuilder;

/// Settings of Redis regions.
impl RegionBuilder {
    /// Sets the server of a Redis region.
    ///
    /// | URL | server |
    /// | --- | --- |
    /// | `redis://user:password@host:6379/0` | one server |
    /// | `redis+unix:///run/redis.sock?db=0&user=user&pass=password` | one server, on a socket |
    /// | `redis+sentinel://user:password@host1:26379,host2:26379/service/0` | the master of a service that sentinels watch |
    /// | `redis+cluster://user:password@host1:6379,host2:6379` | a Redis Cluster |
    ///
    /// The ports are the defaults; the database, and the user or the login, may be left out. `valkey` may stand for
    /// `redis`. With `rediss` or `valkeys` all connections use TLS, which needs the feature `redis-tls`; `?ca=`, `?cert=` and
    /// `?key=` name files with certificates. Sentinels have their own `?sentinel_username=` and `?sentinel_password=`. Write
    /// special characters of a password percent-encoded, such as `%40` for `@`. [Redis](crate::guide::redis) has the
    /// details.
    ///
    /// A malformed URL, or a file of certificates that cannot be read, is an [`Error::Config`](crate::Error::Config) of
    /// [`build`](crate::CacheBuilder::build). A server that cannot be reached is not an error: the first load connects.
    /// Defaults to `redis://127.0.0.1:6379`.
    ///
    /// ```
    /// use diesel_cache::{Cache, Region};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let sentinels = "redis+sentinel://:secret@one.internal,two.internal,three.internal/cache";
    /// let cache = Cache::builder()
    ///     .directory(directory)
    ///     .region(Region::redis("default").redis_url(sentinels))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn redis_url(mut self, url: impl Into<String>) -> Self {
        self.settings.redis_url = Some(url.into().into());
        self
    }

    /// Sets the longest that a load waits for a reply of a Redis region's server; without one it goes on as if there were
    /// no entry.
    ///
    /// After a failure, loads do not wait again for a while, from 50 ms to 5 seconds. A large value may take longer, as
    /// long as its bytes keep coming. Defaults to 50 milliseconds.
    pub fn redis_timeout(mut self, duration: Duration) -> Self {
        self.settings.redis_timeout = Some(duration);
        self
    }

    /// Sets the longest that a load waits for a connection to a Redis region's server: the login, TLS, and what is asked of
    /// sentinels or of other nodes of a cluster, included. The name of a host is looked up by the system, which has a
    /// timeout of its own. Defaults to 250 milliseconds.
    pub fn redis_connect_timeout(mut self, duration: Duration) -> Self {
        self.settings.redis_connect_timeout = Some(duration);
        self
    }
}
