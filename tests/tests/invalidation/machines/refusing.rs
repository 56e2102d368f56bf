//! A Redis server that rejects writes, is out of memory, or rejects the login. The machine does not serve, reports the
//! reason, and shows what the database has.

use diesel_cache::{RedisCluster, Region};
use diesel_cache_tests::{Database, RedisServer, Sqlite as Db};

use crate::machines::world::{LEASE, Machine};

/// Asserts that the machine writes and loads without Redis, stores nothing, and reports that it does not serve.
fn bypasses(machine: &mut Machine<Db>, name: &str) {
    machine.rename(name);
    machine.statements.take();
    machine.shows(name);
    machine.shows(name);
    assert!(!machine.is_serving());
    assert_eq!(machine.statements.selects(), 10, "nothing is stored");
}

#[test]
fn a_read_only_replica() {
    let db = Database::<Db>::new();
    let (primary, server) = (RedisServer::start(&[]), RedisServer::start(&[]));
    let mut machine = Machine::<Db>::new(&db, &server, "one");
    machine.settle_all("person 01");
    server.command(&["REPLICAOF", "127.0.0.1", &primary.port().to_string()]);
    machine.rename("new");
    machine.shows("new");
    machine.stops_serving();
    bypasses(&mut machine, "newer");
    server.command(&["REPLICAOF", "NO", "ONE"]);
    machine.serves();
    machine.settle_all("newer");
}

#[test]
fn a_server_that_is_full() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&["--maxmemory-policy", "noeviction"]);
    let mut machine = Machine::<Db>::new(&db, &server, "one");
    machine.settle_all("person 01");
    server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    machine.rename("new");
    machine.shows("new");
    machine.rename("newer");
    machine.shows("newer");
    // Whether a full server can still renew leases is its own affair.
    server.command(&["CONFIG", "SET", "maxmemory", "0"]);
    machine.serves();
    machine.settle_all("newer");
}

#[test]
fn a_server_that_is_full_from_the_beginning() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&["--maxmemory-policy", "noeviction", "--maxmemory", "1"]);
    let mut machine = Machine::<Db>::starting(&db, &server, "one", |builder, _| builder);
    bypasses(&mut machine, "new");
    server.command(&["CONFIG", "SET", "maxmemory", "0"]);
    machine.serves();
    machine.settle_all("new");
}

#[test]
fn a_wrong_password() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&["--requirepass", "open sesame"]);
    let machine = |password: &str, name: &str| {
        let url = format!("redis://:{password}@127.0.0.1:{}", server.port());
        Machine::<Db>::starting(&db, &server, name, |builder, _| {
            builder.cluster(RedisCluster::new(url).lease(LEASE).timeout(LEASE))
        })
    };
    let mut wrong = machine("guess", "one");
    wrong.rename("new");
    assert!(!wrong.is_serving());
    assert_eq!(wrong.first("hot"), "new");
    assert_eq!(wrong.first("disk"), "new");
    let shown = format!(
        "{:?} {:?} {:?}",
        wrong.cache,
        wrong.cache.cluster(),
        wrong.events.take()
    );
    assert!(!shown.contains("guess"), "{shown}");
    let mut right = machine("open%20sesame", "two");
    right.serves();
    right.settle("hot", "new");
    right.settle("disk", "new");
}

#[test]
fn a_malformed_url_is_an_error_of_build() {
    for url in [
        "",
        "redis",
        "http://localhost",
        "redis://:secret@",
        "redis://localhost/x",
    ] {
        let builder = diesel_cache::Cache::builder()
            .cluster(RedisCluster::new(url))
            .region(Region::memory("hot"));
        let text = builder.build().unwrap_err().to_string();
        assert!(!text.contains("secret"), "{text}");
    }
}
