//! Records that are written while other processes read them.
#![cfg(all(unix, not(miri)))]

use super::claimed_writer::ClaimedWriter;
use super::layout::{GHOST, OVERFLOW, record};
use super::recovery::Recovery;
use super::*;

#[test]
fn a_record_that_is_being_written_is_not_damage() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let generations = open(&directory.0, &hands);
    let mapped = generations.0.current.load_full().unwrap();
    let lock = writer_lock::open(&directory.0, 5).unwrap();
    lock.lock().unwrap(); // like a process that claims the id and has not written the record yet
    assert_eq!(recovery::recover(&mapped, 5, 0).unwrap(), Recovery::Alive);
    lock.unlock().unwrap();
    assert_eq!(recovery::recover(&mapped, 5, 0).unwrap(), Recovery::Damaged);
}

#[test]
fn joining_the_overflow_keeps_the_terms_of_others() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let generations = open(&directory.0, &hands);
    let mapped = generations.0.current.load_full().unwrap();
    let record = mapped.map.record(OVERFLOW);
    let _holders: Vec<_> = (0..layout::CLAIMABLE)
        .map(|id| {
            let lock = writer_lock::open(&directory.0, id).unwrap();
            lock.lock().unwrap();
            lock
        })
        .collect();
    let _one = generations.fence(&[person()], SERVER);
    record[record::IN_USE].store(0, SeqCst); // as another process read it a moment before
    let two = ClaimedWriter::claim(&mapped, 0);
    assert_eq!((two.id, record[record::IN_USE].load(SeqCst)), (OVERFLOW, 1));
    assert_eq!(record[record::GRACE].load(SeqCst), DOUBT_GRACE.as_millis() as u64);
}

#[test]
fn the_ghosts_doubt_never_shrinks() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let generations = open(&directory.0, &hands);
    let mapped = generations.0.current.load_full().unwrap();
    let record = mapped.map.record(GHOST);
    let terms = || [record::GRACE, record::DIED, record::IN_USE].map(|word| record[word].load(SeqCst));
    ghost::prolong(&mapped.map, 90, 1_000); // by a process that cannot lock anything
    ghost::record_lost_writers(&mapped.map, &directory.0, 60, 500).unwrap();
    assert_eq!(terms(), [90, 1_000, 1]);
    assert_eq!(recovery::recover(&mapped, GHOST, 1_089).unwrap(), Recovery::InDoubt);
    assert_eq!(recovery::recover(&mapped, GHOST, 1_090).unwrap(), Recovery::Recovered);
    assert_eq!(terms(), [0; 3]);
}
