//! A full disk, and a read-only one: a small disk of the test, in the mount namespace of another process.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use diesel_cache_tests::{Events, Peer, is_peer, serve};

use super::tools::{cache, connect, load, open_files};

/// The disk's size in KiB: room for the generations, twice while they are created, and for a few entries.
const SIZE: &str = "13312";

/// The entry point of the other process. Not a test by itself.
#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let directory = PathBuf::from(std::env::var("DIRECTORY").unwrap());
    let events = Events::new();
    let cache = cache(&directory.join("cache"), &events, |builder| builder);
    let mut conn = connect();
    cache.attach(&mut conn);
    let filler = directory.join("filler");
    serve(|task| match task {
        "fill" => {
            // Whole blocks first, then whatever is left.
            let written = fs::write(&filler, vec![1; 64 << 20]);
            assert_eq!(written.unwrap_err().raw_os_error(), Some(28), "no space left");
            String::new()
        }
        "empty" => {
            fs::remove_file(&filler).unwrap();
            String::new()
        }
        "open" => open_files().to_string(),
        "ro" | "rw" => {
            // Of the region alone: a disk with a file that is mapped to be written stays writable, says the kernel.
            let files = directory.join("cache/files");
            let mount = |options: &[&str]| {
                let status = Command::new("mount").args(options).arg(&files).arg(&files).status();
                assert!(status.unwrap().success());
            };
            mount(&["--bind"]);
            mount(&["-o", &format!("remount,bind,{task}")]);
            String::new()
        }
        "invalidate" => {
            cache.invalidate_all();
            String::new()
        }
        "clear" => {
            cache.region("files").unwrap().clear();
            events.words().join(", ")
        }
        region => {
            events.take();
            load(&mut conn, region);
            cache.flush().unwrap();
            events.words().join(", ")
        }
    });
}

fn peer_on_small_disk(directory: &tempfile::TempDir) -> Peer {
    let path = directory.path().display().to_string();
    Peer::spawn_on_disk(module_path!(), SIZE, &[("DIRECTORY", &path)])
}

const STORED: &str = "miss Absent, stored, miss Absent, stored";
const STALE: &str = "miss Invalidated, write failed, miss Invalidated, write failed";

#[test]
fn no_space_left() {
    let directory = tempfile::TempDir::new().unwrap();
    let mut peer = peer_on_small_disk(&directory);
    assert_eq!(peer.ask("files"), STORED);
    let open = peer.ask("open");
    peer.ask("fill");
    assert_eq!(peer.ask("files"), "hit Disk, hit Disk", "what is there serves");
    peer.ask("invalidate");
    for _ in 0..3 {
        let told = peer.ask("files");
        assert!(told.contains("write failed"), "{told}");
    }
    peer.ask("empty");
    let told = peer.ask("files");
    assert!(!told.contains("failed"), "{told}");
    assert_eq!(peer.ask("files"), "hit Disk, hit Disk", "well again");
    assert_eq!(peer.ask("open"), open, "no file was left open");
}

#[test]
fn what_cannot_be_written_is_kept_in_memory() {
    let directory = tempfile::TempDir::new().unwrap();
    let mut peer = peer_on_small_disk(&directory);
    peer.ask("fill");
    let told = peer.ask("default");
    for (word, times) in [("miss Absent", 2), ("stored", 2), ("write failed", 2)] {
        assert_eq!(told.matches(word).count(), times, "{told}");
    }
    assert_eq!(peer.ask("default"), "hit Memory, hit Memory");
}

#[test]
fn a_disk_that_can_only_be_read() {
    let directory = tempfile::TempDir::new().unwrap();
    let mut peer = peer_on_small_disk(&directory);
    assert_eq!(peer.ask("files"), STORED);
    let open = peer.ask("open");
    peer.ask("ro");
    assert_eq!(peer.ask("files"), "hit Disk, hit Disk");
    peer.ask("invalidate");
    for _ in 0..2 {
        assert_eq!(peer.ask("files"), STALE);
    }
    let told = peer.ask("clear");
    assert_eq!(told, "invalidated, write failed");
    peer.ask("rw");
    let told = peer.ask("files");
    assert!(told.matches("stored").count() == 2, "{told}");
    assert_eq!(peer.ask("files"), "hit Disk, hit Disk");
    assert_eq!(peer.ask("open"), open);
}
