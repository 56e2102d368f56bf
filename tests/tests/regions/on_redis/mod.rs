//! Regions on Redis, on servers that are stopped, full or in the hands of others.

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

/// A region without memory on a server of the test's own.
fn own(server: &RedisServer) -> RegionBuilder {
    Region::redis("own").redis_url(server.url()).memory_capacity(0)
}

/// What a load does without a server.
const FAILED: [&str; 3] = ["read failed", "miss Corrupt", "write failed"];
/// Longer than any pause of a machine that is busy with tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// A region without memory, by a URL, that waits as long as a busy machine takes.
fn at(url: impl Into<String>) -> RegionBuilder {
    Region::redis("own")
        .redis_url(url)
        .memory_capacity(0)
        .redis_timeout(PATIENCE)
        .redis_connect_timeout(PATIENCE)
}

/// A cache with the region, and a connection.
fn setup(db: &Database<Db>, region: RegionBuilder) -> Setup<Db> {
    Setup::with(db, |builder| builder.region(region))
}

/// Loads everyone, who must be right. Returns what has happened.
fn load(setup: &mut Setup<Db>) -> Vec<String> {
    assert_eq!(everyone("own").load::<Person>(&mut setup.conn), Ok(people(50)));
    setup.events.words()
}

/// Loads until a load is a hit. All of them must be right. The pauses between two attempts to connect last 5 seconds at
/// most.
fn recovers(setup: &mut Setup<Db>) {
    let start = Instant::now();
    while load(setup) != ["hit Redis"] {
        assert!(start.elapsed() < 2 * PATIENCE, "it does not connect again");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The texts of the failures of one load, of a query of its own.
fn failures(setup: &mut Setup<Db>) -> Vec<String> {
    let found = person::table.cached("own").load::<Person>(&mut setup.conn);
    assert_eq!(found.unwrap().len(), 50);
    let error = |event: &Event| match event {
        Event::ReadFailed { error, .. } | Event::WriteFailed { error, .. } => Some(error.to_string()),
        _ => None,
    };
    setup.events.take().iter().filter_map(error).collect()
}

/// The names of all keys, locks excepted.
fn names(server: &RedisServer) -> Vec<String> {
    let mut names: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut server.connect()).unwrap();
    names.retain(|name| !name.ends_with(":lock"));
    names.sort();
    names
}
