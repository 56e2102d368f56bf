//! Storing and reading entries.

use super::super::names::content_path;
use super::super::store::INLINE;
use super::super::{bucket, line};
use super::*;

#[test]
fn entries_are_read_back_on_both_sides_of_the_inline_limit() {
    let scene = Scene::new(None);
    let store = &scene.store;
    for size in [0, 1, INLINE - 1, INLINE, INLINE + 1, 100_000, 7] {
        let bytes = vec![size as u8; size];
        store.put(&key(1), &bytes, now(), &useful).unwrap();
        assert_eq!(store.get(&key(1)).unwrap(), Some(bytes));
        let expected = if size <= INLINE { 1 } else { 2 };
        assert_eq!(scene.files().len(), expected, "{size} bytes");
        scene.assert_counted();
    }
    assert!(store.remove(&key(1)).unwrap());
    assert!(!store.remove(&key(1)).unwrap());
    assert_eq!(store.get(&key(1)).unwrap(), None);
    assert!(scene.files().is_empty());
    assert_eq!(store.held(), (0, 0));
}

#[test]
fn a_line_fits_two_blocks() {
    let bytes = vec![0xff; INLINE];
    let line = line::inline(&"f".repeat(64), u64::MAX, &bytes);
    assert!(line.len() <= 2 * bucket::FULL, "{}", line.len());
}

#[test]
fn a_key_written_often_takes_one_block_and_is_read_at_every_step() {
    let scene = Scene::new(None);
    for version in 0..500 {
        let bytes = entry(&key(1), version, [100, 700, 2000][version as usize % 3]);
        scene.store.put(&key(1), &bytes, now(), &useful).unwrap();
        assert_eq!(scene.store.get(&key(1)).unwrap(), Some(bytes), "version {version}");
        assert!(fs::metadata(scene.bucket(&key(1))).unwrap().len() <= 4096);
    }
    scene.assert_counted();
    assert_eq!(scene.files().len(), 1);
}

#[test]
fn a_bucket_keeps_its_entry_if_a_rewrite_is_killed() {
    let scene = Scene::new(None);
    for version in 0..3 {
        scene
            .store
            .put(&key(1), &entry(&key(1), version, 500), now(), &useful)
            .unwrap();
    }
    // The new line, or half of it, is in front, and the file is not cut yet.
    let (name, bucket) = scene.store.bucket_of(&key(1));
    let sound = fs::read(&bucket).unwrap();
    let new = line::inline(&name, 1, &entry(&key(1), 3, 300));
    for written in 0..=new.len() {
        let mut bytes = sound.clone();
        bytes[..written].copy_from_slice(&new[..written]);
        fs::write(&bucket, bytes).unwrap();
        assert_eq!(
            scene.store.get(&key(1)).unwrap(),
            Some(entry(&key(1), 2, 500)),
            "{written}"
        );
    }
}

#[test]
fn a_truncated_line_does_not_hide_others() {
    let scene = Scene::new(None);
    let bucket = scene.bucket(&key(1));
    scene
        .store
        .put(&key(1), &entry(&key(1), 0, 200), now(), &useful)
        .unwrap();
    let first = fs::read(&bucket).unwrap();
    scene
        .store
        .put(&key(1), &entry(&key(1), 1, 200), now(), &useful)
        .unwrap();
    let both = fs::read(&bucket).unwrap();
    for end in first.len()..both.len() {
        fs::write(&bucket, &both[..end]).unwrap();
        assert_eq!(
            scene.store.get(&key(1)).unwrap(),
            Some(entry(&key(1), 0, 200)),
            "cut at {end}"
        );
        scene
            .store
            .put(&key(1), &entry(&key(1), 2, 200), now(), &useful)
            .unwrap();
        assert_eq!(
            scene.store.get(&key(1)).unwrap(),
            Some(entry(&key(1), 2, 200)),
            "cut at {end}"
        );
    }
}

#[test]
fn an_unboundedly_long_bucket_is_not_read() {
    let scene = Scene::new(None);
    scene
        .store
        .put(&key(1), &entry(&key(1), 0, 200), now(), &useful)
        .unwrap();
    let bucket = scene.bucket(&key(1));
    let line = fs::read(&bucket).unwrap();
    // A hole of a terabyte costs nothing.
    let file = fs::OpenOptions::new().write(true).open(&bucket).unwrap();
    file.set_len(1 << 40).unwrap();
    assert_eq!(scene.store.get(&key(1)).unwrap(), None);
    // With a line at its end.
    let mut file = fs::OpenOptions::new().append(true).open(&bucket).unwrap();
    std::io::Write::write_all(&mut file, &line).unwrap();
    assert_eq!(scene.store.get(&key(1)).unwrap(), Some(entry(&key(1), 0, 200)));
    scene
        .store
        .put(&key(1), &entry(&key(1), 1, 200), now(), &useful)
        .unwrap();
    assert!(fs::metadata(&bucket).unwrap().len() < 1000);
    assert_eq!(scene.store.get(&key(1)).unwrap(), Some(entry(&key(1), 1, 200)));
}

#[test]
fn directories_in_the_way_are_removed_by_the_next_store() {
    let scene = Scene::new(None);
    for size in [100, 7000] {
        let bytes = entry(&key(1), 1, size);
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&bytes).into();
        for path in [scene.bucket(&key(1)), content_path(&scene.store.directory, &digest)] {
            let _ = fs::remove_file(&path);
            fs::create_dir_all(path.join("in/the way")).unwrap();
            let _ = scene.store.get(&key(1));
            scene.store.put(&key(1), &bytes, now(), &useful).unwrap();
            assert_eq!(scene.store.get(&key(1)).unwrap().as_ref(), Some(&bytes));
        }
    }
    let bucket = scene.bucket(&key(1));
    fs::remove_file(&bucket).unwrap();
    fs::create_dir_all(bucket.join("in the way")).unwrap();
    assert!(scene.store.remove(&key(1)).unwrap());
    assert!(!bucket.exists());
}

#[test]
fn clearing_removes_all_files() {
    let scene = Scene::new(None);
    scene.store.put(&key(1), &[0; 7000], now(), &useful).unwrap();
    fs::write(scene.store.directory.join(".DS_Store"), "").unwrap();
    scene.store.clear().unwrap();
    assert_eq!(fs::read_dir(&scene.store.directory).unwrap().count(), 0);
    assert_eq!(scene.store.held(), (0, 0));
    fs::remove_dir(&scene.store.directory).unwrap();
    scene.store.clear().unwrap();
}

#[test]
fn a_use_is_marked_with_the_callers_time() {
    let scene = Scene::new(None);
    let store = &scene.store;
    let mark = || super::super::mark::UseMark::of(&fs::metadata(scene.bucket(&key(1))).unwrap());
    assert_eq!(store.used_at(&key(1)), None);
    store.touch(&key(1), now());
    assert_eq!(store.used_at(&key(1)), None, "no file was created");
    store.put(&key(1), b"entry", Millis(5_000), &useful).unwrap();
    assert_eq!((store.used_at(&key(1)), mark().used), (Some(Millis(5_000)), false));
    store.touch(&key(1), Millis(7_001));
    assert_eq!((store.used_at(&key(1)), mark().used), (Some(Millis(7_001)), true));
    store.put(&key(1), b"again", Millis(9_000), &useful).unwrap();
    assert_eq!((store.used_at(&key(1)), mark().used), (Some(Millis(9_000)), true));
    // The system's own time is kept where it is the caller's.
    store.put(&key(2), b"entry", now(), &useful).unwrap();
    assert!(now().0.abs_diff(store.used_at(&key(2)).unwrap().0) < 1000);
}
