//! Members for tests that need the server of `REDIS_URL`.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::{Cluster, ClusterOptions, Report};
use crate::generation::{GenerationOptions, Slot, hash};
use crate::redis_server::{Server, Timeouts};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn options(name: &str) -> ClusterOptions {
    let url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
    ClusterOptions {
        server: Server::parse(&url).unwrap(),
        name: name.to_owned(),
        lease: Duration::from_secs(2),
        timeouts: Timeouts {
            connect: PATIENCE,
            reply: PATIENCE,
        },
        stale_if_lost: Duration::ZERO,
        waits: true,
        report: Report(Arc::new(|_| {})),
    }
}

/// A member that serves.
pub(super) fn member(options: ClusterOptions) -> Cluster {
    let member = Cluster::join(options, GenerationOptions::default()).unwrap();
    assert!(member.wait_until_serving(PATIENCE));
    member
}

/// Two members of a cluster of their own.
pub(super) fn members() -> [Cluster; 2] {
    let name = format!("unit/{:x}", hash::random());
    [(); 2].map(|()| member(options(&name)))
}

pub(super) fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE);
        thread::yield_now();
    }
}

pub(super) fn slot() -> Slot {
    Slot::from_index(7).unwrap()
}
