//! Seals: the last process to leave a file seals it, and the first process to open it checks the seal.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::layout::{self, GHOST, header, record};
use super::map::Map;
use super::{ghost, identity, line};
use crate::generation::hash;

/// Returns the value of the header's `CLEAN` word after a clean close: a checksum of all other words. Never 0, which is
/// no seal.
///
/// Each step is a bijection, so a change within a single word is always detected. The rotation keeps changes of the top
/// bits of two words from cancelling out. The checksum does not protect against deliberate changes.
///
/// The words are spread over several sums, which the processor computes in parallel, because a process must read 6 MB
/// before its first load.
pub(super) fn of(words: &[AtomicU64]) -> u64 {
    let step = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let mut sums = [0x636c_6f73_6564_2121_u64; SUMS];
    let (header, rest) = words.split_at(SUMS.min(words.len()));
    for (at, (sum, word)) in sums.iter_mut().zip(header).enumerate() {
        *sum = step(*sum, if at == header::CLEAN { 0 } else { word.load(SeqCst) });
    }
    let (lines, last) = rest.as_chunks::<SUMS>();
    for line in lines {
        for (sum, word) in sums.iter_mut().zip(line) {
            *sum = step(*sum, word.load(SeqCst));
        }
    }
    for (sum, word) in sums.iter_mut().zip(last) {
        *sum = step(*sum, word.load(SeqCst));
    }
    sums.into_iter().fold(0, step).max(1)
}

/// The number of sums. The header's `CLEAN` word is among the first words of this number.
const SUMS: usize = 8;
const _: () = assert!(header::CLEAN < SUMS);

/// Writes the generations to disk and seals them. No other process may have the file in use.
pub(super) fn seal(map: &Map) -> io::Result<()> {
    map.sync()?;
    map.header(header::CLEAN).store(of(map.words()), SeqCst);
    map.sync_header()
}

/// Removes the seal. Call it before the first change, because a crash must not leave a changed file with a seal.
pub(super) fn unseal(map: &Map) -> io::Result<()> {
    match map.header(header::CLEAN).swap(0, SeqCst) {
        0 => Ok(()),
        _ => map.sync_header(),
    }
}

/// Decides whether a new epoch begins. The first process to open the file calls this. If it is killed half-way, the
/// next process repeats the work.
pub(super) fn begin(map: &Map, directory: &Path, now: u64, grace: u64) -> io::Result<()> {
    let boot = identity::boot();
    let [high, low] = [map.header(header::BOOT), map.header(header::BOOT + 1)];
    let same_boot = boot.is_some_and(|boot| boot == [high.load(SeqCst), low.load(SeqCst)]);
    let seal = map.header(header::CLEAN).load(SeqCst);
    let sound = seal == of_sealed(map, seal);
    match (seal, sound) {
        // The memory of this boot is intact, whatever happened to the processes.
        (0, _) | (_, true) if same_boot => return Ok(()),
        // The fences and records on the disk may be of any age, and a database elsewhere may still run a statement of a
        // writer of the last boot. So everything stays fenced for the grace, counted from a moment at which that writer
        // was certainly dead: the boot, if it is known, or now.
        (0, _) => start_anew(map, directory, now, grace, if boot.is_some() { 1 } else { now })?,
        (_, true) => {
            for id in 0..layout::WRITERS {
                map.record(id)[record::DIED].store(0, SeqCst); // a time of another boot
            }
        }
        // The file was damaged after it was sealed. What it says about writers in doubt, and about their boot, cannot
        // be trusted.
        (_, false) => start_anew(map, directory, now, grace, now)?,
    }
    let [new_high, new_low] = boot.unwrap_or_default();
    high.store(new_high, SeqCst);
    low.store(new_low, SeqCst);
    Ok(())
}

/// Returns the checksum (over 6 MB) only if there is a seal to compare it with.
fn of_sealed(map: &Map, seal: u64) -> u64 {
    if seal == 0 { 0 } else { of(map.words()) }
}

/// Begins a new epoch, in which the ghost fences everything until `grace` after `died`.
fn start_anew(map: &Map, directory: &Path, now: u64, grace: u64, died: u64) -> io::Result<()> {
    map.header(header::EPOCH).store(hash::random(), SeqCst);
    map.words()[layout::RECORDS_AT..layout::SLOTS_AT]
        .iter()
        .for_each(|word| word.store(0, SeqCst));
    let doubt = now.saturating_sub(died) < grace;
    if doubt {
        ghost::record_lost_writers(map, directory, grace, died)?;
    }
    for fences in map.lines() {
        fences[1..].iter().for_each(|word| word.store(0, SeqCst));
        if doubt {
            line::fence(fences, GHOST);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_knows_every_bit_and_the_order_of_words() {
        let words: Vec<_> = (0..16).map(AtomicU64::new).collect();
        let sum = of(&words);
        for (at, word) in words.iter().enumerate() {
            for bit in 0..64 {
                word.fetch_xor(1 << bit, SeqCst);
                assert_eq!(of(&words) == sum, at == header::CLEAN, "word {at}, bit {bit}");
                // The same bit of the next word does not cancel the change.
                let next = words.get(at + 1).filter(|_| at != header::CLEAN);
                next.inspect(|next| _ = next.fetch_xor(1 << bit, SeqCst));
                assert_eq!(of(&words) == sum, at == header::CLEAN, "words from {at}, bit {bit}");
                next.inspect(|next| _ = next.fetch_xor(1 << bit, SeqCst));
                word.fetch_xor(1 << bit, SeqCst);
            }
        }
        words[8].swap(9, SeqCst);
        words[9].swap(8, SeqCst);
        assert_ne!(of(&words), sum);
    }
}
