//! A member of the cluster, in a process of its own.

use std::io::{BufRead, BufReader, Read, stdin};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use diesel_cache::{Cache, RedisCluster, Region};
use rustix::process::{Pid, Signal, kill_process};

/// The lease of all members.
pub(crate) const LEASE: Duration = Duration::from_secs(2);

/// Builds a cache in the cluster.
pub(crate) fn join(url: &str, name: &str) -> Cache {
    Cache::builder()
        .cluster(RedisCluster::new(url).name(name).lease(LEASE))
        .region(Region::memory("hot"))
        .build()
        .unwrap()
}

/// Runs a member in this process until the parent process ends.
pub(crate) fn run(url: &str, name: &str) {
    let cache = join(url, name);
    assert!(cache.wait_for_cluster(10 * LEASE));
    println!("serving");
    let _ = stdin().read(&mut [0]);
}

/// A running member, which is killed when this is dropped.
pub(crate) struct Member(Child);

impl Member {
    pub(crate) fn start(url: &str, name: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--member", url, name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        assert_eq!(line, "serving\n");
        Self(child)
    }

    /// Pauses the process.
    pub(crate) fn pause(&self) {
        kill_process(Pid::from_child(&self.0), Signal::STOP).unwrap();
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
