//! Files that are damaged, or cannot be written: values are created again, and no call fails.

use std::fs;
use std::path::Path;

use super::world::{World, fine};

/// Every file below a directory.
fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

#[test]
fn a_damaged_value_is_created_anew() {
    for size in [10, 10_000] {
        let damages: [fn(&mut Vec<u8>); 4] = [
            |bytes| bytes.clear(),
            |bytes| bytes.truncate(bytes.len() / 2),
            |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x55;
            },
            |bytes| bytes.fill(0),
        ];
        for (at, damage) in damages.into_iter().enumerate() {
            let world = World::new();
            let region = world.region("files");
            region.set("key", &vec![1_u8; size]);
            for path in files(&world.directory.path().join("cache/files")) {
                let mut bytes = fs::read(&path).unwrap();
                damage(&mut bytes);
                fs::write(path, bytes).unwrap();
            }
            assert_eq!(region.get::<Vec<u8>>("key"), None, "{size} bytes, damage {at}");
            let created = region.get_or_create("key", || fine(vec![2_u8; size])).unwrap();
            assert_eq!(created, vec![2_u8; size], "{size} bytes, damage {at}");
            assert_eq!(region.get("key"), Some(created), "{size} bytes, damage {at}");
        }
    }
}

#[test]
fn a_region_that_cannot_be_written_fails_nobody() {
    let world = World::new();
    let region = world.region("files");
    region.set("key", &1_i32);
    let directory = world.directory.path().join("cache/files");
    fs::remove_dir_all(&directory).unwrap();
    fs::write(&directory, "in the way").unwrap();
    region.set("key", &2_i32);
    assert_eq!(region.get::<i32>("key"), None);
    assert_eq!(region.get_or_create("key", || fine(3_i32)).unwrap(), 3);
    assert_eq!(region.get_or_create_multi(["key"], |_| fine(vec![4_i32])).unwrap(), [4]);
    region.delete("key");
    assert!(world.events.words().contains(&"write failed".to_owned()));
}
