//! Regions on Redis, also on servers that are stopped, full or written to by others.

mod addresses;
mod cluster;
mod failures;
mod foreign;
mod processes;
mod sentinels;
mod settings;
mod tls;
mod upkeep;

use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel_cache::{CachedDsl, Event, Region, RegionBuilder};
use diesel_cache_tests::{Database, Person, RedisServer, Setup, SqliteAndRedis, everyone, people, person};

type Db = SqliteAndRedis;

/// Returns a region without memory, on a server that belongs to the test.
fn own(server: &RedisServer) -> RegionBuilder {
    Region::redis("own").redis_url(server.url()).memory_capacity(0)
}

/// The events of a load without a server.
const FAILED: [&str; 3] = ["read failed", "miss Corrupt", "write failed"];
/// Longer than a test ever has to wait on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns a region without memory, on the server at a URL. Its timeouts are so long that a busy machine does not
/// exceed them.
fn at(url: impl Into<String>) -> RegionBuilder {
    Region::redis("own")
        .redis_url(url)
        .memory_capacity(0)
        .redis_timeout(PATIENCE)
        .redis_connect_timeout(PATIENCE)
}

/// Creates a cache with the region, and a connection.
fn setup(db: &Database<Db>, region: RegionBuilder) -> Setup<Db> {
    Setup::with(db, |builder| builder.region(region))
}

/// Loads everyone, and asserts that the rows are right. Returns the events.
fn load(setup: &mut Setup<Db>) -> Vec<String> {
    assert_eq!(everyone("own").load::<Person>(&mut setup.conn), Ok(people(50)));
    setup.events.words()
}

/// Loads until a load is a hit, and asserts that all loads return the right rows. The cache waits at most 5 seconds
/// between two attempts to connect.
fn recovers(setup: &mut Setup<Db>) {
    let start = Instant::now();
    while load(setup) != ["hit Redis"] {
        assert!(start.elapsed() < 2 * PATIENCE, "it does not connect again");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Runs another query than [`load`]. Returns the texts of its failures.
fn failures(setup: &mut Setup<Db>) -> Vec<String> {
    let found = person::table.cached("own").load::<Person>(&mut setup.conn);
    assert_eq!(found.unwrap().len(), 50);
    let error = |event: &Event| match event {
        Event::ReadFailed { error, .. } | Event::WriteFailed { error, .. } => Some(error.to_string()),
        _ => None,
    };
    setup.events.take().iter().filter_map(error).collect()
}

/// Returns the names of all keys except locks.
fn names(server: &RedisServer) -> Vec<String> {
    let mut names: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut server.connect()).unwrap();
    names.retain(|name| !name.ends_with(":lock"));
    names.sort();
    names
}
