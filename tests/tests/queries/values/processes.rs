//! Values that processes share.

use diesel_cache::Cache;
use diesel_cache_tests::{Peer, is_peer, regions, serve};

use super::world::{World, fine};

/// Runs the task of another process: a verb, a region, a key and a number.
fn act(cache: &Cache, task: &str) -> String {
    let [verb, name, key, number] = task.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{task}")
    };
    let region = cache.region(name).unwrap();
    let number: i64 = number.parse().unwrap();
    match verb {
        "set" => region.set(key, &number),
        "delete" => return region.delete(key).to_string(),
        "get" => return format!("{:?}", region.get::<i64>(key)),
        "create" => return region.get_or_create(key, || fine(number)).unwrap().to_string(),
        "creates" => {
            return format!(
                "{:?}",
                region.get_or_create_multi([key], |_| fine(vec![number])).unwrap()
            );
        }
        "invalidate" => region.invalidate(),
        "depends" => region.depends_on(["person"]).set(key, &number),
        "write" => cache.invalidate_tables(["person"]),
        verb => panic!("{verb}"),
    }
    "done".to_owned()
}

/// Not a test of its own: what the other process runs.
#[test]
fn peer() {
    if is_peer() {
        let cache = regions(std::env::var("DIRECTORY").unwrap().as_ref()).build().unwrap();
        serve(|task| act(&cache, task));
    }
}

#[test]
fn what_one_process_does_the_others_see() {
    let world = World::new();
    let directory = world.directory.path().join("cache").display().to_string();
    let mut peers = [0, 1].map(|_| Peer::spawn(module_path!(), &[("DIRECTORY", &directory)]));
    for region in ["default", "files"] {
        // Each in turn acts, and all others look, in whose memory is what was there before.
        for (number, verb, then) in [
            (1, "set", "Some(1)"),
            (2, "set", "Some(2)"),
            (3, "create", "Some(2)"),
            (0, "delete", "None"),
            (4, "create", "Some(4)"),
            (5, "set", "Some(5)"),
            (0, "invalidate", "None"),
            (6, "creates", "Some(6)"),
            (7, "depends", "Some(7)"),
            (8, "set", "Some(8)"),
            (0, "delete", "None"),
            (9, "depends", "Some(9)"),
            (0, "write", "None"),
        ] {
            let task = format!("{verb} {region} key {number}");
            let look = format!("get {region} key 0");
            match number % 3 {
                0 => act(&world.cache, &task),
                other => peers[other - 1].ask(&task),
            };
            assert_eq!(act(&world.cache, &look), then, "{task}");
            for peer in &mut peers {
                assert_eq!(peer.ask(&look), then, "{task}");
            }
        }
    }
}
