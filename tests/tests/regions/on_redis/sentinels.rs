//! A master that sentinels watch. When another server takes its place, loads still succeed, and soon hit again.

use diesel_cache_tests::{Database, NamingSentinel, RedisServer, Sentinels};

use super::{Db, FAILED, at, failures, load, recovers, setup};

#[test]
fn the_master_is_found_and_found_again() {
    let db = Database::<Db>::new();
    let sentinels = Sentinels::start();
    let mut setup = setup(&db, at(sentinels.url()));
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
    assert_eq!(load(&mut setup), ["hit Redis"]);
    assert_eq!(sentinels.ask::<u64>(0, &["DBSIZE"]), 1);

    sentinels.switch();
    // No load has noticed.
    assert_eq!(load(&mut setup), ["hit Redis"]);
    setup.cache.region("own").unwrap().clear();
    setup.events.take();
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
    assert_eq!(sentinels.ask::<u64>(1, &["DBSIZE"]), 1);
}

#[test]
fn sentinels_that_do_not_help() {
    let db = Database::<Db>::new();
    let mut sentinels = Sentinels::start();
    for (url, said) in [
        (
            sentinels.url_with("of-nodes", "guess"),
            "rejects the user or the password",
        ),
        (
            sentinels.url_with("guess", "of-sentinels"),
            "rejects the user or the password",
        ),
        (
            sentinels.url().replace("/rows", "/columns"),
            "do not know the service - InvalidClientConfig: columns",
        ),
    ] {
        let mut setup = setup(&db, at(url));
        let seen = failures(&mut setup);
        assert!(seen[0].contains(said), "{seen:?}");
        assert!(!seen[0].contains("guess"), "{seen:?}");
        assert_eq!(load(&mut setup), FAILED);
    }
    // One is enough, whichever it is.
    sentinels.sentinels[0].kill();
    sentinels.sentinels[1].pause();
    let mut setup = setup(&db, at(sentinels.url()).redis_connect_timeout(super::PATIENCE / 20));
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
    sentinels.sentinels[1].resume();
}

/// A sentinel that was cut off names the former master, which is a replica by now.
#[test]
fn a_sentinel_that_names_a_replica() {
    let db = Database::<Db>::new();
    let (primary, replica) = (RedisServer::start(&[]), RedisServer::start(&[]));
    replica.command(&["REPLICAOF", "127.0.0.1", &primary.port().to_string()]);
    let mut setup = setup(&db, at(NamingSentinel::of(&replica).url()));
    let seen = failures(&mut setup);
    assert!(seen[0].contains("not a master"), "{seen:?}");
    assert_eq!(load(&mut setup), FAILED);
    replica.command(&["REPLICAOF", "NO", "ONE"]);
    recovers(&mut setup);
}

mod long {
    use super::*;

    #[test]
    fn a_master_that_is_killed() {
        let db = Database::<Db>::new();
        let mut sentinels = Sentinels::start();
        let mut setup = setup(&db, at(sentinels.url()));
        assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
        sentinels.nodes[0].kill();
        // The connection is lost, and nobody has taken the master's place yet.
        assert_eq!(load(&mut setup), FAILED);
        recovers(&mut setup);
        assert_eq!(sentinels.ask::<u64>(1, &["DBSIZE"]), 1);
    }
}
