//! A master that sentinels watch. When another takes its place, loads go on, and go on to hit.

use diesel_cache_tests::{Database, Sentinels};

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

    /// What a node says that is a replica of late, on a connection of before.
    #[test]
    fn a_connection_to_a_master_of_before() {
        let db = Database::<Db>::new();
        let sentinels = Sentinels::start();
        let mut setup = setup(&db, at(sentinels.url()));
        assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
        // A switch would also close the connection.
        let port = sentinels.nodes[1].port().to_string();
        sentinels.ask::<()>(1, &["REPLICAOF", "NO", "ONE"]);
        sentinels.ask::<()>(0, &["REPLICAOF", "127.0.0.1", &port]);
        setup.cache.region("own").unwrap().clear();
        setup.events.take();
        // The sentinels may still name the replica; then it is not used.
        recovers(&mut setup);
    }
}
