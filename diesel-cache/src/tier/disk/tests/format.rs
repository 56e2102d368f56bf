//! cacache reads what this store writes, and this store reads what cacache writes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cacache::{Integrity, Value, WriteOpts, index};

use super::super::store::INLINE;
use super::*;

#[test]
fn cacache_reads_entries_of_this_store() {
    let scene = Scene::new(None);
    let store = &scene.store;
    for version in 0..40 {
        for size in [0, 60, INLINE, INLINE + 1, 20_000] {
            let key = key(size as u64);
            let bytes = if size == 0 {
                Vec::new()
            } else {
                entry(&key, version, size)
            };
            store
                .put(&key, &bytes, Millis(1_700_000_000_000 + version), &useful)
                .unwrap();
            let name = key.to_string();
            let found = index::find(&store.directory, &name).unwrap().unwrap();
            assert_eq!(
                (&found.key, found.time),
                (&name, 1_700_000_000_000 + u128::from(version))
            );
            assert_eq!((found.size, found.raw_metadata), (bytes.len(), None));
            if size <= INLINE {
                assert_eq!(found.integrity, Integrity::from(b""));
                assert_eq!(found.metadata, Value::String(STANDARD.encode(&bytes)));
            } else {
                assert_eq!(cacache::read_sync(&store.directory, &name).unwrap(), bytes);
            }
        }
    }
    assert_eq!(cacache::list_sync(&store.directory).filter(Result::is_ok).count(), 5);
}

#[test]
fn a_line_has_the_same_bytes_as_cacaches() {
    let scene = Scene::new(None);
    let bytes = entry(&key(1), 1, 300);
    scene
        .store
        .put(&key(1), &bytes, Millis(1_700_000_000_000), &useful)
        .unwrap();
    let ours = fs::read(scene.bucket(&key(1))).unwrap();
    let directory = scene.root.path().join("cacache");
    let options = WriteOpts::new()
        .integrity(Integrity::from(b""))
        .metadata(Value::String(STANDARD.encode(&bytes)))
        .time(1_700_000_000_000)
        .size(300);
    index::insert(&directory, &key(1).to_string(), options).unwrap();
    let [theirs] = files(&directory).try_into().unwrap();
    assert_eq!(ours, fs::read(&theirs).unwrap());
    assert_eq!(
        theirs.strip_prefix(&directory),
        scene.bucket(&key(1)).strip_prefix(&scene.store.directory)
    );
}

#[test]
fn entries_that_cacache_writes_are_read() {
    let scene = Scene::new(None);
    let store = &scene.store;
    for number in 0..50 {
        let key = key(number);
        let bytes = entry(&key, number, 100 + 100 * number as usize);
        cacache::write_sync(&store.directory, key.to_string(), &bytes).unwrap();
        store.learn(); // as a sweep does
        assert_eq!(store.get(&key).unwrap(), Some(bytes), "content");
        let inline = WriteOpts::new()
            .integrity(Integrity::from(b""))
            .metadata(Value::String(STANDARD.encode(number.to_string())));
        index::insert(&store.directory, &key.to_string(), inline).unwrap();
        assert_eq!(
            store.get(&key).unwrap(),
            Some(number.to_string().into_bytes()),
            "in the index"
        );
        // A line with more in it than this store writes.
        let raw = WriteOpts::new()
            .integrity(Integrity::from(b""))
            .metadata(Value::String(STANDARD.encode("raw")))
            .raw_metadata(vec![1, 2, 3]);
        index::insert(&store.directory, &key.to_string(), raw).unwrap();
        assert_eq!(store.get(&key).unwrap(), Some(b"raw".to_vec()), "another shape");
        cacache::remove_sync(&store.directory, key.to_string()).unwrap();
        assert_eq!(store.get(&key).unwrap(), None, "removed");
        let bytes = entry(&key, number, 7000);
        store.put(&key, &bytes, now(), &useful).unwrap();
        assert_eq!(store.get(&key).unwrap(), Some(bytes), "put on top");
    }
}

#[test]
fn entries_that_cacache_writes_are_counted_swept_and_verified() {
    let scene = Scene::new(None);
    for number in 0..20 {
        let bytes = entry(&key(number), number, 5000);
        cacache::write_sync(&scene.store.directory, key(number).to_string(), &bytes).unwrap();
    }
    let swept = scene.store.sweep(&useful).unwrap();
    assert_eq!((swept.removed, swept.orphans, swept.entries), (0, 0, 20));
    scene.assert_counted();
    let verified = scene.store.verify().unwrap();
    assert_eq!((verified.entries, verified.bytes, verified.removed), (20, 20 * 5000, 0));
}
