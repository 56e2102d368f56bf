//! A cache ignores values that somebody else has written under its keys, and the entries of other caches.

use std::fs;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, RedisServer, Setup, person};
use redis::{Connection, cmd};

use super::{Db, load, names, setup};

const MINUTE: Duration = Duration::from_secs(60);

fn own(server: &RedisServer) -> diesel_cache::RegionBuilder {
    super::own(server).redis_timeout(MINUTE).redis_connect_timeout(MINUTE)
}

/// A server, a connection to it, a cache that has stored one entry there, and its name and value.
fn stored(db: &Database<Db>) -> (RedisServer, Connection, Setup<Db>, String, Vec<u8>) {
    let server = RedisServer::start(&[]);
    let mut setup = setup(db, own(&server));
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
    let name = names(&server).remove(0);
    let mut redis = server.connect();
    let value = cmd("GET").arg(&name).query(&mut redis).unwrap();
    assert_eq!(load(&mut setup), ["hit Redis"]);
    (server, redis, setup, name, value)
}

/// Puts a value in the place of the entry, which must not be returned.
fn refuses(redis: &mut Connection, setup: &mut Setup<Db>, name: &str, value: &[u8], what: &str) {
    cmd("SET").arg(name).arg(value).exec(redis).unwrap();
    assert_eq!(load(setup), ["miss Absent", "stored"], "{what}");
}

#[test]
fn values_that_are_cut_or_changed() {
    let db = Database::<Db>::new();
    let (_server, mut redis, mut setup, name, value) = stored(&db);
    for end in (0..value.len())
        .step_by(7)
        .chain([1, 4, 5, 13, 28, 29, 30, value.len() - 1])
    {
        refuses(&mut redis, &mut setup, &name, &value[..end], &format!("cut at {end}"));
    }
    for at in (0..value.len()).step_by(5).filter(|at| !(5..13).contains(at)) {
        let mut changed = value.clone();
        changed[at] ^= 1 << (at % 8);
        refuses(&mut redis, &mut setup, &name, &changed, &format!("changed at {at}"));
    }
    refuses(
        &mut redis,
        &mut setup,
        &name,
        &[&*value, &[0]].concat(),
        "a byte too many",
    );
}

#[test]
fn hostile_bytes_of_every_length() {
    let db = Database::<Db>::new();
    let (_server, mut redis, mut setup, name, value) = stored(&db);
    for length in 0..100 {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut bytes = vec![byte; length];
            refuses(&mut redis, &mut setup, &name, &bytes, &format!("{length} times {byte}"));
            // With the beginning of a value of ours.
            let head = length.min(5);
            bytes[..head].copy_from_slice(&value[..head]);
            refuses(&mut redis, &mut setup, &name, &bytes, &format!("{length} times {byte}"));
        }
    }
}

#[test]
fn other_types() {
    let db = Database::<Db>::new();
    let (server, mut redis, mut setup, name, _) = stored(&db);
    let lock = format!("{name}:lock");
    for command in [&["RPUSH"][..], &["HSET", "field"], &["SADD"]] {
        for key in [&name, &lock] {
            server.command(&["DEL", &name]);
            server.command(&["DEL", key]);
            let (verb, rest) = command.split_first().unwrap();
            let mut create = cmd(verb);
            create.arg(key).arg(rest).arg("x").exec(&mut redis).unwrap();
            assert_eq!(load(&mut setup), ["miss Absent", "stored"], "{command:?}");
            assert_eq!(load(&mut setup), ["hit Redis"]);
        }
    }
    server.command(&["SET", &lock, "a lock that never ends"]);
    refuses(&mut redis, &mut setup, &name, b"", "a lock that never ends");
    let left: usize = cmd("EXISTS").arg(&lock).query(&mut redis).unwrap();
    assert_eq!(left, 0, "it was taken over, and given back");
}

#[test]
fn values_under_the_key_of_another_query() {
    let db = Database::<Db>::new();
    let (server, mut redis, mut setup, name, value) = stored(&db);
    let one = || person::table.find(1).cached("own");
    one().load::<Person>(&mut setup.conn).unwrap();
    let other = names(&server).into_iter().find(|other| *other != name).unwrap();
    cmd("SET").arg(&other).arg(&value).exec(&mut redis).unwrap();
    setup.events.take();
    assert_eq!(one().load::<Person>(&mut setup.conn).unwrap().len(), 1);
    assert_eq!(setup.events.words(), ["miss Absent", "stored"]);
}

/// Their generations differ, so the entries of one would be invalid for the other, or worse.
#[test]
fn caches_in_other_directories_do_not_meet() {
    let (left, right) = (Database::<Db>::new(), Database::<Db>::new());
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = [&left, &right].map(|db| setup(db, own(&server)));
    assert_eq!(load(&mut one), ["miss Absent", "stored"]);
    assert_eq!(load(&mut other), ["miss Absent", "stored"]);
    // Neither has taken the other's place.
    assert_eq!(names(&server).len(), 2);
    for _ in 0..2 {
        assert_eq!(load(&mut one), ["hit Redis"]);
        assert_eq!(load(&mut other), ["hit Redis"]);
    }
    other.cache.region("own").unwrap().clear();
    other.events.take();
    assert_eq!(load(&mut one), ["hit Redis"]);
    assert_eq!(load(&mut other), ["miss Absent", "stored"]);
}

/// A new file of generations is a new epoch.
#[test]
fn entries_of_another_epoch_are_not_there() {
    let db = Database::<Db>::new();
    let (server, _, setup_before, name, _) = stored(&db);
    drop(setup_before);
    fs::remove_file(db.directory().join("cache/generations")).unwrap();
    let mut setup = setup(&db, own(&server));
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
    assert_eq!(load(&mut setup), ["hit Redis"]);
    assert_eq!(names(&server).len(), 2);
    assert!(names(&server).contains(&name));
}
