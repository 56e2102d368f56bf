//! Machines that are paused for longer than their lease, and may serve stale rows when they resume.

use std::path::PathBuf;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::RedisCluster;
use diesel_cache_tests::{Database, Peer, Person, Proxy, RedisServer, Traffic, connect, everyone, is_peer, serve};

use super::Db;
use super::stale::LONG;
use crate::machines::world::{LEASE, Machine, builder, until};

/// So short that it is over once a write has waited for the length of a lease: members stop serving somewhat before
/// writers stop waiting.
const SHORT: Duration = Duration::from_millis(1);

/// The regions that answer without Redis.
const REGIONS: [&str; 3] = ["hot", "disk", "files"];

/// The entry point of the other machine. Not a test by itself.
#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let [url, redis, directory, stale] =
        ["URL", "REDIS", "DIRECTORY", "STALE"].map(|name| std::env::var(name).unwrap());
    let stale = Duration::from_millis(stale.parse().unwrap());
    let cluster = RedisCluster::new(&redis).lease(LEASE).timeout(LEASE);
    let cache = builder(&redis, &redis, &PathBuf::from(directory))
        .cluster(cluster.stale_if_lost(stale))
        .build()
        .unwrap();
    let mut conn = connect::<Db>(&url);
    cache.attach(&mut conn);
    serve(|task| {
        let mut name = |region| everyone(region).load::<Person>(&mut conn).unwrap().remove(0).name;
        match task {
            "names" => REGIONS.map(name).join(","),
            "settle" => {
                for region in REGIONS {
                    let hits = || cache.region(region).unwrap().stats().hits();
                    let before = hits();
                    until("the cache answers", || {
                        name(region);
                        hits() > before
                    });
                }
                String::new()
            }
            task => panic!("{task}"),
        }
    });
}

/// Another machine, in a process of its own.
struct Other {
    peer: Peer,
    /// Its way to Redis.
    proxy: Proxy,
}

impl Other {
    fn new(db: &Database<Db>, server: &RedisServer, stale: Duration) -> Self {
        let proxy = Proxy::before(server.port());
        let directory = db.directory().join("other").display().to_string();
        let (redis, stale) = (proxy.redis_url(), stale.as_millis().to_string());
        let vars = [
            ("URL", db.url()),
            ("REDIS", &redis),
            ("DIRECTORY", &directory),
            ("STALE", &stale),
        ];
        let mut peer = Peer::spawn(module_path!(), &vars);
        peer.ask("settle");
        Self { peer, proxy }
    }
}

fn all(name: &str) -> String {
    [name; REGIONS.len()].join(",")
}

#[test]
fn a_machine_that_stops_for_longer_than_its_time_shows_nothing_stale() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut other = Other::new(&db, &server, SHORT);
    let mut machine = Machine::new(&db, &server, "one");
    other.peer.pause();
    machine.rename("name");
    other.proxy.set_both(Traffic::Lose);
    let before = other.proxy.connections();
    other.peer.resume();
    until("it has tried to join again, and again", || {
        assert_eq!(other.peer.ask("names"), all("name"));
        other.proxy.connections() >= before + 4
    });
}

/// What the test above would see.
#[test]
fn a_machine_that_stops_for_less_shows_stale_rows_if_it_has_lost_redis() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut other = Other::new(&db, &server, LONG);
    let mut machine = Machine::new(&db, &server, "one");
    other.peer.pause();
    machine.rename("name");
    other.proxy.set_both(Traffic::Lose);
    other.peer.resume();
    until("it shows what it had", || other.peer.ask("names") == all("person 01"));
}

/// It asks Redis before it shows anything.
#[test]
fn a_machine_that_stops_and_has_not_lost_redis_shows_nothing_stale() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut other = Other::new(&db, &server, LONG);
    let mut machine = Machine::new(&db, &server, "one");
    for round in 0..4 {
        other.peer.ask("settle");
        other.peer.pause();
        let name = format!("name {round}");
        machine.rename(&name);
        other.peer.resume();
        for _ in 0..20 {
            assert_eq!(other.peer.ask("names"), all(&name));
        }
    }
}
