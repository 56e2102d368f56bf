//! Damage to the file of generations while no process runs: loads return the right rows, or query the database.

use std::fs;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Sqlite, person};

use super::tree::{small, still};

/// A directory whose only entry is out of date, as a later invalidation has recorded.
struct Stale {
    db: Database<Sqlite>,
    sound: Vec<u8>,
}

impl Stale {
    fn new() -> Self {
        let db = Database::new();
        let mut setup = still(&db);
        small(&mut setup.conn).unwrap();
        diesel::update(person::table.find(7))
            .set(person::name.eq("new"))
            .execute(&mut db.connect())
            .unwrap();
        setup.cache.invalidate_table::<person::table>();
        drop(setup);
        let sound = fs::read(db.directory().join("cache/generations")).unwrap();
        Self { db, sound }
    }

    /// Writes these bytes into the file. Asserts that the first load returns the new row, and that the cache works from
    /// then on.
    fn survives(&self, bytes: &[u8], what: &str) {
        let path = self.db.directory().join("cache/generations");
        fs::write(&path, bytes).unwrap();
        // The old entry is still there for whoever takes it to be valid.
        let mut setup = still(&self.db);
        let old = person::table.find(7).cached("files").ignore_expiration();
        assert_eq!(old.load::<Person>(&mut setup.conn).unwrap()[0].name, "new", "{what}");
        assert_eq!(small(&mut setup.conn).unwrap()[0].name, "new", "{what}");
    }
}

#[test]
fn cut_files() {
    for length in [0, 1, 7, 8, 64, 4095, 4096, 4097, 100_000, 1_000_000] {
        let stale = Stale::new();
        let length = length.min(stale.sound.len() - 1);
        stale.survives(&stale.sound[..length], &format!("cut at {length}"));
    }
    let stale = Stale::new();
    stale.survives(&[&stale.sound[..], &[0; 8]].concat(), "prolonged");
    let stale = Stale::new();
    stale.survives(&vec![0; stale.sound.len()], "all zero");
    let stale = Stale::new();
    stale.survives(&vec![0xff; stale.sound.len()], "all ones");
}

#[test]
fn flipped_bytes() {
    let stale = Stale::new();
    let entry = fs_snapshot(&stale);
    // Every byte that says something, what is around it, the edges of all parts (the header's page, the 448 records,
    // the slots), and a sample of the rest.
    let said = stale
        .sound
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte != 0)
        .map(|(at, _)| at);
    let near = said.flat_map(|at| at / 8 * 8..(at / 8 * 8 + 16).min(stale.sound.len()));
    let edges = [64, 4096, 4096 + 256, 4096 + 448 * 256, stale.sound.len()].map(|edge| edge - 16..edge + 16);
    let edges = edges.into_iter().flatten().filter(|&at| at < stale.sound.len());
    let sample = (0..stale.sound.len()).step_by(14_957);
    let mut places: Vec<usize> = near.chain(edges).chain(sample).collect();
    places.sort_unstable();
    places.dedup();
    for at in places {
        for mask in [0x01, 0xff] {
            restore(&stale, &entry);
            let mut bytes = stale.sound.clone();
            bytes[at] ^= mask;
            stale.survives(&bytes, &format!("byte {at} ^ {mask:#x}"));
        }
    }
}

/// The files of the region, which are restored later.
fn fs_snapshot(stale: &Stale) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let region = stale.db.directory().join("cache/files");
    super::tree::files(&region)
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

fn restore(stale: &Stale, files: &[(std::path::PathBuf, Vec<u8>)]) {
    assert!(stale.db.directory().join("cache/files").is_dir());
    for (path, bytes) in files {
        fs::write(path, bytes).unwrap();
    }
}
