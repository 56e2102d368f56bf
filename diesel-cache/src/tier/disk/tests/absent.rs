//! Entries that the filter shows to be absent. It never hides an entry that is there, unless another program has put it
//! there, or the file that all processes share was deleted.

use std::fs;
use std::sync::atomic::Ordering::SeqCst;

use super::*;

fn put(store: &DiskStore, number: u64) {
    let key = key(number);
    store.put(&key, &entry(&key, 1, 300), now(), &useful).unwrap();
}

fn has(store: &DiskStore, number: u64) -> bool {
    store.get(&key(number)).unwrap().is_some()
}

fn is_absent(store: &DiskStore, number: u64) -> bool {
    store.is_absent(&names::bucket_hash(&name(&key(number))))
}

#[test]
fn absent_entries_are_not_looked_for() {
    let scene = Scene::new(None);
    let other = scene.other();
    (0..100).for_each(|number| put(&other, number));
    assert!((0..100).all(|number| has(&scene.store, number) && !is_absent(&scene.store, number)));
    let looked_for = (100..1100).filter(|&number| !is_absent(&scene.store, number)).count();
    assert!(
        looked_for < 10,
        "{looked_for} of 1,000 absent keys are looked for, with 100 entries"
    );
    other.clear().unwrap();
    assert!((0..100).all(|number| is_absent(&scene.store, number)));
}

#[test]
fn a_sweep_updates_the_filter() {
    let scene = Scene::new(None);
    let store = &scene.store;
    (0..50).for_each(|number| put(store, number));
    let aside: Vec<_> = (0..25).map(|number| (scene.bucket(&key(number)), number)).collect();
    let kept: Vec<_> = aside.iter().map(|(path, _)| fs::read(path).unwrap()).collect();
    aside.iter().for_each(|(path, _)| fs::remove_file(path).unwrap());
    store.sweep(&useful).unwrap();
    assert!((0..25).all(|number| is_absent(store, number)));
    assert!((25..50).all(|number| has(store, number)));
    // As if restored from a backup.
    for ((path, _), bytes) in aside.iter().zip(kept) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    store.sweep(&useful).unwrap();
    assert!((0..50).all(|number| has(store, number)));
}

#[test]
fn opening_a_store_completes_its_filter() {
    let scene = Scene::new(None);
    (0..20).for_each(|number| put(&scene.store, number));
    let usage = scene.store.usage();
    // A process was killed while it completed the filter.
    usage.filter().unwrap().clear();
    usage.filter_is_incomplete();
    assert!(
        has(&scene.store, 3),
        "every entry is looked for until the filter is complete"
    );
    let other = scene.other();
    assert!((0..20).all(|number| has(&other, number) && has(&scene.store, number)));
    assert!(usage.complete_filter().is_some());
}

#[test]
fn a_leaf_that_cannot_be_read_does_not_count_as_empty() {
    let scene = Scene::new(None);
    (0..20).for_each(|number| put(&scene.store, number));
    scene.store.usage().filter().unwrap().clear();
    scene.store.usage().filter_is_incomplete();
    let index = scene.store.directory.join("index-v5");
    fs::rename(&index, scene.root.path().join("aside")).unwrap();
    fs::write(&index, "no directory").unwrap();
    let other = scene.other();
    assert!(other.usage().complete_filter().is_none());
    fs::remove_file(&index).unwrap();
    fs::rename(scene.root.path().join("aside"), &index).unwrap();
    assert!((0..20).all(|number| has(&other, number) && has(&scene.store, number)));
    assert!(scene.other().usage().complete_filter().is_some());
}

#[test]
fn a_removal_does_not_rely_on_the_filter() {
    let scene = Scene::new(None);
    put(&scene.store, 1);
    scene.store.usage().filter().unwrap().clear();
    assert!(!has(&scene.store, 1), "a bit was lost");
    assert!(scene.store.remove(&key(1)).unwrap());
    assert_eq!(scene.files(), [""; 0].map(PathBuf::from));
}

#[test]
fn a_store_finds_the_shared_count_again_after_its_file_was_deleted() {
    let scene = Scene::new(None);
    put(&scene.store, 1);
    fs::remove_file(scene.root.path().join("usage/region")).unwrap();
    let other = scene.other();
    put(&other, 2);
    put(&scene.store, 3);
    for store in [&scene.store, &other] {
        assert!((1..=3).all(|number| has(store, number)));
        assert_eq!(store.held().0, 3);
    }
    // The same if the later store created the file.
    fs::remove_file(scene.root.path().join("usage/region")).unwrap();
    put(&scene.store, 4);
    put(&other, 5);
    for store in [&scene.store, &other] {
        assert!((1..=5).all(|number| has(store, number)));
    }
    assert_eq!(scene.store.stores(), other.stores());
    assert_eq!(scene.store.puts.load(SeqCst), 3);
}
