//! The coordinator's server is replaced: behind sentinels, in a Redis Cluster, by hand. Also servers that ask for
//! certificates and passwords.
//!
//! Entries in Redis are on another server, which stays up. So a machine can read entries even when it cannot know
//! whether they are valid.

mod alone;
mod cluster;
mod named;
mod sentinels;
mod tls;

use std::time::Duration;

use diesel_cache::{ClusterChange, Event};
use diesel_cache_tests::{Database, RedisServer};

use crate::machines::world::{LEASE, Machine};

type Db = diesel_cache_tests::Postgres;

/// A database, and a Redis server for entries.
struct Place {
    db: Database<Db>,
    entries: RedisServer,
}

impl Place {
    fn new() -> Self {
        Self {
            db: Database::new(),
            entries: RedisServer::start(&[]),
        }
    }

    /// Creates a machine, which may not serve yet.
    fn starting(&self, url: &str, name: &str) -> Machine<Db> {
        self.with_lease(url, name, LEASE)
    }

    fn with_lease(&self, url: &str, name: &str, lease: Duration) -> Machine<Db> {
        Machine::starting(&self.db, &self.entries, name, |builder, _| {
            let cluster = diesel_cache::RedisCluster::new(url).lease(lease);
            builder.cluster(cluster.timeout(LEASE).connect_timeout(LEASE))
        })
    }

    /// Creates two machines that serve, and that have the first person in all regions.
    fn settled(&self, url: &str) -> [Machine<Db>; 2] {
        let mut machines = ["one", "two"].map(|name| self.starting(url, name));
        for machine in &mut machines {
            machine.serves();
            machine.settle_all("person 01");
        }
        machines
    }
}

/// Asserts that all machines serve and cache, and that each sees every other's write as soon as the write has returned.
fn work(machines: &mut [Machine<Db>], before: &str) {
    for machine in &mut *machines {
        machine.serves();
        machine.settle_all(before);
    }
    for writer in 0..machines.len() {
        let name = format!("{before}, by {writer}");
        machines[writer].rename(&name);
        for machine in &mut *machines {
            machine.shows(&name);
        }
        for machine in &mut *machines {
            machine.settle_all(&name);
        }
    }
}

/// Returns how often a machine has joined an epoch.
fn epochs(machine: &Machine<Db>) -> u64 {
    machine.cache.cluster().unwrap().epochs()
}

/// Returns the reasons for which a machine has lost the server since the last call.
fn losses(machine: &Machine<Db>) -> Vec<String> {
    let lost = |event| match event {
        Event::Cluster {
            change: ClusterChange::Lost { error, .. },
            ..
        } => Some(error.to_string()),
        _ => None,
    };
    machine.events.take().into_iter().filter_map(lost).collect()
}

/// Waits until a replica is up to date with its master.
fn replicates(replica: &RedisServer, master: &RedisServer) {
    let port = master.port().to_string();
    replica.command(&["REPLICAOF", "127.0.0.1", &port]);
    crate::machines::world::until("the replica is up to date", || {
        let offset = |server: &RedisServer, name: &str| {
            let info: String = server.ask(&["INFO", "replication"]).unwrap();
            let line = info.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
            (
                info.contains("master_link_status:up") || server.port() == master.port(),
                line,
            )
        };
        let (is_up, replicated) = offset(replica, "slave_repl_offset:");
        is_up && replicated == offset(master, "master_repl_offset:").1
    });
}
