//! Clean and unclean reboots, and files that are damaged or foreign.
#![cfg(not(miri))]

use super::layout::{header, record};
use super::*;

fn words(directory: &TempDirectory) -> Vec<u64> {
    fs::read(directory.file())
        .unwrap()
        .as_chunks()
        .0
        .iter()
        .map(|bytes| u64::from_ne_bytes(*bytes))
        .collect()
}

/// Writes a word in place, and seals the file as its last user would have.
fn write_word(directory: &TempDirectory, at: usize, word: u64) {
    let mut words = words(directory);
    words[at] = word;
    if at != header::CLEAN && words[header::CLEAN] != 0 {
        words[header::CLEAN] = seal::of(&words.iter().copied().map(AtomicU64::new).collect::<Vec<_>>());
    }
    fs::write(
        directory.file(),
        words.iter().flat_map(|word| word.to_ne_bytes()).collect::<Vec<_>>(),
    )
    .unwrap();
}

fn flip(directory: &TempDirectory, byte: usize, mask: u8) {
    let mut bytes = fs::read(directory.file()).unwrap();
    bytes[byte] ^= mask;
    fs::write(directory.file(), bytes).unwrap();
}

/// Returns a stamp that was taken before the last user left.
fn left_behind(directory: &TempDirectory, hands: &Hands) -> Stamp {
    let generations = open(&directory.0, hands);
    generations.fence(&[person()], SERVER).lift();
    generations.stamp([person(), address()]).unwrap()
}

#[test]
fn a_clean_end_outlives_a_reboot() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let stamp = left_behind(&directory, &hands);
    write_word(&directory, header::BOOT, 1);
    let generations = open(&directory.0, &hands);
    assert!(generations.is_valid(&stamp));
    assert_eq!(words(&directory)[header::CLEAN], 0, "no seal while in use");
    assert_ne!(words(&directory)[header::BOOT], 1);
}

#[test]
fn an_unclean_reboot_is_a_new_epoch() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let stamp = left_behind(&directory, &hands);
    write_word(&directory, header::CLEAN, 0);
    assert!(open(&directory.0, &hands).is_valid(&stamp), "the same boot");
    write_word(&directory, header::CLEAN, 0);
    write_word(&directory, header::BOOT, 1);
    let generations = open(&directory.0, &hands);
    assert!(!generations.is_valid(&stamp));
    let new = generations.stamp([person()]).unwrap();
    assert!(
        open(&directory.0, &hands).is_valid(&new),
        "one new epoch, not one for each opener"
    );
}

#[test]
fn after_an_unclean_reboot_a_server_may_still_commit_for_dead_writers() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    left_behind(&directory, &hands);
    write_word(&directory, header::CLEAN, 0);
    write_word(&directory, header::BOOT, 1);
    hands.0.store(20_000, SeqCst); // since the boot
    let generations = open(&directory.0, &hands);
    assert!(generations.stamp([person()]).is_err() && generations.stamp([Slot::key(&[0; 32])]).is_err());
    hands.0.store(59_999, SeqCst);
    assert!(generations.stamp([person()]).is_err());
    hands.0.store(61_000, SeqCst);
    assert!(generations.stamp([person()]).is_ok() && generations.stamp([Slot::key(&[0; 32])]).is_ok());
}

#[test]
fn every_byte_may_be_wrong() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let slot = layout::SLOTS_AT + person().index() as usize * layout::SLOT_WORDS;
    let header = 0..8 * (header::RETIRED + 1);
    // Of each other word, one byte.
    let padding = header::RETIRED + 1..header::RETIRED + 3;
    let record = layout::RECORDS_AT..layout::RECORDS_AT + record::SESSIONS + 2;
    let ends = [header::WORDS - 1, layout::SLOTS_AT - 1, layout::WORDS - 1];
    let others = padding.chain(record).chain(slot..slot + layout::SLOT_WORDS).chain(ends);
    for byte in header.chain(others.map(|word| 8 * word + word % 8)) {
        let stamp = left_behind(&directory, &hands);
        flip(&directory, byte, 0x41);
        let generations = open(&directory.0, &hands);
        assert!(!generations.is_valid(&stamp), "byte {byte}");
        drop(generations);
        let next = open(&directory.0, &hands);
        assert!(!next.is_valid(&stamp), "byte {byte}, as sealed again");
        hands.forward(DOUBT_GRACE);
        assert!(next.stamp([person()]).is_ok(), "and works again");
    }
}

#[test]
fn a_damaged_file_fences_everything_for_the_grace() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    left_behind(&directory, &hands);
    flip(&directory, layout::BYTES as usize - 1, 1);
    let generations = open(&directory.0, &hands);
    assert!(generations.stamp([person()]).is_err());
    hands.forward(DOUBT_GRACE - Duration::from_millis(1));
    assert!(generations.stamp([person()]).is_err());
    hands.forward(Duration::from_millis(21));
    assert!(generations.stamp([person()]).is_ok());
}

#[test]
fn only_the_first_process_compares_the_seal() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let stamp = left_behind(&directory, &hands);
    let first = open(&directory.0, &hands);
    assert!(first.is_valid(&stamp));
    first.bump(&[address()]);
    let stamp = first.stamp([person()]).unwrap();
    // What a user of the file writes is no damage.
    write_word(&directory, header::WORDS - 1, 7);
    assert!(open(&directory.0, &hands).is_valid(&stamp) && first.is_valid(&stamp));
    drop(first);
    assert!(open(&directory.0, &hands).is_valid(&stamp), "sealed as it was");
}

#[test]
fn a_file_cut_anywhere_is_replaced() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    for length in [
        0,
        1,
        7,
        8,
        63,
        4095,
        4096,
        100_000,
        layout::BYTES - 1,
        layout::BYTES + 1,
    ] {
        let stamp = left_behind(&directory, &hands);
        fs::File::options()
            .write(true)
            .open(directory.file())
            .unwrap()
            .set_len(length)
            .unwrap();
        let generations = open(&directory.0, &hands);
        assert!(!generations.is_valid(&stamp), "cut at {length}");
        assert_eq!(fs::metadata(directory.file()).unwrap().len(), layout::BYTES);
    }
}

#[test]
fn another_version_in_use_is_left_alone() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    left_behind(&directory, &hands);
    write_word(&directory, header::VERSION, layout::VERSION + 1);
    let user = fs::File::open(directory.file()).unwrap();
    user.lock_shared().unwrap();
    let (generations, opened) = Local::open_or_wait(&directory.0, hands.options());
    assert!(opened.is_err() && generations.stamp([]).is_err());
    drop(user);
    assert!(generations.stamp([]).is_err(), "the path is not looked at all the time");
    hands.look();
    assert!(generations.stamp([]).is_ok());
    assert_eq!(words(&directory)[header::VERSION], layout::VERSION);
}

#[test]
fn no_block_of_the_file_is_a_hole() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let (directory, hands) = (TempDirectory::new(), Hands::new());
        let _generations = open(&directory.0, &hands);
        fs::File::open(directory.file()).unwrap().sync_all().unwrap(); // completes delayed allocation
        let metadata = fs::metadata(directory.file()).unwrap();
        assert!(metadata.blocks() * 512 >= layout::BYTES);
        assert_eq!(metadata.mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&directory.0).unwrap().mode() & 0o777, 0o700);
    }
}
