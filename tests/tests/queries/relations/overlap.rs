//! Overlapping batches query each key once, and never deadlock, in threads and in processes.

use std::collections::HashMap;
use std::env;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::thread;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{
    Backend, Database, Gate, Peer, Person, Setup, Statements, connect, is_peer, person, regions, serve,
};

use super::B;

type Conn = <B as Backend>::Conn;

fn load(ids: impl IntoIterator<Item = i32>, conn: &mut Conn) -> HashMap<i32, Person> {
    person::table
        .cached("default")
        .find_many(ids)
        .load_by_key(conn)
        .unwrap()
}

#[test]
fn threads_ask_for_each_key_once() {
    let db = Database::<B>::new();
    let Setup { cache, .. } = Setup::new(&db);
    let begin = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|number| {
            let (begin, cache, mut conn) = (Arc::clone(&begin), cache.clone(), db.connect());
            cache.attach(&mut conn);
            thread::spawn(move || {
                begin.wait();
                // In other orders, and each overlaps with the others.
                let ids: Vec<i32> = (0..30).map(|at| (at * 7 + number * 11) % 50 + 1).collect();
                let found = load(ids.clone(), &mut conn);
                assert!(ids.iter().all(|id| found[id].id == *id));
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let stats = cache.region("default").unwrap().stats();
    assert_eq!(stats.stores(), 50, "each key once");
}

#[test]
fn batches_and_single_loads_wait_for_each_other() {
    let db = Database::<B>::new();
    let Setup {
        cache,
        mut conn,
        statements,
        ..
    } = Setup::new(&db);
    // A single load of 2 is about to ask; a batch asks for 1 and 3, and takes 2 from it.
    let (gate, reached, open) = Gate::closed();
    let mut single = db.connect();
    cache.attach_with(&mut single, gate);
    let single = thread::spawn(move || {
        person::table
            .cached("default")
            .find(2)
            .get_result::<Person>(&mut single)
            .unwrap()
    });
    reached.recv().unwrap();
    let (asks, open) = (statements.clone(), open);
    let opener = thread::spawn(move || {
        // Once the batch has asked for its own keys, the single load may go on.
        while asks.selects() == 0 {
            thread::yield_now();
        }
        drop(open);
    });
    let found = load([1, 2, 3], &mut conn);
    assert_eq!((found.len(), single.join().unwrap().id), (3, 2));
    opener.join().unwrap();
    assert_eq!(statements.selects(), 0, "the batch has asked once, and not for 2");
    assert_eq!(cache.region("default").unwrap().stats().stores(), 3);
}

#[test]
fn processes_ask_for_each_key_once() {
    let db = Database::<B>::new();
    let vars = [("URL", db.url()), ("CACHE", db.directory().to_str().unwrap())];
    let mut peers: Vec<Peer> = (0..2).map(|_| Peer::spawn(module_path!(), &vars)).collect();
    thread::scope(|scope| {
        for (number, peer) in peers.iter_mut().enumerate() {
            scope.spawn(move || {
                for round in 0..5 {
                    let first = round * 10 + 1 + number * 3;
                    assert_eq!(peer.ask(&format!("{first} {}", first + 6)), "loaded");
                }
            });
        }
    });
    let stored: u64 = peers
        .iter_mut()
        .map(|peer| peer.ask("stored").parse::<u64>().unwrap())
        .sum();
    if cfg!(target_os = "linux") {
        assert_eq!(stored, 5 * 10, "no key twice");
    }
}

#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let cache = regions(&Path::new(&env::var("CACHE").unwrap()).join("cache"))
        .build()
        .unwrap();
    let mut conn = connect::<B>(&env::var("URL").unwrap());
    cache.attach_with(&mut conn, Statements::new());
    serve(|question| match question {
        "stored" => cache.region("default").unwrap().stats().stores().to_string(),
        range => {
            let (first, end) = range.split_once(' ').unwrap();
            let ids = first.parse().unwrap()..=end.parse().unwrap();
            let found = load(ids.clone(), &mut conn);
            assert!(ids.clone().all(|id| id > 50 || found[&id].id == id));
            "loaded".into()
        }
    });
}
