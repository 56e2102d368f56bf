//! Files made by hand: entries of other keys, index lines that are well-formed but absurd, directories in place of
//! files, and files in place of directories.

use std::fs;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Setup, Sqlite, people, person};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::tree::{below, database, files, large, small, still};

/// Returns an index line as cacache writes it.
fn line(entry: &Value) -> Vec<u8> {
    let entry = entry.to_string();
    let hash: String = Sha256::digest(&entry)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\n{hash}\t{entry}").into_bytes()
}

/// Returns the JSON of an index line.
fn parse(bucket: &Path) -> Value {
    let text = fs::read_to_string(bucket).unwrap();
    serde_json::from_str(text.split_once('\t').unwrap().1).unwrap()
}

/// Returns a region with the entry of `small` only, and the path of its bucket.
fn one_entry(db: &Database<Sqlite>) -> (Setup<Sqlite>, PathBuf) {
    let mut setup = still(db);
    small(&mut setup.conn).unwrap();
    setup.events.take();
    let [bucket] = files(&db.directory().join("cache/files")).try_into().unwrap();
    (setup, bucket)
}

#[test]
fn the_entry_of_another_key() {
    let db = database();
    let (mut setup, bucket) = one_entry(&db);
    let other = || person::table.find(8).cached("files").load::<Person>(&mut db_conn(&db));
    /// Returns a new connection that is attached to a new cache.
    fn db_conn(db: &Database<Sqlite>) -> SqliteConnection {
        still(db).conn
    }
    other().unwrap();
    let foreign = files(&db.directory().join("cache/files"))
        .into_iter()
        .find(|path| *path != bucket)
        .unwrap();

    // As it is, and with this query's key in the line, where only the entry itself can tell.
    let mut forged = parse(&foreign);
    forged["key"] = parse(&bucket)["key"].clone();
    for (bytes, miss) in [
        (fs::read(&foreign).unwrap(), "miss Absent"),
        (line(&forged), "miss Corrupt"),
    ] {
        fs::write(&bucket, bytes).unwrap();
        assert_eq!(small(&mut setup.conn).unwrap(), people(7)[6..]);
        assert_eq!(setup.events.words(), [miss, "stored"]);
        assert_eq!(small(&mut setup.conn).unwrap(), people(7)[6..]);
        assert_eq!(setup.events.words(), ["hit Disk"]);
    }
    assert_eq!(other().unwrap(), people(8)[7..]);
}

#[test]
fn absurd_index_lines() {
    let db = database();
    let (mut setup, bucket) = one_entry(&db);
    let sound = parse(&bucket);
    let zeros = |count: usize| "A".repeat(count);
    let integrities = [
        json!(""),
        json!(" "),
        json!("-"),
        json!("sha256"),
        json!("sha256-"),
        json!("sha256-A"),
        json!("sha256-AAAA"),
        json!("sha256-%%%%"),
        json!("sha256-../../../../etc/passwd"),
        json!(format!("sha256-{}=", zeros(43))),
        json!(format!("sha256-{}= sha256-{}=", zeros(43), zeros(43))),
        json!(format!("sha512-{}== sha256-{}=", zeros(86), zeros(43))),
        json!(format!("sha512-{}==", zeros(86))),
        json!("sha1-deadbeef"),
        json!("sha1-"),
        json!("xxh3-AAAA"),
        json!("md5-AAAA"),
        json!(null),
        json!(7),
    ];
    let deep = (0..100).fold(json!(1), |inside, _| json!([inside]));
    let payload = sound["metadata"].as_str().unwrap();
    let metadata = [
        json!(null),
        json!(1),
        json!({}),
        deep,
        json!(""),
        json!("%"),
        json!("AAAA"),
        json!("RENFAQ=="), // the magic bytes alone
        json!(format!("{}{}", &payload[..40], zeros(400))),
        json!(payload[..payload.len() / 8 * 4]),
        json!(format!("{payload}{payload}")),
        json!(zeros(1 << 20)),
    ];
    let sizes = [json!(0), json!(usize::MAX), json!(-1), json!(1.5), json!(null)];
    let variants = [
        ("integrity", &integrities[..]),
        ("metadata", &metadata),
        ("size", &sizes),
        ("time", &sizes),
    ];
    for (field, values) in variants {
        for value in values {
            // In the index, and in content, where there is none.
            for inline in [&sound["metadata"], &Value::Null] {
                let mut absurd = sound.clone();
                absurd["metadata"] = inline.clone();
                absurd[field] = value.clone();
                survives(&mut setup, &bucket, &absurd);
            }
        }
    }
    for field in ["key", "integrity", "time", "size", "metadata", "raw_metadata"] {
        let mut without = sound.clone();
        without.as_object_mut().unwrap().remove(field);
        survives(&mut setup, &bucket, &without);
    }
    survives(&mut setup, &bucket, &json!([]));
}

/// Asserts that the line causes no error, no wrong rows and no panic, and neither does what the store makes of it.
fn survives(setup: &mut Setup<Sqlite>, bucket: &Path, entry: &Value) {
    let what: String = entry.to_string().chars().take(300).collect();
    fs::write(bucket, line(entry)).unwrap();
    assert_eq!(small(&mut setup.conn).unwrap(), people(7)[6..], "{what}");
    fs::write(bucket, line(entry)).unwrap();
    let _ = person::table
        .find(7)
        .cached("files")
        .invalidate(&mut setup.conn)
        .unwrap();
    for _ in 0..2 {
        assert_eq!(small(&mut setup.conn).unwrap(), people(7)[6..], "{what}");
    }
    let words = setup.events.words();
    assert_eq!(words.last().map(String::as_str), Some("hit Disk"), "{what}: {words:?}");
}

#[test]
fn directories_in_place_of_files() {
    let db = database();
    let mut setup = still(&db);
    let rows = (small(&mut setup.conn).unwrap(), large(&mut setup.conn).unwrap());
    let region = db.directory().join("cache/files");
    for path in files(&region) {
        let sound = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("in the way"), "").unwrap();
        for _ in 0..2 {
            assert_eq!(small(&mut setup.conn).unwrap(), rows.0);
            assert_eq!(large(&mut setup.conn).unwrap(), rows.1);
        }
        let _ = person::table
            .find(7)
            .cached("files")
            .invalidate(&mut setup.conn)
            .unwrap();
        let words = setup.events.words();
        assert!(
            words.iter().any(|word| word.ends_with("failed")),
            "{}: {words:?}",
            path.display()
        );
        // The next store has cleared the way; but content has another name by now, and its old place is a sweep's.
        let is_bucket = path.starts_with(region.join("index-v5"));
        assert!(!(is_bucket && path.is_dir()), "{}", path.display());
        if path.is_dir() {
            fs::remove_dir_all(&path).unwrap();
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, sound).unwrap();
        small(&mut setup.conn).unwrap();
        large(&mut setup.conn).unwrap();
        setup.events.take();
    }
}

#[test]
fn files_in_place_of_directories() {
    let db = database();
    let mut setup = still(&db);
    let rows = (small(&mut setup.conn).unwrap(), large(&mut setup.conn).unwrap());
    let region = db.directory().join("cache/files");
    let mut directories = below(&region);
    directories.retain(|path| path.is_dir());
    directories.push(region.clone());
    for path in directories {
        let aside = db.directory().join("aside");
        fs::rename(&path, &aside).unwrap();
        fs::write(&path, "in the way").unwrap();
        for _ in 0..2 {
            assert_eq!(small(&mut setup.conn).unwrap(), rows.0, "{}", path.display());
            assert_eq!(large(&mut setup.conn).unwrap(), rows.1, "{}", path.display());
        }
        setup.events.take();
        person::table
            .find(7)
            .cached("files")
            .refresh()
            .load::<Person>(&mut setup.conn)
            .unwrap();
        diesel_cache_tests::address::table
            .order(diesel_cache_tests::address::id)
            .cached("files")
            .refresh()
            .load::<diesel_cache_tests::Address>(&mut setup.conn)
            .unwrap();
        // New content has another hash, and other directories below `sha256`.
        let in_the_way = !path.iter().any(|part| part == "sha256") || path.ends_with("sha256");
        let words = setup.events.words();
        let told = words.contains(&"write failed".into());
        assert!(told || !in_the_way, "{}: {words:?}", path.display());
        fs::remove_file(&path).unwrap();
        fs::rename(&aside, &path).unwrap();
    }
    // With the way free, it heals.
    small(&mut setup.conn).unwrap();
    large(&mut setup.conn).unwrap();
    setup.events.take();
    small(&mut setup.conn).unwrap();
    large(&mut setup.conn).unwrap();
    assert_eq!(setup.events.words(), ["hit Disk", "hit Disk"]);
}
