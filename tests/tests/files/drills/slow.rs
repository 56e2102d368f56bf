//! A slow disk delays only the callers that wait for it.

use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Events, Person, TierAccess, alone, hook_shared_tiers, person};

use super::tools::{cache, connect, load};

/// The name of the thread with a slow disk.
const SLOW: &str = "slow";
/// The name of the cache's writer thread, whose disk does not answer at all.
const WRITER: &str = "diesel-cache-writer";
static WRITING: Mutex<()> = Mutex::new(());

#[test]
fn hits_in_memory_and_other_keys_go_on() {
    alone!(); // the hook is the process's
    let (reached, has_reached) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = Mutex::new(may_go_on);
    hook_shared_tiers(move |access| {
        match (thread::current().name(), access) {
            (Some(SLOW), TierAccess::Read) => {
                reached.send(()).unwrap();
                may_go_on.lock().unwrap().recv().unwrap();
            }
            (Some(WRITER), TierAccess::Write) => drop(WRITING.lock().unwrap()),
            _ => {}
        }
        Ok(())
    });
    let directory = tempfile::TempDir::new().unwrap();
    let events = Events::new();
    let cache = cache(directory.path(), &events, |builder| {
        builder.region(Region::disk("patient").lock_timeout(Duration::from_secs(600)))
    });
    let mut conn = connect();
    cache.attach(&mut conn);
    load(&mut conn, "patient");
    cache.flush().unwrap();

    let writing = WRITING.lock().unwrap();
    let slow = {
        let cache = cache.clone();
        let work = move || {
            let mut conn = connect();
            cache.attach(&mut conn);
            let nobody = person::table.filter(person::id.gt(7)).cached("patient");
            nobody.load::<Person>(&mut conn).unwrap()
        };
        thread::Builder::new().name(SLOW.into()).spawn(work).unwrap()
    };
    has_reached.recv().unwrap();
    // The disk does not answer that thread now. This one hits, misses and stores.
    events.take();
    load(&mut conn, "patient");
    assert!(events.words().iter().all(|word| word == "hit Memory"));
    assert!(
        person::table
            .find(100)
            .cached("patient")
            .load::<Person>(&mut conn)
            .unwrap()
            .is_empty()
    );
    assert_eq!(events.words(), ["miss Absent", "stored"]);
    go_on.send(()).unwrap();
    assert!(slow.join().unwrap().is_empty());
    drop(writing);
    cache.flush().unwrap();
    assert_eq!(cache.region("patient").unwrap().stats().entries(), 4);
}
