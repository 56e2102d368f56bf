//! Members of a cluster whose process ends. However it ends, it leaves the cluster, so that no writer waits for it.

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::{Cache, ClusterStatus, RedisCluster, Region};
use diesel_cache_tests::{Database, Peer, RedisServer, Sqlite, connect, is_peer, person, serve};

/// Longer than a test ever has to wait on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A cache that is never dropped.
static CACHE: OnceLock<Cache> = OnceLock::new();

fn member(server: &str) -> Cache {
    let cluster = RedisCluster::new(server).lease(Duration::from_secs(3));
    let cache = Cache::builder().cluster(cluster).region(Region::memory("hot"));
    let cache = cache.build().unwrap();
    assert!(cache.wait_for_cluster(PATIENCE));
    cache
}

fn write(conn: &mut SqliteConnection, name: &str) {
    let rename = diesel::update(person::table.find(1)).set(person::name.eq(name));
    rename.execute(conn).unwrap();
}

/// The entry point of the other processes. Not a test by itself.
#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let [server, url] = ["SERVER", "URL"].map(|name| std::env::var(name).unwrap());
    let cache = CACHE.get_or_init(|| member(&server));
    serve(|task| {
        let mut conn = connect::<Sqlite>(&url);
        cache.attach(&mut conn);
        match task {
            "write" => write(&mut conn, "by the other"),
            "exit" => std::process::exit(0),
            "exit elsewhere" => thread::spawn(|| std::process::exit(0)).join().unwrap(),
            "begin to write" => {
                conn.batch_execute("PRAGMA busy_timeout = 60000").unwrap();
                thread::spawn(move || write(&mut conn, "never"));
            }
            task => panic!("{task}"),
        }
        cache.cluster().unwrap().members().to_string()
    });
}

/// A member in this process, one in another process, and a connection.
struct World {
    server: RedisServer,
    cache: Cache,
    conn: SqliteConnection,
    peer: Option<Peer>,
    _db: Database<Sqlite>,
}

impl World {
    fn new() -> Self {
        let (db, server) = (Database::<Sqlite>::new(), RedisServer::start(&[]));
        let cache = member(&server.url());
        let mut conn = db.connect();
        cache.attach(&mut conn);
        let mut peer = Peer::spawn(module_path!(), &[("SERVER", &server.url()), ("URL", db.url())]);
        assert_eq!(peer.ask("write"), "2");
        Self {
            server,
            cache,
            conn,
            peer: Some(peer),
            _db: db,
        }
    }

    /// Gives the other process a task, after which it answers nothing.
    fn start(&mut self, task: &str) {
        self.peer.as_mut().unwrap().start(task);
    }

    /// Ends the input of the other process, and waits until it has ended.
    fn end(&mut self) {
        self.peer = None;
    }

    fn status(&self) -> ClusterStatus {
        self.cache.cluster().unwrap()
    }

    #[track_caller]
    fn until(&self, what: &str, is_so: impl Fn(&ClusterStatus) -> bool) {
        let start = Instant::now();
        while !is_so(&self.status()) {
            assert!(start.elapsed() < PATIENCE, "not yet: {what}; {}", self.status());
            thread::yield_now();
        }
    }

    /// Asserts that the other process, which has ended, is no longer a member, and that a write did not have to expire
    /// it.
    #[track_caller]
    fn expect_gone(&mut self) {
        self.until("it has left", |status| status.members() == 1);
        write(&mut self.conn, "after");
        assert_eq!(
            (self.status().expired(), self.status().unfenced()),
            (0, 0),
            "{}",
            self.status()
        );
    }
}

#[test]
fn a_process_returns_from_main_with_its_cache_in_a_static() {
    let mut world = World::new();
    world.end();
    world.expect_gone();
}

#[test]
fn a_process_exits() {
    for how in ["exit", "exit elsewhere"] {
        let mut world = World::new();
        world.start(how);
        world.end();
        world.expect_gone();
    }
}

/// Others have to see that its writer is dead.
#[test]
fn a_process_that_writes_does_not_leave() {
    let mut world = World::new();
    world.conn.batch_execute("BEGIN IMMEDIATE").unwrap();
    world.peer.as_mut().unwrap().ask("begin to write");
    world.until("it waits for the database", |status| status.fences() == 1);
    world.start("exit");
    world.end();
    world.conn.batch_execute("COMMIT").unwrap();
    write(&mut world.conn, "after");
    assert_eq!(world.status().expired(), 1, "{}", world.status());
    world.until("it is found to be dead", |status| status.members() == 1);
    // The fence of the dead stays.
    world.until("the write here is over", |status| {
        status.owed() == 0 && status.fences() == 1
    });
}

/// One that is killed cannot leave: what the tests above measure.
#[test]
fn a_process_that_is_killed_keeps_the_next_writer_waiting() {
    let mut world = World::new();
    world.peer.take().unwrap().kill();
    write(&mut world.conn, "after");
    assert_eq!(world.status().expired(), 1, "{}", world.status());
}

/// A server that hangs delays the end of the process by its timeouts, and no longer.
#[test]
fn a_server_that_hangs_keeps_no_process_from_ending() {
    let mut world = World::new();
    world.server.pause();
    let start = Instant::now();
    world.end();
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    world.server.resume();
}
