//! Processes that share a server, and a directory.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{
    Database, Gate, Peer, Person, RedisServer, Statements, connect, everyone, is_peer, people, person, redis_region,
    serve,
};

use super::Db;

const THREADS: usize = 8;

fn cache(directory: &str, lock_timeout: Duration) -> Cache {
    let region = redis_region("own").lock_timeout(lock_timeout);
    Cache::builder().directory(directory).region(region).build().unwrap()
}

/// Loads everyone in all threads at once. Returns the number of SELECTs.
fn at_once(cache: &Cache, url: &str) -> usize {
    let statements = Statements::new();
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let (statements, barrier) = (statements.clone(), &barrier);
            scope.spawn(move || {
                let mut conn = connect::<Db>(url);
                cache.attach_with(&mut conn, statements);
                barrier.wait();
                assert_eq!(everyone("own").load::<Person>(&mut conn), Ok(people(50)));
            });
        }
    });
    statements.selects()
}

/// The entry point of the other processes. Not a test by itself.
#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let [url, directory] = ["URL", "DIRECTORY"].map(|name| std::env::var(name).unwrap());
    let cache = cache(&directory, Duration::from_secs(60));
    serve(|task| match task {
        "at once" => at_once(&cache, &url).to_string(),
        "flush" => {
            cache.flush().unwrap();
            String::new()
        }
        "rename" => {
            let mut conn = connect::<Db>(&url);
            cache.attach(&mut conn);
            let rename = diesel::update(person::table.find(1)).set(person::name.eq("new"));
            rename.execute(&mut conn).unwrap().to_string()
        }
        "lead" => {
            // Stops in the middle of its query, with the lock of the key.
            let (gate, asked, go_on) = Gate::closed();
            let mut conn = connect::<Db>(&url);
            cache.attach_with(&mut conn, gate);
            thread::spawn(move || everyone("own").load::<Person>(&mut conn));
            asked.recv().unwrap();
            std::mem::forget(go_on);
            "asked".into()
        }
        task => panic!("{task}"),
    });
}

fn spawn(db: &Database<Db>, directory: &str) -> Peer {
    Peer::spawn(module_path!(), &[("URL", db.url()), ("DIRECTORY", directory)])
}

fn directory(db: &Database<Db>) -> String {
    db.directory().join("cache").display().to_string()
}

#[test]
fn processes_share_entries_and_see_each_other_s_writes() {
    let db = Database::<Db>::new();
    let directory = directory(&db);
    let mut peer = spawn(&db, &directory);
    assert_eq!(peer.ask("at once"), "1");
    peer.ask("flush");
    let cache = cache(&directory, Duration::from_secs(60));
    let mut conn = db.connect();
    let statements = Statements::new();
    cache.attach_with(&mut conn, statements.clone());
    let mut names = || {
        let rows = everyone("own").load::<Person>(&mut conn).unwrap();
        (statements.selects(), rows[0].name.clone())
    };
    assert_eq!(names(), (0, "person 01".into()), "from Redis");
    assert_eq!(peer.ask("rename"), "1");
    assert_eq!(names(), (1, "new".into()));
    assert_eq!(names(), (0, "new".into()));
}

#[test]
fn one_of_all_processes_queries() {
    let db = Database::<Db>::new();
    let directory = directory(&db);
    let mut peers: Vec<Peer> = (0..4).map(|_| spawn(&db, &directory)).collect();
    for _ in 0..3 {
        // They begin at about the same time; whoever comes late finds the entry.
        for peer in &mut peers {
            peer.start("at once");
        }
        let selects: usize = peers
            .iter_mut()
            .map(|peer| peer.answer().parse::<usize>().unwrap())
            .sum();
        assert_eq!(selects, 1);
        cache(&directory, Duration::ZERO).invalidate_all();
    }
}

/// The lock of a dead process ends by itself.
#[test]
fn a_process_that_is_killed_with_a_lock_delays_others_for_their_timeout() {
    let db = Database::<Db>::new();
    let directory = directory(&db);
    let mut peer = spawn(&db, &directory);
    assert_eq!(peer.ask("lead"), "asked");
    peer.kill();
    let cache = cache(&directory, Duration::from_millis(300));
    let mut conn = db.connect();
    let statements = Statements::new();
    cache.attach_with(&mut conn, statements.clone());
    assert_eq!(everyone("own").load::<Person>(&mut conn), Ok(people(50)));
    assert_eq!(statements.selects(), 1);
}

/// A lock that has ended is another's by now, and its first holder must not give it back.
#[test]
fn a_lock_is_given_back_by_its_holder_alone() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [slow, next] = [Duration::from_millis(50), Duration::from_secs(60)].map(|timeout| {
        let region = super::own(&server).lock_timeout(timeout);
        let region = region.redis_timeout(Duration::from_secs(60));
        let directory = directory(&db);
        Cache::builder().directory(directory).region(region).build().unwrap()
    });
    let locks = || -> usize {
        let keys: Vec<String> = redis::cmd("KEYS").arg("*:lock").query(&mut server.connect()).unwrap();
        keys.len()
    };
    let hold = |cache: &Cache| {
        let (gate, asked, go_on) = Gate::closed();
        let mut conn = db.connect();
        cache.attach_with(&mut conn, gate);
        let holder = thread::spawn(move || everyone("own").load::<Person>(&mut conn));
        asked.recv().unwrap();
        (holder, go_on)
    };
    let (holder, go_on) = hold(&slow);
    while locks() > 0 {
        thread::yield_now();
    }
    let (next_holder, next_goes_on) = hold(&next);
    assert_eq!(locks(), 1);
    drop(go_on);
    holder.join().unwrap().unwrap();
    assert_eq!(locks(), 1, "the lock of the next");
    drop(next_goes_on);
    next_holder.join().unwrap().unwrap();
    assert_eq!(locks(), 0);
}

/// The lock ends while its holder still works. Then both query, and both are right.
#[test]
fn a_holder_that_takes_longer_than_its_lock() {
    let db = Database::<Db>::new();
    let directory = directory(&db);
    let [slow, fast] = [Duration::from_millis(50), Duration::from_secs(60)].map(|timeout| cache(&directory, timeout));
    let (gate, asked, go_on) = Gate::closed();
    let mut conn = db.connect();
    slow.attach_with(&mut conn, gate);
    let holder = thread::spawn(move || everyone("own").load::<Person>(&mut conn));
    asked.recv().unwrap();
    let mut conn = db.connect();
    fast.attach(&mut conn);
    assert_eq!(everyone("own").load::<Person>(&mut conn), Ok(people(50)));
    let rename = diesel::update(person::table.find(1)).set(person::name.eq("new"));
    rename.execute(&mut conn).unwrap();
    drop(go_on);
    holder.join().unwrap().unwrap();
    for cache in [&slow, &fast] {
        let mut conn = db.connect();
        cache.attach(&mut conn);
        assert_eq!(everyone("own").load::<Person>(&mut conn).unwrap()[0].name, "new");
    }
}
