//! Concurrent reads and writes on two services: no answer is older than what any client had seen before the request.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use serde_json::Value;

use crate::web_service::client::Client;
use crate::web_service::service::Place;

crate::web_service::on_both! { no_answer_is_older_than_what_was_seen_before }

const READERS: usize = 4; // at each service
const WRITES: u64 = 300;

fn no_answer_is_older_than_what_was_seen_before(place: &Place) {
    let services = [place.start_with(&[QUIET]), place.start_with(&[QUIET])];
    let mut writer = services[0].client();
    write(&mut writer, 0);
    // The newest version that anybody has seen, from an answer to a write or a read.
    let seen = AtomicU64::new(0);
    let done = AtomicBool::new(false);

    thread::scope(|scope| {
        for service in &services {
            for _ in 0..READERS {
                scope.spawn(|| {
                    let _done = Finally(&done); // who fails ends the others, too
                    let mut client = service.client();
                    while !done.load(Ordering::SeqCst) {
                        check(&seen, || list(&mut client));
                        check(&seen, || show(&mut client));
                    }
                });
            }
        }
        let _done = Finally(&done);
        for version in 1..=WRITES {
            // Writers take turns, too.
            if version % 50 == 0 {
                writer = services[(version / 50) as usize % 2].client();
            }
            write(&mut writer, version);
            seen.fetch_max(version, Ordering::SeqCst);
            if done.load(Ordering::SeqCst) {
                break; // a reader has failed
            }
        }
    });

    assert_eq!(seen.into_inner(), WRITES);
    for service in &services {
        for region in ["lists", "default"] {
            let hits = service.metric("diesel_cache_hits_total", region);
            assert!(hits > 0.0, "nothing was cached in `{region}`");
            println!("{region}: {hits} hits, asked {} times", service.asked(region));
        }
    }
}

/// The log of every hit would be most of the work.
const QUIET: (&str, &str) = ("RUST_LOG", "warn");

fn check(seen: &AtomicU64, read: impl FnOnce() -> u64) {
    let before = seen.load(Ordering::SeqCst);
    let version = read();
    assert!(version >= before, "version {version}, and {before} had been seen");
    seen.fetch_max(version, Ordering::SeqCst);
}

fn write(client: &mut Client, version: u64) {
    let answer = client.write("PUT", "/people/5", &format!(r#"{{"name": "person 05 v{version}"}}"#));
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn list(client: &mut Client) -> u64 {
    let answer = client.get("/people?from=person%2005&to=person%2006");
    assert_eq!(answer.status, 200, "{answer:?}");
    version(&answer.json()[0])
}

fn show(client: &mut Client) -> u64 {
    let answer = client.get("/people/5");
    assert_eq!(answer.status, 200, "{answer:?}");
    version(&answer.json())
}

fn version(person: &Value) -> u64 {
    let (_, version) = person["name"].as_str().unwrap().rsplit_once('v').unwrap();
    version.parse().unwrap()
}

struct Finally<'a>(&'a AtomicBool);

impl Drop for Finally<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
