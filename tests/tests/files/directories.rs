//! The cache's directory: created if missing, private, and refused by `build` if it cannot be used.

use std::error::Error as _;
use std::fs;
use std::path::Path;

use diesel::prelude::*;
use diesel_cache::{Error, prelude::*};
use diesel_cache_tests::{Person, Setup, everyone, people, regions};

use super::tree::{below, database, large, small};

#[test]
fn it_is_made_when_missing_with_its_parents() {
    let db = database();
    let directory = db.directory().join("a/b/c");
    let cache = regions(&directory).build().unwrap();
    assert_eq!(cache.directory(), Some(&*directory));
    let mut conn = db.connect();
    cache.attach(&mut conn);
    everyone("default").load::<Person>(&mut conn).unwrap();
    assert!(directory.join("default").is_dir());
    assert!(regions(&directory).build().is_ok(), "and is taken as it is");
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let db = database();
    let directory = db.directory().join("outer/cache");
    let cache = regions(&directory).build().unwrap();
    let mut conn = db.connect();
    cache.attach(&mut conn);
    small(&mut conn).unwrap();
    large(&mut conn).unwrap();
    cache.invalidate_all();
    large(&mut conn).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let mut all = below(&db.directory().join("outer"));
    all.push(db.directory().join("outer"));
    let names = [
        "generations",
        "files",
        "index-v5",
        "content-v2",
        "sha256",
        "tmp",
        "writers",
    ];
    for name in names {
        assert!(all.iter().any(|path| path.ends_with(name)), "{name} is not in {all:?}");
    }
    for path in all {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{} is {:o}", path.display(), mode(&path));
    }
}

/// Returns the error of `build` for a directory.
fn refusal(directory: &Path) -> Error {
    Cache::builder()
        .directory(directory)
        .region(Region::disk("default"))
        .build()
        .unwrap_err()
}

#[test]
fn one_that_cannot_be_is_an_error_with_its_path() {
    let db = database();
    let file = db.directory().join("file");
    fs::write(&file, "in the way").unwrap();
    for path in [file.clone(), file.join("cache")] {
        let error = refusal(&path);
        assert!(
            matches!(&error, Error::Directory { path: given, .. } if *given == path),
            "{error:?}"
        );
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        assert!(error.source().is_some());
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "in the way");

    // It would be the current directory.
    assert!(matches!(refusal(Path::new("")), Error::Directory { .. }));

    // A region's own.
    let directory = db.directory().join("cache");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("default"), "").unwrap();
    let error = refusal(&directory);
    assert!(error.to_string().contains("cache/default"), "{error}");

    // What it is shared by.
    fs::remove_file(directory.join("default")).unwrap();
    let _ = fs::remove_file(directory.join("generations"));
    fs::create_dir_all(directory.join("generations/in the way")).unwrap();
    let error = refusal(&directory);
    assert!(
        matches!(&error, Error::Directory { path, .. } if *path == directory),
        "{error:?}"
    );
}

#[test]
fn a_region_that_becomes_a_file_answers_from_the_database() {
    let db = database();
    let mut setup = Setup::new(&db);
    let region = db.directory().join("cache/files");
    fs::remove_dir_all(&region).unwrap();
    fs::write(&region, "in the way").unwrap();
    // What nobody has tried to store is not looked for.
    for told in [
        &["miss Absent", "write failed"][..],
        &["read failed", "miss Corrupt", "write failed"],
    ] {
        assert_eq!(everyone("files").load::<Person>(&mut setup.conn).unwrap(), people(50));
        assert_eq!(setup.statements.selects(), 1);
        assert_eq!(setup.events.words(), told);
    }
    assert!(!everyone("files").invalidate(&mut setup.conn).unwrap());
    setup.cache.region("files").unwrap().clear();
    assert!(setup.events.words().contains(&"write failed".into()));
    // The memory in front of another such region goes on by itself.
    let region = db.directory().join("cache/default");
    fs::remove_dir_all(&region).unwrap();
    fs::write(&region, "in the way").unwrap();
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    assert_eq!(setup.statements.selects(), 1);
}

#[test]
fn a_directory_deleted_at_run_time_is_made_anew() {
    let db = database();
    let mut setup = Setup::new(&db);
    small(&mut setup.conn).unwrap();
    fs::remove_dir_all(db.directory().join("cache")).unwrap();
    for _ in 0..3 {
        assert_eq!(small(&mut setup.conn).unwrap(), people(7)[6..]);
        assert_eq!(large(&mut setup.conn).unwrap().len(), 50);
    }
    assert!(db.directory().join("cache/files/index-v5").is_dir());
}
