//! A master, its replica, and three sentinels that watch them.

use std::collections::HashMap;
use std::fs;

use redis::{FromRedisValue, RedisResult};

use super::server::RedisServer;
use super::wait_until;

const SERVICE: &str = "rows";

/// A service called `rows`. Its nodes have the password `of-nodes`, its sentinels `of-sentinels`.
#[derive(Debug)]
pub struct Sentinels {
    /// The master and its replica, in this order until the first failover.
    pub nodes: [RedisServer; 2],
    /// The sentinels, which know each other.
    pub sentinels: Vec<RedisServer>,
}

impl Sentinels {
    /// Starts all servers. Waits until the sentinels know each other and the replica, and the replica is up to date.
    pub fn start() -> Self {
        let login = ["--requirepass", "of-nodes", "--masterauth", "of-nodes"];
        let fast = ["--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"];
        let options: Vec<&str> = login.into_iter().chain(fast).collect();
        let master = RedisServer::start(&options);
        let port = master.port().to_string();
        let replica_of = ["--replicaof", "127.0.0.1", &port];
        let replica = RedisServer::start(&options.into_iter().chain(replica_of).collect::<Vec<_>>());
        let started = Self {
            sentinels: (0..3).map(|_| sentinel(&master)).collect(),
            nodes: [master, replica],
        };
        for sentinel in &started.sentinels {
            wait_until("sentinels find each other and the replica", || {
                let known = state(sentinel);
                known["num-other-sentinels"] == "2" && known["num-slaves"] == "1" && known["flags"] == "master"
            });
        }
        wait_until("the replica is up to date", || {
            let info: String = started.ask(1, &["INFO", "replication"]);
            info.contains("master_link_status:up")
        });
        started
    }

    /// Returns the URL, with these passwords.
    pub fn url_with(&self, of_nodes: &str, of_sentinels: &str) -> String {
        let addresses: Vec<String> = self.sentinels.iter().map(RedisServer::address).collect();
        format!(
            "redis+sentinel://:{of_nodes}@{}/{SERVICE}?sentinel_password={of_sentinels}",
            addresses.join(",")
        )
    }

    /// Returns the URL.
    pub fn url(&self) -> String {
        self.url_with("of-nodes", "of-sentinels")
    }

    /// Makes the replica the master and the master its replica, and waits until both have changed roles.
    pub fn switch(&self) {
        self.begin_switch();
        self.end_switch();
    }

    /// Makes the replica the master, and waits until all sentinels name it. The former master becomes a replica some
    /// ten seconds later.
    pub fn begin_switch(&self) {
        // A sentinel refuses until it has recent information about the replica.
        wait_until("a sentinel begins the failover", || {
            self.fail_over() || self.named_by(&self.sentinels[0]) == Some(1)
        });
        self.has_switched();
    }

    /// Asks a sentinel to make the replica the master. Returns `false` if it refuses.
    pub fn fail_over(&self) -> bool {
        let mut sentinel = login(&self.sentinels[0], "of-sentinels");
        let mut failover = redis::cmd("SENTINEL");
        failover.arg("failover").arg(SERVICE).exec(&mut sentinel).is_ok()
    }

    /// Changes a setting of all sentinels. Its value is in milliseconds.
    pub fn set(&self, setting: &str, millis: u32) {
        for sentinel in &self.sentinels {
            let mut sentinel = login(sentinel, "of-sentinels");
            let mut set = redis::cmd("SENTINEL");
            set.arg("SET")
                .arg(SERVICE)
                .arg(setting)
                .arg(millis)
                .exec(&mut sentinel)
                .unwrap();
        }
    }

    /// Returns the node that all sentinels name, if they agree.
    pub fn master(&self) -> Option<usize> {
        let named = self.named_by(&self.sentinels[0]);
        let agree = self.sentinels.iter().all(|sentinel| self.named_by(sentinel) == named);
        named.filter(|_| agree)
    }

    fn named_by(&self, sentinel: &RedisServer) -> Option<usize> {
        let port = state(sentinel).remove("port")?;
        self.nodes.iter().position(|node| node.port().to_string() == port)
    }

    /// Waits until the former master is a replica.
    pub fn end_switch(&self) {
        wait_until("the roles change", || {
            // A sentinel closes all connections of a node when it changes the node's role.
            let info = self.try_ask::<String>(0, &["INFO", "replication"]);
            info.is_ok_and(|info| info.contains("role:slave"))
        });
    }

    /// Waits until all sentinels name the replica.
    pub fn has_switched(&self) {
        wait_until("the failover", || self.master() == Some(1));
    }

    /// Sends a command to a node.
    pub fn ask<T: FromRedisValue>(&self, node: usize, words: &[&str]) -> T {
        self.try_ask(node, words).unwrap()
    }

    /// Sends a command to a node.
    ///
    /// # Errors
    ///
    /// If the reply is an error, or the node does not reply.
    pub fn try_ask<T: FromRedisValue>(&self, node: usize, words: &[&str]) -> RedisResult<T> {
        let (name, arguments) = words.split_first().unwrap();
        let mut node = self.nodes[node].try_connect()?;
        redis::cmd("AUTH").arg("of-nodes").exec(&mut node)?;
        redis::cmd(name).arg(arguments).query(&mut node)
    }
}

fn sentinel(master: &RedisServer) -> RedisServer {
    RedisServer::start_with(|port, directory| {
        let path = directory.join("sentinel.conf");
        let text = format!(
            "port {port}\nrequirepass of-sentinels\nsentinel sentinel-pass of-sentinels\n\
             sentinel monitor {SERVICE} 127.0.0.1 {} 2\nsentinel auth-pass {SERVICE} of-nodes\n\
             sentinel down-after-milliseconds {SERVICE} 1000\nsentinel failover-timeout {SERVICE} 5000\n",
            master.port()
        );
        fs::write(&path, text).unwrap();
        vec![path.to_str().unwrap().to_owned(), "--sentinel".to_owned()]
    })
}

/// Returns what a sentinel knows about the master.
fn state(sentinel: &RedisServer) -> HashMap<String, String> {
    let mut connection = login(sentinel, "of-sentinels");
    let mut ask = redis::cmd("SENTINEL");
    ask.arg("master").arg(SERVICE).query(&mut connection).unwrap()
}

fn login(server: &RedisServer, password: &str) -> redis::Connection {
    let mut connection = server.connect();
    redis::cmd("AUTH").arg(password).exec(&mut connection).unwrap();
    connection
}
