//! Hashes that are the same in every process and build, and random numbers that are not.

use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

/// The finisher of splitmix64: a bijection that spreads every bit. It is not secure: an attacker can choose values that
/// share a slot, which costs queries and nothing else.
pub(super) fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

pub(super) fn hash(kind: u8, parts: &[&str]) -> Sha256 {
    let mut hash = Sha256::new_with_prefix([kind]);
    parts.iter().for_each(|part| add(&mut hash, part));
    hash
}

pub(super) fn add(hash: &mut Sha256, part: &str) {
    hash.update((part.len() as u64).to_le_bytes());
    hash.update(part);
}

/// Returns a hash of the parts that is the same in every process.
pub(super) fn fingerprint(kind: u8, parts: &[&str]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash(kind, parts).finalize());
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

pub(super) fn first_word(hash: Sha256) -> u32 {
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
    u32::from_le_bytes([a, b, c, d])
}

/// Returns 64 bits from the seeds that std draws for its hash maps; never 0. They need to be distinct, not secret.
pub(super) fn random() -> u64 {
    RandomState::new()
        .hash_one((SystemTime::now(), std::process::id(), RandomState::new().hash_one(0)))
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore)] // reads the wall clock, which Miri isolates
    fn random_numbers_differ() {
        let mut seen: Vec<_> = (0..1_000).map(|_| random()).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 1_000);
    }
}
