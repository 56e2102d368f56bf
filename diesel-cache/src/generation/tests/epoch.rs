//! Reboots, clean and unclean, and files that are not what they should be.
#![cfg(not(miri))]

use super::layout::header;
use super::*;

fn words(directory: &Directory) -> Vec<u64> {
    fs::read(directory.file())
        .unwrap()
        .as_chunks()
        .0
        .iter()
        .map(|bytes| u64::from_ne_bytes(*bytes))
        .collect()
}

fn write_word(directory: &Directory, at: usize, word: u64) {
    let mut bytes = fs::read(directory.file()).unwrap();
    bytes.as_chunks_mut().0[at] = word.to_ne_bytes();
    fs::write(directory.file(), bytes).unwrap(); // in place
}

/// A stamp from before, after everybody has left.
fn left_behind(directory: &Directory, hands: &Hands) -> Stamp {
    let generations = open(&directory.0, hands);
    generations.fence(&[person()], SERVER).lift();
    generations.stamp([person(), address()]).unwrap()
}

#[test]
fn a_clean_end_outlives_a_reboot() {
    let (directory, hands) = (Directory::new(), Hands::new());
    let stamp = left_behind(&directory, &hands);
    write_word(&directory, header::BOOT, 1);
    let generations = open(&directory.0, &hands);
    assert!(generations.is_valid(&stamp));
    assert_eq!(words(&directory)[header::CLEAN], 0, "no seal while in use");
    assert_ne!(words(&directory)[header::BOOT], 1);
}

#[test]
fn an_unclean_reboot_is_a_new_epoch() {
    let (directory, hands) = (Directory::new(), Hands::new());
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
fn after_an_unclean_reboot_a_server_may_still_commit_for_the_dead() {
    let (directory, hands) = (Directory::new(), Hands::new());
    left_behind(&directory, &hands);
    write_word(&directory, header::CLEAN, 0);
    write_word(&directory, header::BOOT, 1);
    hands.0.store(20_000, SeqCst); // since the boot
    let generations = open(&directory.0, &hands);
    assert!(generations.stamp([person()]).is_none() && generations.stamp([Slot::key(&[0; 32])]).is_none());
    hands.0.store(59_999, SeqCst);
    assert!(generations.stamp([person()]).is_none());
    hands.0.store(61_000, SeqCst);
    assert!(generations.stamp([person()]).is_some() && generations.stamp([Slot::key(&[0; 32])]).is_some());
}

#[test]
fn every_byte_of_the_header_may_be_wrong() {
    let (directory, hands) = (Directory::new(), Hands::new());
    for byte in 0..8 * (header::RETIRED + 1) {
        let stamp = left_behind(&directory, &hands);
        let mut bytes = fs::read(directory.file()).unwrap();
        bytes[byte] ^= 0x41;
        fs::write(directory.file(), bytes).unwrap();
        let generations = open(&directory.0, &hands);
        let valid = generations.is_valid(&stamp);
        // Magic and version: another file; the epoch: another epoch; retired: another file. A wrong boot is a reboot after a
        // clean end; a wrong seal in the same boot is no matter.
        let matters = !(8 * header::BOOT..8 * header::EPOCH).contains(&byte);
        assert_eq!(valid, !matters, "byte {byte}");
        assert!(generations.stamp([person()]).is_some(), "and works again");
    }
}

#[test]
fn a_file_cut_anywhere_is_replaced() {
    let (directory, hands) = (Directory::new(), Hands::new());
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
    let (directory, hands) = (Directory::new(), Hands::new());
    left_behind(&directory, &hands);
    write_word(&directory, header::VERSION, 2);
    let user = fs::File::open(directory.file()).unwrap();
    user.lock_shared().unwrap();
    let (generations, opened) = Generations::open_or_wait(&directory.0, hands.options());
    assert!(opened.is_err() && generations.stamp([]).is_none());
    drop(user);
    assert!(generations.stamp([]).is_none(), "it does not look all the time");
    hands.look();
    assert!(generations.stamp([]).is_some());
    assert_eq!(words(&directory)[header::VERSION], layout::VERSION);
}

#[test]
fn no_block_of_the_file_is_a_hole() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let (directory, hands) = (Directory::new(), Hands::new());
        let _generations = open(&directory.0, &hands);
        fs::File::open(directory.file()).unwrap().sync_all().unwrap(); // delayed allocation counts at last
        let metadata = fs::metadata(directory.file()).unwrap();
        assert!(metadata.blocks() * 512 >= layout::BYTES);
        assert_eq!(metadata.mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&directory.0).unwrap().mode() & 0o777, 0o700);
    }
}
