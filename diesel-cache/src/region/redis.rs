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
    /// The ports in the table are the defaults. The database, the user, and the whole login are optional. Schemes may
    /// begin with `valkey` instead of `redis`. With `rediss` or `valkeys`, all connections use TLS, which needs the
    /// feature `redis-tls`; `?ca=`, `?cert=` and `?key=` name files with certificates. Sentinels have their own
    /// `?sentinel_username=` and `?sentinel_password=`. Write special characters of a password percent-encoded, such as
    /// `%40` for `@`. [Redis](crate::guide::redis) has the details.
    ///
    /// A malformed URL, or a file of certificates that cannot be read, is an [`Error::Config`](crate::Error::Config) of
    /// [`build`](crate::CacheBuilder::build). It is no error if the server cannot be reached: the first load connects.
    /// Defaults to the server of the [cluster](crate::guide::machines) if the cache is a member of one, and otherwise
    /// to `redis://127.0.0.1:6379`.
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

    /// Sets how long a load waits for a reply from a Redis region's server. If there is none, the load continues as if
    /// there were no entry.
    ///
    /// After a failure, loads do not try the server again for a while, from 50 ms to 5 seconds. A large value may take
    /// longer than the timeout, as long as its bytes keep arriving. Defaults to 50 milliseconds.
    pub fn redis_timeout(mut self, duration: Duration) -> Self {
        self.settings.redis_timeout = Some(duration);
        self
    }

    /// Sets how long a load waits for a connection to a Redis region's server. This includes the login, TLS, and
    /// questions to sentinels and to other nodes of a Redis Cluster. It does not include the lookup of the host name,
    /// for which the system has its own timeout. Defaults to 250 milliseconds.
    pub fn redis_connect_timeout(mut self, duration: Duration) -> Self {
        self.settings.redis_connect_timeout = Some(duration);
        self
    }
}
