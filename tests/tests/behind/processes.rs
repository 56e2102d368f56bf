//! Other processes: they wait for an entry that is not written yet, and go on when its process is killed.

use diesel_cache_tests::{Database, Peer, Sqlite, Statements, connect, is_peer, serve};

use super::gate::Gate;
use super::world::{load, patient, rename, wait};

/// The entry point of the other process. Not a test by itself.
#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let [url, directory] = ["URL", "DIRECTORY"].map(|name| std::env::var(name).unwrap());
    let gate = Gate::open_and_alone();
    let cache = patient(&directory);
    let mut conn = connect::<Sqlite>(&url);
    cache.attach(&mut conn);
    serve(|task| match task {
        "hold" => {
            std::mem::forget(gate.close());
            let name = load(&mut conn, 1);
            gate.wait_for_writes(1);
            name
        }
        "let go" => {
            gate.open();
            String::new()
        }
        task => panic!("{task}"),
    });
}

fn hold(db: &Database<Sqlite>) -> (Peer, String) {
    let directory = db.directory().join("cache").display().to_string();
    let mut peer = Peer::spawn(module_path!(), &[("URL", db.url()), ("DIRECTORY", &directory)]);
    assert_eq!(peer.ask("hold"), "person 01");
    (peer, directory)
}

#[test]
fn another_process_waits_for_the_file_and_does_not_ask() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let (mut peer, directory) = hold(&db);
    let waiting = wait(&gate, &db, &patient(&directory));
    peer.ask("let go");
    assert_eq!(waiting.join().unwrap(), ("person 01".into(), 0));
}

#[test]
fn who_waits_for_a_process_that_is_killed_asks() {
    let (gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let (peer, directory) = hold(&db);
    let waiting = wait(&gate, &db, &patient(&directory));
    peer.kill();
    assert_eq!(waiting.join().unwrap(), ("person 01".into(), 1));
}

#[test]
fn what_a_killed_process_had_not_written_is_asked_for_again() {
    let (_gate, db) = (Gate::open_and_alone(), Database::<Sqlite>::new());
    let (peer, directory) = hold(&db);
    peer.kill();
    let cache = patient(&directory);
    let (mut conn, statements) = (db.connect(), Statements::new());
    rename(&mut conn, 1, "Ada"); // not even seen
    cache.attach_with(&mut conn, statements.clone());
    assert_eq!(load(&mut conn, 1), "Ada");
    assert_eq!(statements.selects(), 1);
}
