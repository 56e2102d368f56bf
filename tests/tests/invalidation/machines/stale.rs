//! Machines that have lost Redis and are configured to serve stale rows: what they show, and for how long.

use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache::{BypassReason, Outcome, RedisCluster, Tier};
use diesel_cache_tests::{Backend, Database, Person, RedisServer, Traffic, everyone, person};

use super::Db;
use crate::machines::world::{LEASE, Machine, REGIONS, until};

/// Longer than any test.
pub(super) const LONG: Duration = Duration::from_secs(3600);

/// The regions that answer without Redis, with the tier that answers if every memory in front has the entry.
pub(super) const LOCAL: [(&str, Tier); 4] = [
    ("hot", Tier::Memory),
    ("disk", Tier::Memory),
    ("files", Tier::Disk),
    ("remote", Tier::Memory),
];

/// Creates a machine that serves stale rows for the time `stale`.
pub(super) fn starting<B: Backend>(db: &Database<B>, server: &RedisServer, name: &str, stale: Duration) -> Machine<B> {
    Machine::starting(db, server, name, |builder, url| {
        let cluster = RedisCluster::new(url).lease(LEASE).timeout(LEASE);
        builder.cluster(cluster.stale_if_lost(stale))
    })
}

/// Creates two machines that have the first person in all regions. The second one serves stale rows.
pub(super) fn settled(db: &Database<Db>, server: &RedisServer, stale: Duration) -> [Machine<Db>; 2] {
    let mut machines = [Machine::new(db, server, "one"), starting(db, server, "two", stale)];
    for machine in &mut machines {
        machine.serves();
        machine.settle_all("person 01");
    }
    machines
}

pub(super) fn is_serving_stale<B: Backend>(machine: &Machine<B>) -> bool {
    machine.cache.cluster().unwrap().is_serving_stale()
}

/// Cuts a machine off from Redis, and waits until it serves stale rows.
pub(super) fn lose<B: Backend>(machine: &Machine<B>) {
    assert!(!is_serving_stale(machine));
    machine.proxy.set_both(Traffic::Lose);
    until("it has lost Redis", || is_serving_stale(machine));
    machine.events.take();
    machine.statements.take();
}

/// Asserts that a load from a region returns this name as a stale hit.
#[track_caller]
pub(super) fn shows_stale(machine: &mut Machine<Db>, region: &str, tier: Tier, name: &str) {
    machine.events.take();
    assert_eq!(machine.first(region), name, "{region}");
    assert_eq!(machine.statements.selects(), 0, "{region}");
    let hits = machine.events.words();
    let expected = format!("stale hit {tier:?}");
    assert!(hits.contains(&expected), "{region}: {hits:?}");
}

/// Asserts that loads from a region query the database and store nothing.
#[track_caller]
pub(super) fn bypasses(machine: &mut Machine<Db>, region: &str, name: &str) {
    for _ in 0..2 {
        machine.events.take();
        machine.statements.take();
        assert_eq!(machine.first(region), name, "{region}");
        assert_eq!(machine.statements.selects(), 1, "{region}: nothing is stored");
        let words = machine.events.words();
        assert!(words.contains(&"bypass NoLease".to_owned()), "{region}: {words:?}");
    }
}

#[test]
fn it_shows_what_it_had_until_it_is_back() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server, LONG);
    let mut before = "person 01".to_owned();
    for (round, traffic) in [Traffic::Lose, Traffic::Hold].into_iter().enumerate() {
        other.proxy.set_both(traffic);
        until("it has lost Redis", || is_serving_stale(&other));
        let name = format!("name {round}");
        one.rename(&name);
        other.statements.take();
        for _ in 0..2 {
            for (region, tier) in LOCAL {
                shows_stale(&mut other, region, tier, &before);
            }
        }
        bypasses(&mut other, "bare", &name);
        assert!(!other.is_serving());
        let status = other.cache.cluster().unwrap().to_string();
        assert!(status.contains("serving stale rows, not a member"), "{status}");
        other.proxy.set_both(Traffic::Pass);
        other.serves();
        assert!(!is_serving_stale(&other));
        other.shows(&name);
        other.settle_all(&name);
        one.settle_all(&name);
        before = name;
    }
}

/// The server itself is gone, and comes back without its memory.
#[test]
fn a_new_epoch_ends_it() {
    let db = Database::<Db>::new();
    let mut server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server, LONG);
    server.kill();
    until("it has lost Redis", || is_serving_stale(&other));
    one.rename("name");
    other.statements.take();
    shows_stale(&mut other, "hot", Tier::Memory, "person 01");
    shows_stale(&mut other, "files", Tier::Disk, "person 01");
    server.restart();
    until("it has joined", || other.cache.cluster().unwrap().is_joined());
    other.shows("name");
    assert!(!is_serving_stale(&other));
    other.serves();
    other.settle_all("name");
}

#[test]
fn it_counts_as_stale_everywhere() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [_, mut other] = settled(&db, &server, LONG);
    lose(&other);
    let hot = other.cache.region("hot").unwrap();
    let before = hot.stats();
    shows_stale(&mut other, "hot", Tier::Memory, "person 01");
    let stats = hot.stats();
    assert_eq!(stats.stale_hits(), before.stale_hits() + 1);
    assert_eq!(stats.hits(), before.hits() + 1);
    assert_eq!(stats.misses(), before.misses());

    let explanation = everyone("hot").explain(&mut other.conn).unwrap();
    let tier = Tier::Memory;
    assert!(
        matches!(explanation.outcome(), Outcome::Hit { tier: found, stale: true, .. } if found == tier),
        "{explanation}"
    );
    assert!(explanation.to_string().contains("stale hit in memory"), "{explanation}");
    let absent = person::table.find(2).cached("hot").explain(&mut other.conn).unwrap();
    assert!(
        matches!(absent.outcome(), Outcome::Bypass(BypassReason::NoLease)),
        "{absent}"
    );
    let found = everyone("files").lookup::<Person>(&mut other.conn).unwrap().unwrap();
    assert!(!found.is_fresh());
    let query = everyone("hot").only_if_cached().load::<Person>(&mut other.conn);
    assert_eq!(query.unwrap().len(), 50);
}

/// By itself, or as all others do.
/// A write that had begun before Redis was lost, and is over after.
/// Rows were changed by somebody whom no cache sees. They are shown as soon as they are invalidated by hand.
#[test]
fn it_ends_at_its_bound() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server, 8 * LEASE);
    other.proxy.refuse();
    until("it has lost Redis", || is_serving_stale(&other));
    one.rename("name");
    until("the time is over", || {
        let name = other.first("hot");
        assert!(
            name == "name" || other.statements.selects() == 0,
            "stale rows are not queried"
        );
        !is_serving_stale(&other)
    });
    for region in REGIONS {
        bypasses(&mut other, region, "name");
    }
}

#[test]
fn without_the_setting_it_shows_nothing_stale() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server, Duration::ZERO);
    other.proxy.set_both(Traffic::Lose);
    one.rename("name");
    until("it has lost Redis", || other.cache.cluster().unwrap().losses() > 0);
    for region in REGIONS {
        bypasses(&mut other, region, "name");
    }
    assert!(!is_serving_stale(&other));
}

/// It finds files of an earlier run, and cannot know whether they are still valid.
#[test]
fn a_machine_that_has_never_joined_shows_nothing_stale() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server, LONG);
    other.cache.flush().unwrap();
    drop(other);
    one.rename("name");
    other = Machine::starting(&db, &server, "two", |builder, _| {
        let cluster = RedisCluster::new("redis://127.0.0.1:1").lease(LEASE);
        builder.cluster(cluster.stale_if_lost(LONG))
    });
    for region in REGIONS {
        bypasses(&mut other, region, "name");
    }
    assert!(!is_serving_stale(&other));
}

/// Entries of rows serve like others, also from files; and a write of one row leaves the others in place.
/// They may be valid again when Redis is back.
#[test]
fn a_sweep_leaves_them_in_place() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [_, mut other] = settled(&db, &server, LONG);
    other.cache.flush().unwrap();
    lose(&other);
    for region in ["hot", "disk", "files"] {
        assert_eq!(
            other.cache.region(region).unwrap().sweep().unwrap().removed,
            0,
            "{region}"
        );
    }
    for (region, tier) in LOCAL {
        shows_stale(&mut other, region, tier, "person 01");
    }
}

/// Each key is served for itself. A load that wants the rows of one moment queries the database.
#[test]
fn many_keys() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server, LONG);
    let find = || {
        let names = person::table.select(person::name);
        names.cached("hot").find_many([1, 2])
    };
    let names = |machine: &mut Machine<Db>| {
        let found: Vec<Option<String>> = find().load_in_order(&mut machine.conn).unwrap();
        found.into_iter().flatten().collect::<Vec<_>>()
    };
    until("the cache answers", || {
        other.statements.take();
        assert_eq!(names(&mut other), ["person 01", "person 02"]);
        other.statements.selects() == 0
    });
    lose(&other);
    one.rename("name");
    other.events.take();
    assert_eq!(names(&mut other), ["person 01", "person 02"]);
    assert_eq!(other.statements.selects(), 0);
    assert_eq!(other.events.words(), ["stale hit Memory"; 2]);
    let now: Vec<Option<String>> = find().consistent().load_in_order(&mut other.conn).unwrap();
    assert_eq!(now[0].as_deref(), Some("name"));
}
