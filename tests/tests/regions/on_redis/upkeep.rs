//! Expiry, sweeping, clearing and verifying.

use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache::{RegionBuilder, Tier};
use diesel_cache_tests::{Database, ManualClock, Person, RedisServer, Setup, person};
use redis::cmd;

use super::{Db, load, names, setup};

const MINUTE: Duration = Duration::from_secs(60);

fn own(server: &RedisServer) -> RegionBuilder {
    super::own(server).redis_timeout(MINUTE).redis_connect_timeout(MINUTE)
}

/// For how long the server keeps the only entry.
fn stay(server: &RedisServer) -> Duration {
    let name = names(server).remove(0);
    Duration::from_millis(cmd("PTTL").arg(name).query(&mut server.connect()).unwrap())
}

#[test]
fn the_server_drops_an_entry_when_nobody_can_use_it() {
    for (region, at_most) in [
        ((|region| region) as fn(RegionBuilder) -> _, 7 * 24 * 60 * MINUTE),
        (|region: RegionBuilder| region.time_to_live(30 * MINUTE), 30 * MINUTE),
        (
            |region: RegionBuilder| region.time_to_live(30 * MINUTE).stale_if_error(90 * MINUTE),
            120 * MINUTE,
        ),
    ] {
        let db = Database::<Db>::new();
        let server = RedisServer::start(&[]);
        let clock = ManualClock::new();
        let mut setup = Setup::<Db>::with(&db, |builder| builder.region(region(own(&server))).clock(clock.clone()));
        assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
        let stay = stay(&server);
        assert!(stay <= at_most && stay > at_most - 5 * MINUTE, "{stay:?}");
    }
}

#[test]
fn an_entry_expires_by_its_own_time() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let clock = ManualClock::new();
    let mut setup = Setup::<Db>::with(&db, |builder| {
        builder.region(own(&server).time_to_live(MINUTE)).clock(clock.clone())
    });
    load(&mut setup);
    clock.advance(MINUTE - Duration::from_millis(1));
    assert_eq!(load(&mut setup), ["hit Redis"]);
    clock.advance(Duration::from_millis(1));
    assert_eq!(load(&mut setup), ["miss Expired", "stored"]);
    // The server's own expiry comes a minute later, by its own clock; this is what then happens.
    let name = names(&server).remove(0);
    server.command(&["PEXPIRE", &name, "0"]);
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
}

#[test]
fn uses_are_noted_without_a_change_of_expiry() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let clock = ManualClock::new();
    let mut setup = Setup::<Db>::with(&db, |builder| {
        let region = own(&server).time_to_live(60 * MINUTE).time_to_idle(8 * MINUTE);
        builder.region(region).clock(clock.clone())
    });
    load(&mut setup);
    for _ in 0..3 {
        clock.advance(7 * MINUTE);
        assert_eq!(load(&mut setup), ["hit Redis"]);
    }
    assert!(stay(&server) > 50 * MINUTE);
    // A use of what is gone leaves nothing behind.
    clock.advance(9 * MINUTE);
    assert_eq!(load(&mut setup), ["miss Idle", "stored"]);
}

#[test]
fn a_sweep_removes_what_is_stale_and_counts_the_rest() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut setup = setup(&db, own(&server));
    let region = setup.cache.region("own").unwrap();
    let find = |id: i32, setup: &mut Setup<Db>| {
        let found = person::table.find(id).cached("own").load::<Person>(&mut setup.conn);
        assert_eq!(found.unwrap().len(), 1);
    };
    for id in 1..=10 {
        find(id, &mut setup);
    }
    // Large enough to be compressed.
    region.set("page", &"person ".repeat(10_000));
    let sweep = region.sweep().unwrap();
    assert_eq!((sweep.removed, sweep.entries), (0, 11));
    assert_eq!(setup.cache.region("own").unwrap().stats().entries_in(Tier::Redis), 11);
    let verified = region.verify().unwrap();
    assert_eq!((verified.entries, verified.removed), (11, 0));

    let mut redis = server.connect();
    let name = names(&server).remove(0);
    cmd("SETRANGE")
        .arg(&name)
        .arg(30)
        .arg("damage")
        .exec(&mut redis)
        .unwrap();
    let prefix = name.rsplit_once(':').unwrap().0;
    cmd("SET")
        .arg(format!("{prefix}:junk"))
        .arg("x")
        .exec(&mut redis)
        .unwrap();
    cmd("RPUSH")
        .arg(format!("{prefix}:list"))
        .arg("x")
        .exec(&mut redis)
        .unwrap();
    cmd("SET").arg("of somebody else").arg("x").exec(&mut redis).unwrap();
    let verified = region.verify().unwrap();
    assert_eq!((verified.entries, verified.removed), (10, 2));

    diesel::update(person::table)
        .set(person::name.eq("x"))
        .execute(&mut setup.conn)
        .unwrap();
    region.set("new", &1);
    let sweep = region.sweep().unwrap();
    assert!(sweep.removed >= 9, "{sweep}");
    assert!(sweep.entries <= 2 && sweep.bytes > 0, "{sweep}");

    region.clear();
    assert_eq!(names(&server), ["of somebody else"]);
    assert_eq!(region.stats().entries(), 0);
    assert_eq!(region.get::<i32>("new"), None);
}

#[test]
fn a_sweep_without_a_server_is_an_error() {
    let db = Database::<Db>::new();
    let mut server = RedisServer::start(&["--requirepass", "secret"]);
    let url = format!("redis://:secret@127.0.0.1:{}", server.port());
    let setup = setup(&db, own(&server).redis_url(url));
    server.kill();
    let region = setup.cache.region("own").unwrap();
    for text in [
        region.sweep().unwrap_err().to_string(),
        region.verify().unwrap_err().to_string(),
    ] {
        assert_eq!(
            text,
            format!("cannot use the server at `redis://127.0.0.1:{}`", server.port())
        );
    }
    region.clear(); // an event
    assert_eq!(setup.events.words(), ["invalidated", "write failed"]);
}

#[test]
fn large_entries_are_compressed() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let setup = setup(&db, own(&server));
    let region = setup.cache.region("own").unwrap();
    let page = "person ".repeat(100_000);
    region.set("page", &page);
    assert_eq!(region.get("page"), Some(page));
    let bytes: u64 = cmd("STRLEN")
        .arg(&names(&server)[0])
        .query(&mut server.connect())
        .unwrap();
    assert!(bytes < 20_000, "{bytes}");
}
