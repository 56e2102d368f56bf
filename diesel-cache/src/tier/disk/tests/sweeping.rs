//! Sweeping and verifying.

use super::super::{content, line};
use super::*;

/// Returns a scene in which no file is too young to be swept.
fn aged() -> Scene {
    let mut scene = Scene::new(None);
    scene.store.grace = 0;
    scene
}

fn put(scene: &Scene, number: u64, version: u64, size: usize) {
    let bytes = entry(&key(number), version, size);
    scene.store.put(&key(number), &bytes, now(), &useful).unwrap();
}

#[test]
fn a_sweep_removes_useless_entries_with_their_content_and_keeps_the_rest() {
    let scene = aged();
    for number in 0..60 {
        put(
            &scene,
            number,
            number % 3,
            [200, 2000, 20_000][number as usize % 2 + number as usize % 2],
        );
    }
    let useless = |head: &[u8], _: Millis| head[36] == 1;
    let swept = scene.store.sweep(&useless).unwrap();
    assert_eq!((swept.removed, swept.orphans, swept.entries), (20, 0, 40));
    for number in 0..60 {
        assert_eq!(
            scene.store.get(&key(number)).unwrap().is_none(),
            number % 3 == 1,
            "{number}"
        );
    }
    scene.assert_counted();
    assert_eq!((swept.entries, swept.bytes), scene.store.held());
}

#[test]
fn a_sweep_removes_orphaned_content_once_it_is_old() {
    let mut scene = Scene::new(None);
    put(&scene, 1, 1, 9000);
    let directory = scene.store.directory.clone();
    // Content of a key that has another, of a key that has none, of no key, and a file that is not content.
    for bytes in [
        entry(&key(1), 2, 9000),
        entry(&key(2), 1, 9000),
        vec![0; 9000],
        vec![7; 3],
    ] {
        content::write(&directory, &bytes, &scene.store.spares, &scene.store.random).unwrap();
    }
    fs::create_dir_all(directory.join("content-v2/sha256/aa/bb/directory")).unwrap();
    let files = scene.files().len();
    assert_eq!(scene.store.sweep(&useful).unwrap().orphans, 0, "they may be unfinished");
    assert_eq!(scene.files().len(), files);
    scene.assert_counted();
    scene.store.grace = 0;
    assert_eq!(scene.store.sweep(&useful).unwrap().orphans, 5);
    assert_eq!(scene.files().len(), 2);
    assert_eq!(scene.store.get(&key(1)).unwrap(), Some(entry(&key(1), 1, 9000)));
    scene.assert_counted();
}

#[test]
fn a_sweep_removes_leftovers_of_writers_once_they_are_old() {
    let mut scene = Scene::new(None);
    put(&scene, 1, 1, 9000);
    fs::write(scene.store.directory.join("tmp/half"), "half").unwrap();
    assert_eq!(scene.store.sweep(&useful).unwrap().temporary, 0);
    scene.store.grace = 0;
    assert_eq!(scene.store.sweep(&useful).unwrap().temporary, 1);
}

#[test]
fn long_buckets_are_cut_and_keep_their_time() {
    let scene = aged();
    for size in [300, 9000] {
        let bucket = scene.bucket(&key(1));
        let _ = fs::remove_file(&bucket);
        put(&scene, 1, 1, size);
        let line = fs::read(&bucket).unwrap();
        fs::write(&bucket, line.repeat(1 + 5000 / line.len())).unwrap();
        scene.store.touch(&key(1), Millis(123_456));
        assert_eq!(scene.store.sweep(&useful).unwrap().compacted, 1);
        // The line contains the time, which is shorter.
        assert_eq!(fs::metadata(&bucket).unwrap().len(), line.len() as u64 - 7);
        assert_eq!(scene.store.used_at(&key(1)), Some(Millis(123_456)));
        assert_eq!(scene.store.get(&key(1)).unwrap(), Some(entry(&key(1), 1, size)));
        scene.store.recount();
        scene.assert_counted();
    }
}

#[test]
fn a_sweep_removes_broken_buckets_and_directories_in_their_place() {
    let scene = aged();
    for number in 0..6 {
        put(&scene, number, 1, 300);
    }
    let bucket = |number| scene.bucket(&key(number));
    fs::write(bucket(0), "").unwrap();
    fs::write(bucket(1), "garbage").unwrap();
    let foreign = fs::read(bucket(5)).unwrap();
    fs::write(bucket(2), &foreign).unwrap();
    fs::remove_file(bucket(3)).unwrap();
    fs::create_dir_all(bucket(3).join("in the way")).unwrap();
    fs::write(bucket(4).with_file_name("foreign"), "").unwrap();
    fs::write(bucket(4), fs::read(bucket(4)).unwrap().split_last().unwrap().1).unwrap();
    let swept = scene.store.sweep(&useful).unwrap();
    assert_eq!((swept.removed, swept.entries), (6, 1));
    assert_eq!(scene.files(), [bucket(5)]);
    assert_eq!(
        walkdirs(&scene.store.directory.join("index-v5")),
        2,
        "no empty directory is left"
    );
    scene.assert_counted();
}

fn walkdirs(directory: &Path) -> usize {
    let directories = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    directories
        .filter(|path| path.is_dir())
        .map(|path| 1 + walkdirs(&path))
        .sum()
}

#[test]
fn a_sweep_removes_a_bucket_without_its_content() {
    let scene = Scene::new(None);
    put(&scene, 1, 1, 9000);
    fs::remove_dir_all(scene.store.directory.join("content-v2")).unwrap();
    let swept = scene.store.sweep(&useful).unwrap();
    assert_eq!((swept.removed, swept.entries), (1, 0));
    assert!(scene.files().is_empty());
}

#[test]
fn an_empty_bucket_may_be_waiting_for_its_first_line() {
    let scene = Scene::new(None);
    put(&scene, 1, 1, 300);
    fs::write(scene.bucket(&key(1)), "").unwrap();
    assert_eq!(scene.store.sweep(&useful).unwrap().removed, 0);
    assert!(scene.bucket(&key(1)).exists());
    assert_eq!(scene.store.verify().unwrap().removed, 0);
}

#[test]
fn a_recount_corrects_a_wrong_count() {
    let scene = Scene::new(None);
    for number in 0..10 {
        put(&scene, number, 1, 5000);
    }
    let sound = scene.store.held();
    for (entries, bytes) in [(1000, 1 << 30), (0, 0), (3, 4096)] {
        scene
            .store
            .usage()
            .correct(scene.store.usage().snapshot(), (entries, bytes));
        assert_eq!(scene.store.held(), (entries, bytes));
        let swept = scene.store.sweep(&useful).unwrap();
        assert_eq!((swept.entries, swept.bytes), sound);
    }
    // More was subtracted than there was.
    scene.store.usage().removed(1000, 1 << 40);
    assert_eq!(scene.store.held(), (0, 0));
    scene.store.sweep(&useful).unwrap();
    assert_eq!(scene.store.held(), sound);
}

#[test]
fn the_count_is_shared_and_created_again_if_it_is_lost() {
    let scene = Scene::new(None);
    put(&scene, 1, 1, 5000);
    let other = scene.other();
    assert_eq!(other.held(), (1, 2 * 4096));
    other.put(&key(2), &entry(&key(2), 1, 100), now(), &useful).unwrap();
    assert_eq!(scene.store.held(), (2, 3 * 4096));
    fs::remove_file(scene.root.path().join("usage/region")).unwrap();
    assert_eq!(scene.other().held(), (2, 3 * 4096), "counted when it is opened");
    // The file cannot be created, so this process has a count of its own.
    fs::remove_file(scene.root.path().join("usage/region")).unwrap();
    fs::create_dir(scene.root.path().join("usage/region")).unwrap();
    let alone = scene.other();
    assert_eq!(alone.held(), (2, 3 * 4096));
    alone.put(&key(3), &entry(&key(3), 1, 100), now(), &useful).unwrap();
    assert_eq!((alone.held().0, scene.store.held().0), (3, 2));
}

#[test]
fn verification_finds_every_kind_of_damage() {
    let scene = Scene::new(None);
    for number in 0..8 {
        put(&scene, number, 1, if number < 4 { 500 } else { 6000 });
    }
    let flip = |path: &Path, at: usize| {
        let mut bytes = fs::read(path).unwrap();
        bytes[at] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    flip(&scene.bucket(&key(0)), 400);
    flip(&scene.bucket(&key(4)), 20);
    let content_of = |number| {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(entry(&key(number), 1, 6000)).into();
        names::content_path(&scene.store.directory, &digest)
    };
    flip(&content_of(5), 4000);
    fs::remove_file(content_of(6)).unwrap();
    // A valid line with the entry of another key.
    let (name, bucket) = scene.store.bucket_of(&key(1));
    fs::write(bucket, line::inline(&name, 1, &entry(&key(2), 1, 500))).unwrap();
    let verified = scene.store.verify().unwrap();
    assert_eq!(
        (verified.entries, verified.bytes, verified.removed),
        (3, 500 + 500 + 6000, 5)
    );
    assert_eq!(scene.store.verify().unwrap().removed, 0);
    for number in [2, 3, 7] {
        assert!(scene.store.get(&key(number)).unwrap().is_some());
    }
}

#[test]
fn a_store_sweeps_by_itself() {
    let scene = aged();
    put(&scene, 0, 9, 300);
    let useless = |head: &[u8], _: Millis| head[36] == 9;
    for version in 0..20_000 {
        // One key is stored again and again, and the leaf of the other is still found.
        let bytes = entry(&key(1), 1, 300);
        scene.store.put(&key(1), &bytes, now(), &useless).unwrap();
        if scene.store.get(&key(0)).unwrap().is_none() {
            assert!(version > 0);
            return;
        }
    }
    panic!("never swept");
}

#[test]
fn temporary_files_are_removed_where_there_is_no_content() {
    let scene = aged();
    put(&scene, 1, 1, 200);
    let left = scene.store.directory.join("tmp/left");
    fs::create_dir_all(left.parent().unwrap()).unwrap();
    fs::write(&left, "by a writer that was killed").unwrap();
    // One step in 64 looks at temporary files. That none of these steps does happens once in 10^13 runs.
    for _ in 0..2000 {
        scene.store.step(&useful);
    }
    assert!(!left.exists());
}
