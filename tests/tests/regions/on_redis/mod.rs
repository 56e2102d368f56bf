//! Regions on Redis, on servers that are stopped, full or in the hands of others.

mod failures;
mod foreign;
mod processes;
mod settings;
mod upkeep;

use diesel::prelude::*;
use diesel_cache::{Region, RegionBuilder};
use diesel_cache_tests::{Database, Person, RedisServer, Setup, SqliteAndRedis, everyone, people};

type Db = SqliteAndRedis;

/// A region without memory on a server of the test's own.
fn own(server: &RedisServer) -> RegionBuilder {
    Region::redis("own").redis_url(server.url()).memory_capacity(0)
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

/// The names of all keys, locks excepted.
fn names(server: &RedisServer) -> Vec<String> {
    let mut names: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut server.connect()).unwrap();
    names.retain(|name| !name.ends_with(":lock"));
    names.sort();
    names
}
