//! The process has no file descriptors left.

use diesel_cache_tests::{Events, Peer, is_peer, serve};
use rustix::process::{Resource, getrlimit, setrlimit};

use super::tools::{cache, connect, load, open_files};

/// Limits the number of files that this process may have open from now on; `None` removes the limit.
fn limit(files: Option<u64>) {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = files.or(limit.maximum);
    setrlimit(Resource::Nofile, limit).unwrap();
}

/// The entry point of the other process. Not a test by itself.
#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let events = Events::new();
    let directory = std::env::var("DIRECTORY").unwrap();
    let cache = cache(directory.as_ref(), &events, |builder| builder);
    let mut conn = connect();
    cache.attach(&mut conn);
    serve(|task| match task {
        "few" => {
            limit(Some(0));
            String::new()
        }
        "many" => {
            limit(None);
            String::new()
        }
        "open" => {
            // The cache's writer opens some, too.
            cache.flush().unwrap();
            open_files().to_string()
        }
        region => {
            events.take();
            load(&mut conn, region);
            events.words().join(", ")
        }
    });
}

#[test]
fn no_more_files_can_be_opened() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().display().to_string();
    let mut peer = Peer::spawn(module_path!(), &[("DIRECTORY", &path)]);
    peer.ask("default");
    peer.ask("files");
    let open = peer.ask("open");
    peer.ask("few");
    for _ in 0..3 {
        let told = peer.ask("files");
        assert!(told.starts_with("read failed, miss Corrupt, write failed"), "{told}");
        assert_eq!(peer.ask("default"), "hit Memory, hit Memory");
    }
    peer.ask("many");
    let told = peer.ask("files");
    assert!(!told.contains("failed"), "{told}");
    assert_eq!(peer.ask("files"), "hit Disk, hit Disk");
    assert_eq!(peer.ask("open"), open);
}
