//! The settings of Redis regions.

use std::time::Duration;

use super::RegionBuilder;

/// Settings of Redis regions.
impl RegionBuilder {
    /// Sets the server of a Redis region.
    ///
    /// `redis://user:password@host:port/database`, or `redis+unix:///path?db=0` for a socket; `valkey://` is the same. For
    /// TLS, `rediss://`, let your own `Cargo.toml` name the crate `redis` with one of its features for TLS, such as
    /// `tls-rustls`. A malformed URL is an [`Error::Config`](crate::Error::Config) of
    /// [`build`](crate::CacheBuilder::build). A server that cannot be reached is not an error: the first load connects.
    /// Defaults to `redis://127.0.0.1:6379`.
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

    /// Sets the longest that a load waits for a connection to a Redis region's server, the login included. The name of a
    /// host is looked up by the system, which has a timeout of its own. Defaults to 250 milliseconds.
    pub fn redis_connect_timeout(mut self, duration: Duration) -> Self {
        self.settings.redis_connect_timeout = Some(duration);
        self
    }
}
