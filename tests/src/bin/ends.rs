//! Loads one person through a cache on a slow disk, and ends. Tests run this program to see whether the entry reaches
//! the disk.
//!
//! `ends (return|static|installed|thread|exit|elsewhere|hangs) URL DIRECTORY`
//!
//! `ends finds URL DIRECTORY` looks for the entry that `installed` has stored, and fails if there is none.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Person, Sqlite, TierAccess, connect, hook_shared_tiers, person, regions};

static CACHE: OnceLock<Cache> = OnceLock::new();

fn main() {
    let [how, url, directory] = [1, 2, 3].map(|at| std::env::args().nth(at).unwrap());
    // Long enough that the process ends during the write, or practically for ever.
    let takes = match &*how {
        "hangs" => Duration::from_secs(3600),
        _ => Duration::from_millis(300),
    };
    hook_shared_tiers(move |access| {
        if access == TierAccess::Write {
            thread::sleep(takes);
        }
        Ok(())
    });
    if how == "elsewhere" {
        // The thread that owns the connection still exists when another thread ends the process.
        on_another_thread(move || {
            let (cache, mut conn) = open("elsewhere", &url, &directory);
            let _ = CACHE.set(cache);
            load(&mut conn);
        });
        thread::spawn(|| std::process::exit(0)).join().unwrap();
        return;
    }
    let (cache, mut conn) = open(&how, &url, &directory);
    match &*how {
        "return" => load(&mut conn),
        "static" | "installed" | "hangs" => {
            let _ = CACHE.set(cache);
            load(&mut conn);
        }
        "thread" => {
            let _ = CACHE.set(cache);
            on_another_thread(move || load(&mut conn));
        }
        "exit" => {
            load(&mut conn);
            std::process::exit(0);
        }
        "finds" => {
            let stored = person::table.find(1).cached("default").only_if_cached();
            assert_eq!(stored.load::<Person>(&mut conn).unwrap()[0].name, "person 01");
        }
        how => panic!("{how}"),
    }
}

fn open(how: &str, url: &str, directory: &str) -> (Cache, SqliteConnection) {
    let cache = regions(directory.as_ref()).build().unwrap();
    let install = matches!(how, "installed" | "finds");
    if install {
        cache.install().unwrap();
    }
    let mut conn = connect::<Sqlite>(url);
    if !install {
        cache.attach(&mut conn);
    }
    (cache, conn)
}

/// Runs the work on a new thread, which stays alive after the work is done, and waits for the work.
fn on_another_thread(work: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        work();
        done.send(()).unwrap();
        loop {
            thread::park();
        }
    });
    is_done.recv().unwrap();
}

fn load(conn: &mut SqliteConnection) {
    let people = person::table.find(1).cached("default").load::<Person>(conn).unwrap();
    assert_eq!(people[0].name, "person 01");
}
