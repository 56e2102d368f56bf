//! A coordinator behind sentinels, whose master changes.

use diesel_cache_tests::{Rng, Sentinels};

/// A master, its replica, and the sentinels that watch them.
pub struct Service(Sentinels);

impl Service {
    pub fn start() -> Self {
        let sentinels = Sentinels::start();
        // Several failovers in a run of some seconds.
        sentinels.set("down-after-milliseconds", 700);
        sentinels.set("failover-timeout", 2000);
        Self(sentinels)
    }

    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Returns the node that is the master, if the other one is its replica and up to date.
    pub fn whole(&self) -> Option<usize> {
        let master = self.0.master()?;
        let has = |node: usize, fact: &str| {
            let info = self.0.try_ask::<String>(node, &["INFO", "replication"]);
            info.is_ok_and(|info| info.contains(fact))
        };
        let is_whole = has(master, "role:master") && has(1 - master, "master_link_status:up");
        is_whole.then_some(master)
    }

    /// Asks for a failover. Returns `false` if the sentinels refuse.
    pub fn switch(&self) -> bool {
        self.0.fail_over()
    }

    /// Makes a former master a replica, if it is still the one and no longer the other. The sentinels would do so in the end.
    pub fn demote(&self, node: usize) {
        if self.0.master() == Some(1 - node) {
            let port = self.0.nodes[1 - node].port().to_string();
            // Or a sentinel has closed the connection, because it has done so.
            let _ = self.0.try_ask::<redis::Value>(node, &["REPLICAOF", "127.0.0.1", &port]);
        }
    }

    /// Closes one in four connections of a node. Some processes follow the sentinels then, and others stay.
    pub fn scatter(&self, node: usize, rng: &mut Rng) {
        for kind in ["normal", "pubsub"] {
            let clients = self.0.try_ask::<String>(node, &["CLIENT", "LIST", "TYPE", kind]);
            let clients = clients.unwrap_or_default();
            let ids = clients.lines().filter_map(|line| line.split([' ', '=']).nth(1));
            for id in ids.filter(|_| rng.one_in(4)) {
                // Or it has ended by itself.
                let _ = self.0.try_ask::<redis::Value>(node, &["CLIENT", "KILL", "ID", id]);
            }
        }
    }

    pub fn kill(&mut self, node: usize) {
        self.0.nodes[node].kill();
    }

    /// Starts a node again, with nothing.
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
