//! Machines that are paused or killed: what writes of other machines wait for, and what their own writes leave behind.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel_cache::fault::{self, Mutation, Point};
use diesel_cache::prelude::*;
use diesel_cache::{Coherence, RedisCluster};
use diesel_cache_tests::{
    Backend, Database, Peer, Person, Proxy, RedisServer, connect, everyone, is_peer, person, serve,
};
use rustix::process::{Signal, getpid, kill_process};

use super::{Db, RUNNING, SLOW};
use crate::machines::world::{LEASE, Machine, PATIENCE, REGIONS, builder, until};

/// Longer than the server needs for what a dead machine has sent.
const GRACE: Duration = Duration::from_secs(3600);

/// The entry point of the other machine. Not a test by itself.
#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let [url, redis, directory] = ["URL", "REDIS", "DIRECTORY"].map(|name| std::env::var(name).unwrap());
    let grace = std::env::var("GRACE").map_or(GRACE, |millis| Duration::from_millis(millis.parse().unwrap()));
    if std::env::var_os("WITHOUT_LEASE").is_some() {
        fault::mutate(Mutation::NoLease);
    }
    let cache = builder(&redis, &redis, &PathBuf::from(directory))
        .doubt_grace(grace)
        .build()
        .unwrap();
    let mut conn = connect::<Db>(&url);
    cache.attach(&mut conn);
    serve(|task| act(&cache, &mut conn, task));
}

fn act(cache: &Cache, conn: &mut <Db as Backend>::Conn, task: &str) -> String {
    let (verb, rest) = task.split_once(' ').unwrap_or((task, ""));
    match verb {
        // Loads until this process has the row in all regions.
        "settle" => {
            for region in REGIONS {
                until("the cache answers", || {
                    everyone(region).load::<Person>(conn).unwrap();
                    everyone(region).lookup::<Person>(conn).unwrap().is_some()
                });
            }
        }
        "names" => {
            let names = REGIONS.map(|region| everyone(region).load::<Person>(conn).unwrap().remove(0).name);
            assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
            return names[0].clone();
        }
        "first" => return everyone("hot").load::<Person>(conn).unwrap().remove(0).name,
        "identify" => cache.identify(conn).unwrap(),
        "rename" => {
            let rename = diesel::update(person::table.find(1)).set(person::name.eq(rest));
            return rename.execute(conn).unwrap().to_string();
        }
        "slowly" => {
            let rename = format!("UPDATE person SET name = '{rest}' WHERE id = 1 AND {SLOW}");
            diesel::sql_query(rename).execute(conn).unwrap();
        }
        "die" => fault::set_hook(|at| {
            if at == Point::AfterFence {
                let _ = kill_process(getpid(), Signal::KILL);
                std::thread::park();
            }
        }),
        verb => panic!("{verb}"),
    }
    String::new()
}

/// Another machine, in a process of its own.
struct Other {
    peer: Peer,
    /// The proxy through which it reaches Redis.
    _proxy: Proxy,
}

impl Other {
    fn new(db: &Database<Db>, server: &RedisServer, name: &str, grace: Duration) -> Self {
        Self::with(db, server, name, grace, None)
    }

    fn with(db: &Database<Db>, server: &RedisServer, name: &str, grace: Duration, var: Option<&str>) -> Self {
        let proxy = Proxy::before(server.port());
        let directory = db.directory().join(name).display().to_string();
        let (redis, grace) = (proxy.redis_url(), grace.as_millis().to_string());
        let mut vars = vec![
            ("URL", db.url()),
            ("REDIS", &redis),
            ("DIRECTORY", &directory),
            ("GRACE", &grace),
        ];
        vars.extend(var.map(|var| (var, "1")));
        let mut peer = Peer::spawn(module_path!(), &vars);
        peer.ask("settle");
        Self { peer, _proxy: proxy }
    }
}

/// Renames the first person. Returns how long the write takes.
fn write(machine: &mut Machine<Db>, name: &str) -> Duration {
    let start = Instant::now();
    machine.rename(name);
    start.elapsed()
}

#[test]
fn a_machine_that_stops_delays_one_write_by_its_lease() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut other = Other::new(&db, &server, "other", GRACE);
    let mut machine = Machine::new(&db, &server, "one");
    let mut longest = Duration::ZERO;
    for round in 0..4 {
        machine.settle_all(&if round == 0 {
            "person 01".to_owned()
        } else {
            format!("name {} 9", round - 1)
        });
        other.peer.ask("settle");
        other.peer.pause();
        longest = longest.max(write(&mut machine, &format!("name {round} 0")));
        let next = (1..10).map(|turn| write(&mut machine, &format!("name {round} {turn}")));
        let shortest = next.min().unwrap();
        assert!(
            shortest < LEASE / 3,
            "whoever has no lease is not waited for: {shortest:?}"
        );
        other.peer.resume();
        // What it had in memory and on disk is what was there before.
        assert_eq!(other.peer.ask("names"), format!("name {round} 9"));
    }
    assert!(longest > LEASE / 3, "a write waits for a lease: {longest:?}");
    assert!(longest < PATIENCE / 2, "and for no more: {longest:?}");
}

/// The other machine hears of it as soon as it goes on.
#[test]
fn a_bounded_write_waits_for_no_other_machine() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut other = Other::new(&db, &server, "other", GRACE);
    let mut machine = Machine::starting(&db, &server, "one", |builder, url| {
        builder.cluster(
            RedisCluster::new(url)
                .lease(LEASE)
                .timeout(LEASE)
                .coherence(Coherence::Bounded),
        )
    });
    machine.settle_all("person 01");
    other.peer.ask("settle");
    other.peer.pause();
    machine.rename("bounded");
    let status = machine.cache.cluster().unwrap();
    other.peer.resume();
    assert_eq!((status.expired(), status.unfenced()), (0, 0), "{status}");
    until("the other machine hears of it", || other.peer.ask("first") == "bounded");
    machine.settle_all("bounded");
}

/// It goes on before its lease is over, or just after; what it shows then is right.
#[test]
fn a_machine_that_stops_for_about_its_lease() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut other = Other::new(&db, &server, "other", GRACE);
    let mut machine = Machine::new(&db, &server, "one");
    for round in 0..10 {
        other.peer.ask("settle");
        let name = format!("name {round}");
        other.peer.pause();
        std::thread::scope(|scope| {
            let write = scope.spawn(|| machine.rename(&name));
            std::thread::sleep(LEASE * (5 + round) / 10);
            other.peer.resume();
            write.join().unwrap();
        });
        assert_eq!(other.peer.ask("names"), name);
    }
}

/// What the tests above would see. A machine that goes on may notice at once that it is no member, so this takes some
/// rounds.
#[test]
fn a_machine_that_did_not_heed_its_lease_would_show_old_rows() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut other = Other::with(&db, &server, "other", GRACE, Some("WITHOUT_LEASE"));
    let mut machine = Machine::new(&db, &server, "one");
    let mut round = 0;
    until("it shows old rows", || {
        other.peer.ask("settle");
        round += 1;
        let name = format!("name {round}");
        other.peer.pause();
        machine.rename(&name);
        other.peer.resume();
        other.peer.ask("first") != name
    });
}

#[test]
fn a_machine_that_dies_delays_one_write() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let other = Other::new(&db, &server, "other", GRACE);
    let mut machine = Machine::new(&db, &server, "one");
    other.peer.kill();
    assert!(write(&mut machine, "name 0") < PATIENCE / 2);
    let shortest = (1..10).map(|turn| write(&mut machine, &format!("name {turn}"))).min();
    assert!(shortest < Some(LEASE / 3), "{shortest:?}");
    machine.settle_all("name 9");
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

/// Returns a name that no other test uses.
fn unique(db: &Database<Db>) -> String {
    let number: String = db.url().chars().filter(char::is_ascii_digit).collect();
    format!("name {number} {}", std::process::id())
}

/// Returns `true` while the server executes the write of this name.
fn is_running(conn: &mut <Db as Backend>::Conn, name: &str) -> bool {
    let query = format!("{RUNNING} '%UPDATE person SET name = ''{name}''%'");
    diesel::sql_query(query).get_result::<Number>(conn).unwrap().number > 0
}

/// Loads from each region until the cache answers. Asserts that no load is older than what the database showed before
/// it.
fn settles(machine: &mut Machine<Db>, name: &str) {
    for region in REGIONS {
        until("the doubt is over", || {
            let before: String = person::table
                .find(1)
                .select(person::name)
                .first(&mut machine.conn)
                .unwrap();
            machine.statements.take();
            let seen = machine.first(region);
            assert!(
                before != name || seen == name,
                "{region} shows {seen}, but {before} was there"
            );
            machine.statements.selects() == 0
        });
    }
}

/// The server goes on with the statement, which nobody waits for any more. It knows the session, and is asked.
#[test]
fn a_machine_that_dies_in_a_write_leaves_a_fence_until_its_session_is_gone() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut other = Other::new(&db, &server, "other", GRACE);
    let mut machine = Machine::new(&db, &server, "one");
    let mut conn = db.connect();
    machine.settle_all("person 01");
    other.peer.ask("identify");
    let name = unique(&db);
    other.peer.start(&format!("slowly {name}"));
    until("it writes", || is_running(&mut conn, &name));
    other.peer.kill();
    let mut bypassed = 0;
    while is_running(&mut conn, &name) {
        machine.statements.take();
        let seen = machine.first("hot");
        // Unless the server has come to an end in between.
        bypassed += u32::from(machine.statements.selects() == 1 && seen == "person 01");
    }
    settles(&mut machine, &name);
    assert_eq!(machine.first("hot"), name);
    assert!(bypassed > 1, "the test was too late to see anything");
}

/// Nobody can ask for a session that was never identified.
#[test]
fn a_machine_that_dies_in_a_write_leaves_a_fence_until_the_grace_is_over() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let grace = Duration::from_secs(4);
    let mut other = Other::new(&db, &server, "other", grace);
    let mut machine = Machine::starting(&db, &server, "one", |builder, _| builder.doubt_grace(grace));
    machine.settle_all("person 01");
    let mut conn = db.connect();
    let name = unique(&db);
    other.peer.start(&format!("slowly {name}"));
    until("it writes", || is_running(&mut conn, &name));
    other.peer.kill();
    settles(&mut machine, &name);
    assert_eq!(machine.first("hot"), name);
}

/// Its statement was never sent.
#[test]
fn a_machine_that_dies_between_its_fence_and_its_statement() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut other = Other::new(&db, &server, "other", GRACE);
    let mut machine = Machine::new(&db, &server, "one");
    machine.settle_all("person 01");
    other.peer.ask("identify");
    other.peer.ask("die");
    other.peer.start("rename never");
    other.peer.wait();
    settles(&mut machine, "never");
    machine.rename("new");
    machine.settle_all("new");
}
