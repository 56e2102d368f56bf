//! How one server is addressed: sockets, databases, users.

use std::time::Duration;

use diesel_cache_tests::{Database, RedisServer};

use super::{Db, FAILED, at, failures, load, setup};

#[test]
fn a_socket() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    for scheme in ["redis+unix", "unix", "valkey+unix"] {
        let mut setup = setup(&db, at(format!("{scheme}://{}", server.socket().display())));
        setup.cache.region("own").unwrap().clear();
        setup.events.take();
        assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
        assert_eq!(load(&mut setup), ["hit Redis"]);
    }
}

#[test]
fn a_database_by_its_number() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let socket = format!("redis+unix://{}", server.socket().display());
    for (url, number) in [
        (format!("{}/3", server.url()), "3"),
        (format!("{socket}?db=5"), "5"),
        (server.url(), "0"),
    ] {
        let mut setup = setup(&db, at(url));
        assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
        assert_eq!(load(&mut setup), ["hit Redis"]);
        let info: String = server.ask(&["INFO", "keyspace"]).unwrap();
        assert!(info.contains(&format!("db{number}:keys=1,")), "{info}");
    }
}

#[test]
fn a_database_that_is_not_there() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&["--databases", "2"]);
    let mut setup = setup(&db, at(format!("{}/2", server.url())));
    assert_eq!(load(&mut setup), FAILED);
    let seen = failures(&mut setup);
    assert!(!seen.is_empty());
}

/// The user may do what the guide says, on the keys of the cache, and nothing else.
#[test]
fn a_user_with_few_rights() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let rights = "+get +set +pttl +unlink +getrange +setrange +strlen +exists +scan +eval +evalsha +script|load";
    let mut set = vec!["ACL", "SETUSER", "app", "on", ">open sesame/?@", "~diesel-cache:*"];
    // Redis 6 knows no rights of a part of a command.
    let version: String = server.ask(&["INFO", "server"]).unwrap();
    let rights = match version.contains("redis_version:6") {
        true => rights.replace("script|load", "script"),
        false => rights.to_owned(),
    };
    set.extend(rights.split(' '));
    // The client names itself if it may, and would be in the log below if it might not.
    set.push("+client");
    server.command(&set);
    let url = |password: &str| format!("redis://app:{password}@{}", server.address());
    let mut right = setup(&db, at(url("open%20sesame%2F%3F%40")));
    assert_eq!(load(&mut right), ["miss Absent", "stored"]);
    assert_eq!(load(&mut right), ["hit Redis"]);
    let region = right.cache.region("own").unwrap();
    assert_eq!(region.sweep().unwrap().entries, 1);
    assert_eq!(region.verify().unwrap().entries, 1);
    region.clear();
    right.events.take();
    assert_eq!(load(&mut right), ["miss Absent", "stored"]);

    let denied: Vec<redis::Value> = server.ask(&["ACL", "LOG"]).unwrap();
    assert_eq!(denied, [], "the locks are taken and given back, too");

    let mut wrong = setup(&db, at(url("guess")));
    let seen = failures(&mut wrong);
    assert!(seen[0].contains("rejects the user or the password"), "{seen:?}");
    assert!(seen.iter().all(|error| !error.contains("guess")), "{seen:?}");
    // For as long as nobody tries again, too.
    assert_eq!(load(&mut wrong), FAILED);
}

#[test]
fn a_user_without_rights() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    server.command(&["ACL", "SETUSER", "app", "on", ">secret", "~other:*", "+@all"]);
    let mut setup = setup(&db, at(format!("redis://app:secret@{}", server.address())));
    let seen = failures(&mut setup);
    assert!(seen[0].to_lowercase().contains("permissions"), "{seen:?}");
    assert_eq!(load(&mut setup), FAILED);
}

#[test]
fn any_timeout() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let region = at(server.url())
        .redis_timeout(Duration::MAX)
        .redis_connect_timeout(Duration::MAX);
    let mut longest = setup(&db, region);
    assert_eq!(load(&mut longest), ["miss Absent", "stored"]);
    let region = at(server.url())
        .redis_timeout(Duration::ZERO)
        .redis_connect_timeout(Duration::ZERO);
    let mut shortest = setup(&db, region);
    load(&mut shortest);
}
