//! A Redis Cluster of three masters, each of which may have a replica.

use super::server::RedisServer;
use super::wait_until;

/// The number of hash slots of a Redis Cluster.
const SLOTS: usize = 16384;

/// A cluster on this machine.
#[derive(Debug)]
pub struct RedisCluster {
    /// The masters, each with a third of the slots.
    pub masters: Vec<RedisServer>,
    /// A replica for each master, or none.
    pub replicas: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts three masters.
    pub fn start() -> Self {
        Self::start_nodes(0)
    }

    /// Starts three masters, and a replica for each.
    pub fn start_with_replicas() -> Self {
        Self::start_nodes(3)
    }

    fn start_nodes(replicas: usize) -> Self {
        let nodes = |count| (0..count).map(|_| node()).collect();
        let cluster = Self {
            masters: nodes(3),
            replicas: nodes(replicas),
        };
        for (index, master) in cluster.masters.iter().enumerate() {
            let third = index * SLOTS / 3..(index + 1) * SLOTS / 3;
            let slots: Vec<String> = third.map(|slot| slot.to_string()).collect();
            let words = ["CLUSTER", "ADDSLOTS"]
                .into_iter()
                .chain(slots.iter().map(String::as_str));
            master.command(&words.collect::<Vec<_>>());
            master.command(&["CLUSTER", "SET-CONFIG-EPOCH", &(index + 1).to_string()]);
        }
        let first = cluster.masters[0].port().to_string();
        for node in cluster.nodes() {
            node.command(&["CLUSTER", "MEET", "127.0.0.1", &first]);
        }
        cluster.agree();
        for (replica, master) in cluster.replicas.iter().zip(&cluster.masters) {
            let id = id(master);
            replica.command(&["CLUSTER", "REPLICATE", &id]);
            wait_until("the replica is up to date", || {
                let info: String = replica.ask(&["INFO", "replication"]).unwrap();
                info.contains("master_link_status:up")
            });
        }
        for node in cluster.nodes() {
            wait_until("every node knows the replicas", || {
                let nodes: String = node.ask(&["CLUSTER", "NODES"]).unwrap();
                nodes.lines().filter(|line| line.contains("slave")).count() == replicas
            });
        }
        cluster
    }

    /// Waits until all nodes know each other, and the owner of every slot.
    fn agree(&self) {
        let known = format!("cluster_known_nodes:{}\r", self.nodes().count());
        for node in self.nodes() {
            wait_until("the nodes agree", || {
                let info: String = node.ask(&["CLUSTER", "INFO"]).unwrap();
                info.contains("cluster_state:ok") && info.contains(&known)
            });
        }
    }

    fn nodes(&self) -> impl Iterator<Item = &RedisServer> {
        self.masters.iter().chain(&self.replicas)
    }

    /// Returns a URL that names one master only.
    pub fn url_of(&self, master: usize) -> String {
        format!("redis+cluster://{}", self.masters[master].address())
    }

    /// Returns a URL that names all masters.
    pub fn url(&self) -> String {
        let addresses: Vec<String> = self.masters.iter().map(RedisServer::address).collect();
        format!("redis+cluster://{}", addresses.join(","))
    }

    /// Returns the only master that holds keys.
    ///
    /// # Panics
    ///
    /// If no master holds keys, or more than one does.
    pub fn owner(&self) -> usize {
        let has_keys = |master: &RedisServer| master.ask::<u64>(&["DBSIZE"]).unwrap() > 0;
        let owners: Vec<usize> = (0..3).filter(|&index| has_keys(&self.masters[index])).collect();
        assert_eq!(owners.len(), 1, "all keys are on one node");
        owners[0]
    }

    /// Begins to move the slot of a key from one master to another. From now on, `from` redirects commands on keys that
    /// it does not hold to `to`.
    pub fn begin_move(&self, key: &str, from: usize, to: usize) {
        let slot = self.slot(key);
        let [from, to] = [&self.masters[from], &self.masters[to]];
        to.command(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &id(from)]);
        from.command(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &id(to)]);
    }

    /// Moves the keys of the slot, and tells all masters who owns it now.
    pub fn end_move(&self, key: &str, from: usize, to: usize) {
        let slot = self.slot(key);
        let port = self.masters[to].port().to_string();
        let names: Vec<String> = self.masters[from]
            .ask(&["CLUSTER", "GETKEYSINSLOT", &slot, "1000"])
            .unwrap();
        for name in &names {
            self.masters[from].command(&["MIGRATE", "127.0.0.1", &port, name, "0", "60000"]);
        }
        let id = id(&self.masters[to]);
        for master in [to, from]
            .into_iter()
            .chain((0..3).filter(|other| ![to, from].contains(other)))
        {
            self.masters[master].command(&["CLUSTER", "SETSLOT", &slot, "NODE", &id]);
        }
    }

    /// Waits until this replica has become a master.
    pub fn is_promoted(&self, replica: usize) {
        wait_until("the replica takes over", || {
            let info: String = self.replicas[replica].ask(&["INFO", "replication"]).unwrap();
            info.contains("role:master")
        });
    }

    fn slot(&self, key: &str) -> String {
        let slot: u16 = self.masters[0].ask(&["CLUSTER", "KEYSLOT", key]).unwrap();
        slot.to_string()
    }
}

fn node() -> RedisServer {
    RedisServer::start(&[
        "--cluster-enabled",
        "yes",
        "--cluster-node-timeout",
        "2000",
        "--repl-diskless-sync-delay",
        "0",
    ])
}

fn id(node: &RedisServer) -> String {
    node.ask(&["CLUSTER", "MYID"]).unwrap()
}
