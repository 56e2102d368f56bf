//! Redis: the server that all tests share, and servers of a test's own, which it may stop.

mod certificates;
mod cluster;
mod naming;
mod sentinels;
mod server;

use std::env;
use std::time::{Duration, Instant};

use diesel_cache::{Region, RegionBuilder};

pub use self::certificates::Certificates;
pub use self::cluster::RedisCluster;
pub use self::naming::NamingSentinel;
pub use self::sentinels::Sentinels;
pub use self::server::RedisServer;

/// Longer than any pause of a machine that is busy with tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the URL of the server that all tests share. The entries of a cache are its own, so tests do not meet there.
pub fn redis_url() -> String {
    env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".into())
}

/// Begins a region on the server that all tests share. It waits for replies as long as it takes.
pub fn redis_region(name: &str) -> RegionBuilder {
    Region::redis(name)
        .redis_url(redis_url())
        .redis_timeout(PATIENCE)
        .redis_connect_timeout(PATIENCE)
}

/// Looks again and again until it is so.
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it takes too long: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
