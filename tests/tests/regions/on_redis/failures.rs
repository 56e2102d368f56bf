//! A server that is down, slow, full, read-only or locked causes misses and events, but no error of a load.

use std::time::Instant;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache::{Cache, Error, Region};
use diesel_cache_tests::{Database, Person, RedisServer, person};

use super::{Db, FAILED, PATIENCE, failures, load, names, own, recovers, setup};

/// A region that waits as long as a busy machine takes.
fn patient(server: &RedisServer) -> diesel_cache::RegionBuilder {
    own(server).redis_timeout(PATIENCE).redis_connect_timeout(PATIENCE)
}

#[test]
fn a_server_that_is_killed_and_started_again() {
    let db = Database::<Db>::new();
    let mut server = RedisServer::start(&[]);
    let mut setup = setup(&db, patient(&server));
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
    assert_eq!(load(&mut setup), ["hit Redis"]);
    server.kill();
    for _ in 0..3 {
        assert_eq!(load(&mut setup), FAILED);
    }
    server.restart();
    recovers(&mut setup);
}

#[test]
fn a_server_that_is_not_there_yet() {
    let db = Database::<Db>::new();
    let mut server = RedisServer::start(&[]);
    server.kill();
    let mut setup = setup(&db, patient(&server));
    assert_eq!(load(&mut setup), FAILED);
    assert!(failures(&mut setup)[0].starts_with("Redis: "));
    server.restart();
    recovers(&mut setup);
}

/// Without a timeout each of these loads would wait for good.
#[test]
fn a_server_that_does_not_answer() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut setup = setup(&db, own(&server).redis_connect_timeout(PATIENCE));
    // Until the machine is fast enough for the default timeout.
    recovers(&mut setup);
    server.pause();
    for _ in 0..3 {
        assert_eq!(load(&mut setup), FAILED);
    }
    server.resume();
    recovers(&mut setup);
}

/// The answer to the first command comes when the second waits for its own.
#[test]
fn an_answer_that_comes_too_late_is_nobody_s() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut setup = setup(&db, own(&server).redis_connect_timeout(PATIENCE));
    recovers(&mut setup);
    let one = || person::table.find(1).cached("own");
    for _ in 0..10 {
        server.pause();
        load(&mut setup);
        server.resume();
        let start = Instant::now();
        loop {
            assert_eq!(one().load::<Person>(&mut setup.conn).unwrap()[0].id, 1);
            if setup.events.words() == ["hit Redis"] {
                break;
            }
            assert!(start.elapsed() < PATIENCE, "it does not connect again");
        }
    }
}

#[test]
fn a_server_that_is_full() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&["--maxmemory-policy", "noeviction"]);
    let mut setup = setup(&db, patient(&server));
    server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(load(&mut setup), ["miss Absent", "write failed"]);
    assert!(failures(&mut setup)[0].contains("OOM"));
    server.command(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
}

#[test]
fn a_server_that_is_a_replica() {
    let db = Database::<Db>::new();
    let (primary, server) = (RedisServer::start(&[]), RedisServer::start(&[]));
    let mut setup = setup(&db, patient(&server));
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
    server.command(&["REPLICAOF", "127.0.0.1", &primary.port().to_string()]);
    let seen = failures(&mut setup);
    assert!(seen.iter().any(|error| error.contains("read-only")), "{seen:?}");
    server.command(&["REPLICAOF", "NO", "ONE"]);
    recovers(&mut setup);
}

#[test]
fn a_wrong_password() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&["--requirepass", "open sesame"]);
    let url = |password: &str| format!("redis://:{password}@127.0.0.1:{}", server.port());
    let mut wrong = setup(&db, patient(&server).redis_url(url("guess")));
    assert_eq!(load(&mut wrong), FAILED);
    let seen = failures(&mut wrong);
    assert!(seen.iter().all(|error| !error.contains("guess")), "{seen:?}");
    let shown = format!("{:?} {:?}", wrong.cache, patient(&server).redis_url(url("guess")));
    assert!(!shown.contains("guess"), "{shown}");
    let mut right = setup(&db, patient(&server).redis_url(url("open%20sesame")));
    assert_eq!(load(&mut right), ["miss Absent", "stored"]);
}

#[test]
fn a_malformed_url_is_an_error_of_build() {
    let db = Database::<Db>::new();
    for url in [
        "",
        "redis",
        "http://localhost",
        "redis://:secret@",
        "redis://localhost/x",
        "redis://:secret@localhost,other",
        "redis+sentinel://:secret@localhost:26379",
        "redis+cluster://:secret@localhost,",
        "rediss+unix://:secret@localhost",
        "rediss://:secret@localhost#insecure",
        "redis://:secret/secret@localhost",
        "redis://localhost?secret=secret",
    ] {
        let region = Region::redis("own").redis_url(url);
        let error = Cache::builder()
            .directory(db.directory().join("cache"))
            .region(region)
            .build()
            .unwrap_err();
        let text = error.to_string();
        assert!(matches!(&error, Error::Config { path, .. } if path == "regions.own.redis_url"));
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn a_region_without_a_directory_is_an_error_of_build() {
    let error = Cache::builder().region(Region::redis("own")).build().unwrap_err();
    assert!(matches!(&error, Error::NoDirectory { region } if region == "own"));
}

#[test]
fn a_server_that_forgets_everything_or_closes_connections() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut setup = setup(&db, patient(&server));
    for command in [
        &["FLUSHALL"][..],
        &["SCRIPT", "FLUSH"],
        &["CLIENT", "KILL", "TYPE", "normal"],
    ] {
        load(&mut setup);
        assert_eq!(load(&mut setup), ["hit Redis"]);
        server.command(command);
        let forgotten = names(&server).is_empty();
        let expected = match forgotten {
            true => &["miss Absent", "stored"][..],
            false => &["hit Redis"],
        };
        assert_eq!(load(&mut setup), expected, "{command:?}");
        assert_eq!(forgotten, command == ["FLUSHALL"]);
        // A load that needs the scripts and a lock.
        setup.cache.region("own").unwrap().clear();
        setup.events.take();
        assert_eq!(load(&mut setup), ["miss Absent", "stored"], "{command:?}");
    }
}
