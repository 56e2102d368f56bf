//! A key that is written repeatedly takes the space of one entry.

use std::fs;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Database, Person, Setup, Sqlite, address, person};

use super::tree::{below, database, files, large, small};

/// Returns the number of files and directories, and the bytes in the files.
fn room(db: &Database<Sqlite>) -> (usize, u64) {
    let region = db.directory().join("cache/files");
    let bytes = files(&region)
        .iter()
        .map(|path| fs::metadata(path).unwrap().len())
        .sum();
    (below(&region).len(), bytes)
}

#[test]
fn a_thousand_refreshes() {
    let db = database();
    let mut setup = Setup::new(&db);
    small(&mut setup.conn).unwrap();
    large(&mut setup.conn).unwrap();
    let (count, bytes) = room(&db);
    for _ in 0..1000 {
        person::table
            .find(7)
            .cached("files")
            .refresh()
            .load::<Person>(&mut setup.conn)
            .unwrap();
        let again = address::table.order(address::id).cached("files").refresh();
        again.load::<Address>(&mut setup.conn).unwrap();
    }
    let (count_after, bytes_after) = room(&db);
    assert!(
        count_after <= count,
        "{count_after} files and directories, {count} at first"
    );
    // A bucket may have some lines of the past, while it fits a block of the disk: there are two.
    assert!(bytes_after <= bytes + 2 * 4096, "{bytes_after} bytes, {bytes} at first");
    for bucket in files(&db.directory().join("cache/files/index-v5")) {
        assert!(fs::metadata(bucket).unwrap().len() <= 4096);
    }
    setup.events.take();
    small(&mut setup.conn).unwrap();
    large(&mut setup.conn).unwrap();
    assert_eq!(setup.events.words(), ["hit Disk", "hit Disk"]);
}

#[test]
fn invalidated_queries_leave_no_files() {
    let db = database();
    let mut setup = Setup::new(&db);
    for _ in 0..3 {
        small(&mut setup.conn).unwrap();
        large(&mut setup.conn).unwrap();
        assert_eq!(files(&db.directory().join("cache/files")).len(), 3);
        assert!(
            person::table
                .find(7)
                .cached("files")
                .invalidate(&mut setup.conn)
                .unwrap()
        );
        assert!(
            address::table
                .order(address::id)
                .cached("files")
                .invalidate(&mut setup.conn)
                .unwrap()
        );
        assert!(files(&db.directory().join("cache/files")).is_empty());
    }
}
