//! A coordinator behind sentinels, whose master changes.

use diesel_cache_tests::{Rng, Sentinels};

/// A master, its replica, and the sentinels that watch them.
pub struct Service(Sentinels);

impl Service {
    pub fn start() -> Self {
        let sentinels = Sentinels::start();
        // Short times, so that a run of some seconds has several failovers.
        sentinels.set("down-after-milliseconds", 700);
        sentinels.set("failover-timeout", 2000);
        Self(sentinels)
    }

    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Returns the master, if the other node is its replica and up to date.
    pub fn whole(&self) -> Option<usize> {
        let master = self.0.master()?;
        let has = |node: usize, fact: &str| {
            let info = self.0.try_ask::<String>(node, &["INFO", "replication"]);
            info.is_ok_and(|info| info.contains(fact))
        };
        let is_whole = has(master, "role:master") && has(1 - master, "master_link_status:up");
        is_whole.then_some(master)
    }

    /// Asks the sentinels for a failover. Returns `false` if they refuse.
    pub fn switch(&self) -> bool {
        self.0.fail_over()
    }

    /// Makes a former master a replica, unless it has become the master again. The sentinels would do so in the end.
    pub fn demote(&self, node: usize) {
        if self.0.master() == Some(1 - node) {
            let port = self.0.nodes[1 - node].port().to_string();
            // This fails if a sentinel demotes the node at the same time, which closes the connection.
            let _ = self.0.try_ask::<redis::Value>(node, &["REPLICAOF", "127.0.0.1", &port]);
        }
    }

    /// Closes one in four connections of a node. Their processes connect to the new master; the others stay with the
    /// node.
    pub fn scatter(&self, node: usize, rng: &mut Rng) {
        for kind in ["normal", "pubsub"] {
            let clients = self.0.try_ask::<String>(node, &["CLIENT", "LIST", "TYPE", kind]);
            let clients = clients.unwrap_or_default();
            let ids = clients.lines().filter_map(|line| line.split([' ', '=']).nth(1));
            for id in ids.filter(|_| rng.one_in(4)) {
                // This fails if the connection has ended by itself.
                let _ = self.0.try_ask::<redis::Value>(node, &["CLIENT", "KILL", "ID", id]);
            }
        }
    }

    pub fn kill(&mut self, node: usize) {
        self.0.nodes[node].kill();
    }

    /// Starts a node again, without its data.
    pub fn restart(&mut self, node: usize) {
        self.0.nodes[node].restart();
    }

    pub fn pause(&self, node: usize) {
        self.0.nodes[node].pause();
    }

    pub fn resume(&self, node: usize) {
        self.0.nodes[node].resume();
    }
}
