//! Instances of the service as on several machines: they share one database and one Redis server, and nothing else.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel_cache_tests::{Postgres, RedisServer, Sqlite, connect, person};
use serde_json::{Value, json};

use crate::web_service::client::Client;
use crate::web_service::exposition::Exposition;
use crate::web_service::service::{Place, Service};

crate::web_service::on_both! {
    a_write_through_one_is_seen_by_the_next_read_through_another,
    redis_dies_and_returns_under_load,
    an_instance_is_killed_under_load,
    an_instance_that_stops_keeps_no_writer_waiting,
}

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// At each instance.
const READERS: usize = 2;

/// A place for instances, and the server that connects them.
struct World<'a> {
    place: &'a Place,
    redis: RedisServer,
    /// How long an instance may serve without news of Redis.
    lease: &'static str,
    /// How long writes stay in doubt.
    grace: &'static str,
}

impl<'a> World<'a> {
    fn new(place: &'a Place, lease: &'static str, grace: &'static str) -> Self {
        let redis = RedisServer::start(&[]);
        Self {
            place,
            redis,
            lease,
            grace,
        }
    }

    /// Starts an instance with a directory of its own, and waits until it answers from its cache.
    fn start(&self, name: &str) -> Service {
        let directory = self.place.directory.path().join(name).display().to_string();
        let (database, redis) = (self.database(), self.redis.url());
        let service = self.place.start_with(&[
            ("RUST_LOG", "warn"),
            ("DIESEL_CACHE_DEMO_DIR", &directory),
            ("DATABASE_URL", &database),
            ("WEB_SERVICE_CACHE_CLUSTER__URL", &redis),
            ("WEB_SERVICE_CACHE_CLUSTER__LEASE", self.lease),
            ("WEB_SERVICE_CACHE_DOUBT_GRACE", self.grace),
        ]);
        until(&service, "it serves", |cluster| cluster["serving"] == true);
        service
    }

    fn database(&self) -> String {
        let sqlite = self.place.directory.path().join("shared.sqlite");
        let postgres = self.place.url().map(str::to_owned);
        postgres.unwrap_or_else(|| sqlite.display().to_string())
    }

    /// Returns the name in the database.
    fn stored(&self, id: i32) -> String {
        let query = person::table.find(id).select(person::name);
        let stored = match self.place.url() {
            Some(url) => query.first(&mut connect::<Postgres>(url)),
            None => query.first(&mut connect::<Sqlite>(&self.database())),
        };
        stored.unwrap()
    }
}

fn cluster(service: &Service) -> Value {
    service.client().get("/cluster").json()
}

/// Waits until an instance says so of its cluster.
fn until(service: &Service, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let start = Instant::now();
    loop {
        let cluster = cluster(service);
        if is_so(&cluster) {
            return cluster;
        }
        assert!(start.elapsed() < PATIENCE, "not yet: {what}; {cluster}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn name(client: &mut Client, id: i32) -> String {
    let answer = client.get(&format!("/people/{id}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["name"].as_str().unwrap().to_owned()
}

fn rename(client: &mut Client, id: i32, name: &str) {
    let answer = client.write("PUT", &format!("/people/{id}"), &json!({ "name": name }).to_string());
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn a_write_through_one_is_seen_by_the_next_read_through_another(place: &Place) {
    let world = World::new(place, "5s", "60s");
    let services = [world.start("one"), world.start("two")];
    let mut clients = services.each_ref().map(Service::client);
    let written = services
        .each_ref()
        .map(|service| cluster(service)["writes"].as_u64().unwrap());
    for round in 0..10 {
        let [writer, reader] = [round % 2, 1 - round % 2];
        let (before, after) = (name(&mut clients[reader], 5), format!("round {round}"));
        let asked = services[reader].asked("default");
        assert_eq!(name(&mut clients[reader], 5), before);
        assert_eq!(services[reader].asked("default"), asked, "it is cached");
        rename(&mut clients[writer], 5, &after);
        assert_eq!(name(&mut clients[reader], 5), after);
    }
    for (service, written) in services.iter().zip(written) {
        let mut client = service.client();
        let cluster = cluster(service);
        let expected = json!([true, 2, 0, 0, written + 5]);
        let [serving, members, unfenced, expired, writes] =
            ["serving", "members", "unfenced", "expired", "writes"].map(|key| &cluster[key]);
        assert_eq!(
            json!([serving, members, unfenced, expired, writes]),
            expected,
            "{cluster}"
        );
        let page = client.get("/cache").body;
        assert!(
            page.contains("<h2>Cluster</h2>") && page.contains("serving, 2 members"),
            "{page}"
        );
        let ready = client.get("/ready").body;
        assert!(ready.starts_with("ready\ncluster default at redis://"), "{ready}");
        let metrics = Exposition::parse(&client.get("/metrics").body);
        let kind = &metrics.types["diesel_cache_cluster_wait_duration_seconds"];
        assert_eq!(kind, "histogram", "it can be summed over all instances");
        let labels = [("cluster", "default")];
        let waits = metrics.sum("diesel_cache_cluster_wait_duration_seconds_count", &labels);
        assert!(waits >= 5.0, "{waits}");
    }
}

/// Reads and one writer, at all instances at once.
struct Load {
    /// The newest version that anybody has seen, from an answer to a write or a read.
    seen: AtomicU64,
    done: AtomicBool,
}

impl Load {
    fn new() -> Self {
        let (seen, done) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { seen, done }
    }

    /// Reads until the end. Only an instance that is killed may stop answering.
    fn read(&self, mut client: Client, may_die: bool) {
        let _failed = OnPanic(&self.done); // a failure ends the others, too
        while !self.done.load(SeqCst) {
            let before = self.seen.load(SeqCst);
            match try_version(&mut client) {
                Ok(version) => {
                    assert!(version >= before, "version {version}, and {before} had been seen");
                    self.seen.fetch_max(version, SeqCst);
                }
                Err(_) if may_die => return,
                Err(error) => panic!("a request has failed: {error}"),
            }
        }
    }

    /// Writes the next version through one instance, and reads it through the other.
    fn write(&self, writer: &mut Client, reader: &mut Client) {
        assert!(!self.done.load(SeqCst), "a reader has failed");
        let version = self.seen.load(SeqCst) + 1;
        rename(writer, 5, &format!("person 05 v{version}"));
        self.seen.fetch_max(version, SeqCst);
        assert_eq!(try_version(reader).unwrap(), version, "just written");
    }
}

fn try_version(client: &mut Client) -> io::Result<u64> {
    let answer = client.try_get("/people/5")?;
    assert_eq!(answer.status, 200, "{answer:?}");
    let person = answer.json();
    let version = person["name"].as_str().unwrap().rsplit_once('v').unwrap().1;
    Ok(version.parse().unwrap())
}

struct OnPanic<'a>(&'a AtomicBool);

impl Drop for OnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, SeqCst);
        }
    }
}

fn redis_dies_and_returns_under_load(place: &Place) {
    // When Redis has lost its memory, and no lease was valid, nobody serves for the grace.
    let mut world = World::new(place, "500ms", "1s");
    let services = [world.start("one"), world.start("two")];
    let mut clients = services.each_ref().map(Service::client);
    rename(&mut clients[0], 5, "person 05 v0");
    let load = Load::new();
    thread::scope(|scope| {
        for service in &services {
            for _ in 0..READERS {
                scope.spawn(|| load.read(service.client(), false));
            }
        }
        let _failed = OnPanic(&load.done);
        let [one, two] = &mut clients;
        let mut write = |times| {
            for _ in 0..times {
                load.write(one, two);
                load.write(two, one);
            }
        };
        for _ in 0..2 {
            write(25);
            world.redis.kill();
            write(10);
            for service in &services {
                until(service, "it is lost", |cluster| cluster["serving"] == false);
                let ready = service.client().get("/ready");
                assert_eq!(ready.status, 200);
                assert!(ready.body.contains("not a member: "), "{ready:?}");
            }
            write(10);
            world.redis.restart();
            write(10);
            for service in &services {
                until(service, "it serves again", |cluster| cluster["serving"] == true);
            }
        }
        write(25);
        load.done.store(true, SeqCst);
    });
    for service in &services {
        let cluster = cluster(service);
        let [losses, epochs] = ["losses", "epochs"].map(|key| cluster[key].as_u64().unwrap());
        assert!(losses >= 2 && epochs >= 3, "{cluster}");
        let hits = service.metric("diesel_cache_hits_total", "default");
        assert!(hits > 0.0, "nothing was cached");
    }
}

fn an_instance_is_killed_under_load(place: &Place) {
    let world = World::new(place, "1s", "60s");
    let (survivor, mut victim) = (world.start("one"), world.start("two"));
    let (mut one, mut two) = (survivor.client(), victim.client());
    rename(&mut one, 5, "person 05 v0");
    let load = Load::new();
    thread::scope(|scope| {
        let victims: Vec<Client> = (0..READERS).map(|_| victim.client()).collect();
        for client in victims {
            scope.spawn(|| load.read(client, true));
            scope.spawn(|| load.read(survivor.client(), false));
        }
        let _failed = OnPanic(&load.done);
        let mut others: Vec<Client> = (0..READERS).map(|_| victim.client()).collect();
        for _ in 0..25 {
            load.write(&mut one, &mut two);
            load.write(&mut two, &mut one);
            // These may be under way when it is killed.
            for other in &mut others {
                other.send(
                    "PUT",
                    "/people/9",
                    "content-type: application/json\r\n",
                    r#"{"name": "either"}"#,
                );
            }
            others.iter_mut().for_each(|other| drop(other.receive()));
        }
        for other in &mut others {
            other.send(
                "PUT",
                "/people/9",
                "content-type: application/json\r\n",
                r#"{"name": "or"}"#,
            );
        }
        victim.kill();
        let mut again = survivor.client();
        for _ in 0..25 {
            load.write(&mut one, &mut again);
            load.write(&mut again, &mut one);
        }
        for _ in 0..100 {
            // The database may still be at what the dead has sent.
            let (before, read, after) = (world.stored(9), name(&mut one, 9), world.stored(9));
            assert!(before != after || read == before, "{read}, but {before} is stored");
        }
        until(&survivor, "the dead is no member", |cluster| cluster["members"] == 1);
        // Another takes its place.
        let heir = world.start("three");
        let mut three = heir.client();
        for _ in 0..25 {
            load.write(&mut one, &mut three);
            load.write(&mut three, &mut one);
        }
        assert_eq!(cluster(&survivor)["members"], 2);
        load.done.store(true, SeqCst);
    });
}

/// It leaves the cluster, so that nobody waits for the end of its lease.
fn an_instance_that_stops_keeps_no_writer_waiting(place: &Place) {
    let world = World::new(place, "5s", "60s");
    let (one, two) = (world.start("one"), world.start("two"));
    let mut client = one.client();
    rename(&mut two.client(), 5, "before");
    assert_eq!(name(&mut client, 5), "before");
    assert!(two.stop().success());
    until(&one, "the other has left", |cluster| cluster["members"] == 1);
    rename(&mut client, 5, "after");
    assert_eq!(name(&mut client, 5), "after");
    let cluster = cluster(&one);
    assert_eq!(
        (&cluster["expired"], &cluster["fences"]),
        (&json!(0), &json!(0)),
        "{cluster}"
    );
}
