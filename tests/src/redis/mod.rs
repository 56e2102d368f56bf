//! Redis: the server that all tests share, and servers that belong to one test, which may stop them.

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

/// Longer than a process ever has to wait on a machine that is busy with tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the URL of the server that all tests share. Each cache has its own entries there, so tests do not disturb
/// each other.
pub fn redis_url() -> String {
    env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".into())
}

/// Begins a region on the server that all tests share. Its timeouts are so long that a busy machine does not exceed
/// them.
pub fn redis_region(name: &str) -> RegionBuilder {
    Region::redis(name)
        .redis_url(redis_url())
        .redis_timeout(PATIENCE)
        .redis_connect_timeout(PATIENCE)
}

/// Polls `is_so` until it returns `true`.
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it takes too long: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
