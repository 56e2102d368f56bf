//! A Redis Cluster: all keys of a cache are on one node, which may change.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, RedisCluster, RedisServer, Setup, person};

use super::{Db, FAILED, at, failures, load, names, recovers, setup};

/// Loads one person, who must be right. Returns what has happened.
fn one(setup: &mut Setup<Db>, id: i32) -> Vec<String> {
    let found = person::table
        .find(id)
        .cached("own")
        .load::<Person>(&mut setup.conn)
        .unwrap();
    assert_eq!(found[0].id, id);
    setup.events.words()
}

#[test]
fn the_owner_is_found_from_every_node() {
    let db = Database::<Db>::new();
    let cluster = RedisCluster::start();
    let mut first = setup(&db, at(cluster.url()));
    assert_eq!(load(&mut first), ["miss Absent", "stored"]);
    for node in 0..3 {
        let mut setup = setup(&db, at(cluster.url_of(node)));
        assert_eq!(load(&mut setup), ["hit Redis"]);
        assert_eq!(one(&mut setup, node as i32 + 1), ["miss Absent", "stored"]);
    }
    let region = first.cache.region("own").unwrap();
    let names = names(&cluster.masters[cluster.owner()]);
    assert_eq!(names.len(), 4);
    assert!(
        names
            .iter()
            .all(|name| name.starts_with("diesel-cache:1:{") && name.contains("}:own:")),
        "{names:?}"
    );
    assert_eq!(region.verify().unwrap().entries, 4);
    assert_eq!(region.sweep().unwrap().entries, 4);
    region.clear();
    let left = |node: &RedisServer| node.ask::<u64>(&["DBSIZE"]).unwrap();
    assert_eq!(cluster.masters.iter().map(left).sum::<u64>(), 0);
}

#[test]
fn a_slot_that_moves() {
    let db = Database::<Db>::new();
    let cluster = RedisCluster::start();
    let mut setup = setup(&db, at(cluster.url()));
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
    let from = cluster.owner();
    let to = (from + 1) % 3;
    let name = names(&cluster.masters[from]).remove(0);

    cluster.begin_move(&name, from, to);
    assert_eq!(load(&mut setup), ["hit Redis"]);
    // What is not there yet belongs to the other node already.
    assert_eq!(one(&mut setup, 1), FAILED);
    // That was an answer, and no failure of the server.
    assert_eq!(load(&mut setup), ["hit Redis"]);

    cluster.end_move(&name, from, to);
    assert_eq!(load(&mut setup), ["hit Redis"]);
    assert_eq!(one(&mut setup, 1), ["miss Absent", "stored"]);
    assert_eq!(one(&mut setup, 1), ["hit Redis"]);
    assert_eq!(cluster.owner(), to);
}

/// A scan names no key, so the node of before would not say that it has none of them any more.
#[test]
fn work_on_all_keys_after_their_slot_has_moved() {
    let db = Database::<Db>::new();
    let cluster = RedisCluster::start();
    let mut setup = setup(&db, at(cluster.url()));
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
    let region = setup.cache.region("own").unwrap();
    let name = names(&cluster.masters[cluster.owner()]).remove(0);
    for work in ["sweep", "verify", "clear"] {
        let from = cluster.owner();
        let to = (from + 1) % 3;
        cluster.begin_move(&name, from, to);
        cluster.end_move(&name, from, to);
        match work {
            "sweep" => assert_eq!(region.sweep().unwrap().entries, 1),
            "verify" => assert_eq!(region.verify().unwrap().entries, 1),
            _ => region.clear(),
        }
    }
    let left = |node: &RedisServer| node.ask::<u64>(&["DBSIZE"]).unwrap();
    assert_eq!(cluster.masters.iter().map(left).sum::<u64>(), 0);
}

#[test]
fn a_url_of_one_server_that_is_a_node_of_a_cluster() {
    let db = Database::<Db>::new();
    let cluster = RedisCluster::start();
    let mut found = 0;
    for node in &cluster.masters {
        let mut setup = setup(&db, at(node.url()));
        match &failures(&mut setup)[..] {
            [] => found += 1,
            [first, ..] => assert!(first.contains("`redis+cluster://`"), "{first}"),
        }
    }
    assert_eq!(found, 1, "the owner");
}

/// `redis+cluster://` leads to one server as well.
#[test]
fn a_server_without_a_cluster() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut setup = setup(&db, at(server.url().replace("redis://", "redis+cluster://")));
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
    assert_eq!(load(&mut setup), ["hit Redis"]);
}

mod long {
    use super::*;

    #[test]
    fn an_owner_that_is_killed() {
        let db = Database::<Db>::new();
        let mut cluster = RedisCluster::start_with_replicas();
        let mut setup = setup(&db, at(cluster.url()));
        assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
        let owner = cluster.owner();
        cluster.masters[owner].kill();
        assert_eq!(load(&mut setup), FAILED);
        recovers(&mut setup);
        let role: String = cluster.replicas[owner].ask(&["INFO", "replication"]).unwrap();
        assert!(role.contains("role:master"), "{role}");
    }

    #[test]
    fn a_cluster_that_lacks_a_node() {
        let db = Database::<Db>::new();
        let mut cluster = RedisCluster::start();
        let mut setup = setup(&db, at(cluster.url()));
        assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
        let owner = cluster.owner();
        cluster.masters[owner].kill();
        assert_eq!(load(&mut setup), FAILED);
        cluster.masters[owner].restart();
        recovers(&mut setup);
    }
}
