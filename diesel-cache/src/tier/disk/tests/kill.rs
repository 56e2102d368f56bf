//! Processes that are killed while they store and sweep.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::*;

const KEYS: u64 = 6;
/// Lines within a block, over a block, and content.
const SIZES: [usize; 3] = [300, 5000, 9000];

/// The entry point of the other process, which runs until it is killed. Not a test by itself.
#[test]
fn writer() {
    let (Ok(directory), Ok(first)) = (std::env::var("KILL_DIRECTORY"), std::env::var("KILL_FIRST")) else {
        return;
    };
    let mut store = open(directory.as_ref(), None);
    store.grace = 0;
    for number in first.parse::<u64>().unwrap().. {
        let key = key(number % KEYS);
        let size = SIZES[(number / KEYS) as usize % SIZES.len()];
        println!("begin {number}");
        store.put(&key, &entry(&key, number, size), now(), &useful).unwrap();
        println!("end {number}");
        if number % 64 == 0 {
            // Removes entries of a key that no other process uses, one by one.
            store.sweep(&|head, _| head[4] == KEYS as u8).unwrap();
        }
    }
}

#[test]
fn stored_entries_survive_a_kill_and_leftovers_are_removed() {
    let mut scene = Scene::new(None);
    let directory = scene.root.path().display().to_string();
    let mut stored = HashMap::new();
    for round in 0..25_u64 {
        for number in 0..3 {
            let key = key(KEYS + 256 * (1 + number));
            scene
                .store
                .put(&key, &entry(&key, round, 7000), now(), &useful)
                .unwrap();
        }
        let settings = [
            ("KILL_DIRECTORY", directory.clone()),
            ("KILL_FIRST", (round * 100_000).to_string()),
        ];
        let mut child = peer("kill::writer", &settings).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut begun = None;
        let mut read = |line: String| {
            let Some((what, number)) = line.rsplit_once(' ') else {
                return false;
            };
            match (
                what.rsplit_once(' ').map_or(what, |(_, what)| what),
                number.parse::<u64>(),
            ) {
                ("begin", Ok(number)) => begun = Some(number),
                ("end", Ok(number)) => {
                    begun = None;
                    stored.insert(number % KEYS, number);
                }
                _ => return false,
            }
            true
        };
        let mut heard = 0;
        while heard < 40 + 13 * round {
            heard += u64::from(read(lines.next().unwrap()));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        lines.for_each(|line| {
            read(line);
        });
        for (number, last) in &stored {
            let (key, begun) = (key(*number), begun.filter(|begun| begun % KEYS == *number));
            let found = scene
                .store
                .get(&key)
                .unwrap()
                .map(|bytes| version(&key, &bytes).unwrap());
            // An entry that was being stored when the process died is there or not. With a line of two blocks, no entry
            // may be there.
            let expected = found == Some(*last) || begun.is_some_and(|begun| found == Some(begun));
            assert!(
                expected || (begun.is_some() && found.is_none()),
                "{number}: {found:?}, {last}, {begun:?}"
            );
        }
    }
    scene.store.grace = 0;
    scene.store.sweep(&|head, _| head[4] == KEYS as u8).unwrap();
    scene.assert_counted();
    let buckets = files(&scene.store.directory.join("index-v5")).len();
    let contents = files(&scene.store.directory.join("content-v2")).len();
    assert!(
        buckets as u64 <= KEYS && contents <= buckets,
        "{buckets} buckets, {contents} contents"
    );
    assert!(files(&scene.store.directory.join("tmp")).is_empty());
    assert_eq!(scene.store.verify().unwrap().removed, 0);
}

/// The entry point of a process that dies in the middle of a sweep, when it has judged half of the entries. Not a test
/// by itself.
#[test]
fn sweeper() {
    let Ok(directory) = std::env::var("SWEEP_DIRECTORY") else {
        return;
    };
    let judged = std::cell::Cell::new(0);
    let die = |_: &[u8], _| {
        judged.set(judged.get() + 1);
        if judged.get() > 50 {
            std::process::abort();
        }
        true
    };
    let _ = open(directory.as_ref(), None).sweep(&die);
}

#[test]
fn a_killed_sweep_loses_only_what_it_removed() {
    let scene = Scene::new(None);
    for number in 0..100 {
        let key = key(number);
        let size = SIZES[number as usize % SIZES.len()];
        scene.store.put(&key, &entry(&key, 1, size), now(), &useful).unwrap();
    }
    let settings = [("SWEEP_DIRECTORY", scene.root.path().display().to_string())];
    let status = peer("kill::sweeper", &settings)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(!status.success());
    let left = (0..100).filter(|number| {
        let key = key(*number);
        let found = scene.store.get(&key).unwrap();
        found.is_some_and(|bytes| version(&key, &bytes) == Some(1))
    });
    assert_eq!(left.count(), 50);
    assert_eq!(scene.store.held().0, 50);
    assert_eq!(scene.store.sweep(&|_, _| true).unwrap().removed, 50);
    assert!(scene.files().is_empty());
}
