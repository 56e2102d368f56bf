//! Eight processes, and one that is killed.

use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{
    Backend, Database, Gate, Peer, Person, Statements, connect, everyone, is_peer, people, person, serve,
};

use super::{Db, THREADS};

const PROCESSES: usize = 8;

type Conn = <Db as Backend>::Conn;

fn cache(directory: &str) -> Cache {
    let region = Region::disk("default").lock_timeout(Duration::from_secs(600));
    Cache::builder().directory(directory).region(region).build().unwrap()
}

/// Runs the work in all threads at once, each on a connection of its own. Returns the number of SELECTs.
fn at_once(cache: &Cache, url: &str, load: impl Fn(usize, &mut Conn) + Sync) -> usize {
    let statements = Statements::new();
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (statements, barrier, load) = (statements.clone(), &barrier, &load);
            scope.spawn(move || {
                let mut conn = connect::<Db>(url);
                cache.attach_with(&mut conn, statements);
                barrier.wait();
                load(number, &mut conn);
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
    let cache = cache(&directory);
    serve(|task| match task {
        "ready" => String::new(),
        "one key" => at_once(&cache, &url, |_, conn| {
            assert_eq!(everyone("default").load::<Person>(conn), Ok(people(50)));
        })
        .to_string(),
        "many keys" => at_once(&cache, &url, |number, conn| {
            let found = person::table
                .find(number as i32 + 1)
                .cached("default")
                .load::<Person>(conn)
                .unwrap();
            assert_eq!(found[0].id, number as i32 + 1);
        })
        .to_string(),
        "lead" => {
            // Stops in the middle of its query, and is killed there.
            let (gate, asked, go_on) = Gate::closed();
            let mut conn = connect::<Db>(&url);
            cache.attach_with(&mut conn, gate);
            thread::spawn(move || everyone("default").load::<Person>(&mut conn));
            asked.recv().unwrap();
            std::mem::forget(go_on);
            "asked".into()
        }
        task => panic!("{task}"),
    });
}

/// Gives all processes a task at the same time. Returns the processes, and the sum of their answers.
fn ask_all(peers: Vec<Peer>, task: &str) -> (Vec<Peer>, usize) {
    let barrier = Arc::new(Barrier::new(peers.len()));
    let total = Arc::new(Mutex::new(0));
    let threads: Vec<_> = peers
        .into_iter()
        .map(|mut peer| {
            let (barrier, total, task) = (Arc::clone(&barrier), Arc::clone(&total), task.to_owned());
            thread::spawn(move || {
                peer.ask("ready");
                barrier.wait();
                *total.lock().unwrap() += peer.ask(&task).parse::<usize>().unwrap();
                peer
            })
        })
        .collect();
    let peers = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let total = *total.lock().unwrap();
    (peers, total)
}

fn spawn(db: &Database<Db>, directory: &str) -> Peer {
    Peer::spawn(module_path!(), &[("URL", db.url()), ("DIRECTORY", directory)])
}

#[test]
fn processes_and_threads_make_one_query_for_each_key() {
    let db = Database::<Db>::new();
    let directory = db.directory().join("cache").display().to_string();
    let peers = (0..PROCESSES).map(|_| spawn(&db, &directory)).collect();
    let (peers, selects) = ask_all(peers, "one key");
    assert_eq!(selects, 1);
    let (peers, selects) = ask_all(peers, "many keys");
    assert_eq!(selects, THREADS);
    // Once more, now that all of them know the rows to be invalid.
    cache(&directory).invalidate_all();
    assert_eq!(ask_all(peers, "one key").1, 1);
}

#[test]
fn who_waits_for_a_process_that_is_killed_goes_on() {
    let db = Database::<Db>::new();
    let directory = db.directory().join("cache").display().to_string();
    let mut peer = spawn(&db, &directory);
    assert_eq!(peer.ask("lead"), "asked");
    let cache = cache(&directory);
    let mut conn = db.connect();
    let statements = Statements::new();
    cache.attach_with(&mut conn, statements.clone());
    let waiter = thread::spawn(move || everyone("default").load::<Person>(&mut conn));
    peer.kill();
    assert_eq!(waiter.join().unwrap(), Ok(people(50)));
    assert_eq!(statements.selects(), 1);
}
