//! How long writes and hits wait when something fails.

use std::time::Instant;

use diesel_cache_tests::RedisServer;

use crate::figures::{Faults, Subject};
use crate::member::{LEASE, Member, join};

pub(crate) fn all() -> Faults {
    let mut server = RedisServer::start(&[]);
    let (url, name) = (server.url(), "bench-faults");
    let mut subject = Subject::new(join(&url, name));
    let member = Member::start(&url, name);
    assert!(subject.cache.wait_for_cluster(10 * LEASE));

    member.pause();
    let mut timed_write = || {
        let start = Instant::now();
        subject.write();
        start.elapsed()
    };
    let paused = timed_write();
    let after_pause = timed_write();
    server.kill();
    server.restart();
    let start = Instant::now();
    assert!(subject.cache.wait_for_cluster(60 * LEASE));
    let restarted = start.elapsed();
    server.kill();
    let start = Instant::now();
    subject.write();
    let without_server = start.elapsed();
    Faults {
        paused,
        after_pause,
        restarted,
        without_server,
    }
}
