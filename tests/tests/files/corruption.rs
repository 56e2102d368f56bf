//! Damages every byte of every file, and cuts every file at every length. Loads return the right rows, or query the
//! database; they never panic.

use std::fs;
use std::path::{Path, PathBuf};

use diesel_cache_tests::{Address, Database, Person, Setup, Sqlite};

use super::tree::{below, database, files, large, small, still};

/// A region with a small and a large entry, their rows, and its undamaged files.
struct Region {
    db: Database<Sqlite>,
    setup: Setup<Sqlite>,
    sound: Vec<(PathBuf, Vec<u8>)>,
    people: Vec<Person>,
    addresses: Vec<Address>,
}

impl Region {
    fn new() -> Self {
        let db = database();
        let mut setup = still(&db);
        let (people, addresses) = (small(&mut setup.conn).unwrap(), large(&mut setup.conn).unwrap());
        assert_eq!((people.len(), addresses.len()), (1, 50));
        setup.events.take();
        let mut region = Self {
            db,
            setup,
            sound: Vec::new(),
            people,
            addresses,
        };
        let contents = |path: PathBuf| (path.clone(), fs::read(path).unwrap());
        region.sound = files(&region.directory()).into_iter().map(contents).collect();
        region
    }

    /// Restores the undamaged files, and removes all others. Content that is stored again has another name, in a
    /// directory of its own. Without the removal there would be more directories each time, all of which are read. The
    /// directories of undamaged files stay, because creating them takes longest.
    fn restore(&self) {
        for path in below(&self.directory()).iter().rev() {
            if path.is_dir() {
                if !self.sound.iter().any(|(sound, _)| sound.starts_with(path)) {
                    fs::remove_dir(path).unwrap();
                }
            } else {
                fs::remove_file(path).unwrap();
            }
        }
        for (path, bytes) in &self.sound {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    fn directory(&self) -> PathBuf {
        self.db.directory().join("cache/files")
    }

    /// Loads both while something is damaged. If that was noticed, loads them once more, when everything works again.
    fn check(&mut self, what: &dyn Fn() -> String) {
        self.load(what);
        let words = self.setup.events.words();
        if words != ["hit Disk", "hit Disk"] {
            self.load(what);
            assert_eq!(self.setup.events.words(), ["hit Disk", "hit Disk"], "{}", what());
        }
    }

    fn load(&mut self, what: &dyn Fn() -> String) {
        assert_eq!(small(&mut self.setup.conn).as_ref(), Ok(&self.people), "{}", what());
        assert_eq!(large(&mut self.setup.conn).as_ref(), Ok(&self.addresses), "{}", what());
    }

    /// Damages a file in many ways, restoring it before each.
    fn damage(&mut self, path: &Path, damages: impl Iterator<Item = (String, Vec<u8>)>) {
        for (what, bytes) in damages {
            self.restore();
            fs::write(path, bytes).unwrap();
            self.check(&|| format!("{}: {what}", path.display()));
        }
    }
}

#[test]
fn flipped_bytes() {
    let mut region = Region::new();
    let all = files(&region.directory());
    assert_eq!(all.len(), 3, "two buckets and one content: {all:?}");
    for (path, sound) in region.sound.clone() {
        let flips = (0..sound.len()).flat_map(|at| [0x01, 0xff].map(|mask| (at, mask)));
        let damages = flips.map(|(at, mask)| {
            let mut bytes = sound.clone();
            bytes[at] ^= mask;
            (format!("byte {at} ^ {mask:#x}"), bytes)
        });
        region.damage(&path, damages);
    }
}

#[test]
fn cut_and_prolonged_files() {
    let mut region = Region::new();
    for (path, sound) in region.sound.clone() {
        let cuts = (0..sound.len()).map(|end| (format!("cut at {end}"), sound[..end].to_vec()));
        region.damage(&path, cuts);
        let more = [b"\0".as_slice(), b"\n", b"\xff\xfe", b"\n\n\tgarbage", &sound];
        let longer = more
            .iter()
            .map(|more| (format!("and {} bytes more", more.len()), [&sound, *more].concat()));
        region.damage(&path, longer);
        let zeros = [(String::from("all zero"), vec![0; sound.len()])];
        region.damage(&path, zeros.into_iter());
    }
}

#[test]
fn what_was_damaged_is_told_and_never_counted_as_a_hit() {
    let mut region = Region::new();
    let content = files(&region.directory().join("content-v2")).remove(0);
    let mut bytes = fs::read(&content).unwrap();
    bytes[1000] ^= 1;
    fs::write(&content, bytes).unwrap();
    region.setup.events.take();
    large(&mut region.setup.conn).unwrap();
    assert_eq!(region.setup.events.words(), ["read failed", "miss Corrupt", "stored"]);
}

#[test]
fn lost_files() {
    let mut region = Region::new();
    for (path, _) in region.sound.clone() {
        region.restore();
        fs::remove_file(&path).unwrap();
        region.check(&|| format!("{} is gone", path.display()));
    }
    for name in ["index-v5", "content-v2", "tmp"] {
        fs::remove_dir_all(region.directory().join(name)).unwrap();
        region.check(&|| format!("{name} is gone"));
    }
}
