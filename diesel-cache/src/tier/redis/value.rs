//! The format of values: an entry, preceded by a header that tells it from other bytes.
//!
//! | bytes | contents |
//! | --- | --- |
//! | 4 | `DCR` and the format's version |
//! | 1 | 1 if the entry is compressed, otherwise 0 |
//! | 8 | the last use, in Unix milliseconds, which [`touch`](super::RedisTier) overwrites in place |
//! | 16 | the first half of the SHA-256 of the key and of all other bytes but the last use |
//! | rest | the entry, as it is or compressed by LZ4 |
//!
//! The checksum detects damage: a value that was cut, partly overwritten or moved to another key. It does not protect
//! against an attacker: whoever can write to the server can also compute the checksum.

use sha2::{Digest, Sha256};

use crate::clock::Millis;
use crate::key::CacheKey;

const MAGIC: [u8; 4] = *b"DCR\x01";
/// The position of the time of the last use.
pub(super) const USED_AT: usize = 5;
const SUM: usize = USED_AT + 8;
/// The size of everything before the entry, in bytes.
pub(super) const HEAD: usize = SUM + 16;

/// The largest value that a server accepts by default (`proto-max-bulk-len`), in bytes.
pub(super) const LARGEST: usize = 512 << 20;

/// Entries of fewer bytes are stored uncompressed. They fit into a packet or two.
const COMPRESSED_FROM: usize = 4 << 10;

/// LZ4 cannot compress by more than this.
const BEST_RATIO: usize = 255;

pub(super) fn encode(key: &CacheKey, entry: &[u8], used_at: Millis) -> Vec<u8> {
    let compressed = (entry.len() >= COMPRESSED_FROM && entry.len() <= LARGEST)
        .then(|| lz4_flex::compress_prepend_size(entry))
        .filter(|compressed| compressed.len() < entry.len() - entry.len() / 8);
    let (flag, body) = match &compressed {
        Some(compressed) => (1, &**compressed),
        None => (0, entry),
    };
    let mut value = Vec::with_capacity(HEAD + body.len());
    value.extend_from_slice(&MAGIC);
    value.push(flag);
    value.extend_from_slice(&used_at.0.to_le_bytes());
    value.extend_from_slice(&sum(key, flag, body));
    value.extend_from_slice(body);
    value
}

/// Returns the entry; `None` for bytes that [`encode`] did not make for this key.
pub(super) fn decode(key: &CacheKey, value: &[u8]) -> Option<Vec<u8>> {
    let (flag, sum_found, body) = parse(value)?;
    if sum_found != sum(key, flag, body) {
        return None;
    }
    match flag {
        0 => Some(body.to_vec()),
        1 => decompress(body),
        _ => None,
    }
}

/// Returns the beginning of the entry, given the beginning of its value. The checksum is not verified. Returns `None`
/// if the entry is compressed, because then the whole value is needed.
pub(super) fn head(value: &[u8]) -> Option<&[u8]> {
    match parse(value)? {
        (0, _, body) => Some(body),
        _ => None,
    }
}

/// Returns `true` if the value begins like one whose entry is compressed.
pub(super) fn is_compressed(value: &[u8]) -> bool {
    matches!(parse(value), Some((1, ..)))
}

pub(super) fn used_at(head: &[u8]) -> Option<Millis> {
    let bytes = head.strip_prefix(&MAGIC)?.get(1..)?.first_chunk()?;
    Some(Millis(u64::from_le_bytes(*bytes)))
}

fn parse(value: &[u8]) -> Option<(u8, [u8; 16], &[u8])> {
    let flag = *value.strip_prefix(&MAGIC)?.first()?;
    let (sum, body) = value.get(SUM..)?.split_first_chunk()?;
    Some((flag, *sum, body))
}

fn decompress(body: &[u8]) -> Option<Vec<u8>> {
    let (size, _) = body.split_first_chunk()?;
    let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
    // Allocates no more than a body of this size can decompress to.
    if size > body.len().saturating_mul(BEST_RATIO) {
        return None;
    }
    lz4_flex::decompress_size_prepended(body).ok()
}

fn sum(key: &CacheKey, flag: u8, body: &[u8]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    hasher.update(key.as_bytes());
    hasher.update([flag]);
    hasher.update(body);
    let digest: [u8; 32] = hasher.finalize().into();
    digest.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const KEY: CacheKey = CacheKey::from_bytes([7; 32]);

    fn entries() -> [Vec<u8>; 4] {
        let mut state = 1_u64;
        let mut noise = || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (state >> 56) as u8
        };
        [
            Vec::new(),
            b"a small entry".to_vec(),
            b"person 01 ".repeat(1000),
            std::iter::repeat_with(&mut noise).take(9000).collect(),
        ]
    }

    #[test]
    fn what_is_encoded_is_decoded_for_its_key_alone() {
        let compressed = entries().map(|entry| {
            let value = encode(&KEY, &entry, Millis(5));
            assert_eq!(decode(&KEY, &value).as_ref(), Some(&entry));
            assert_eq!(decode(&CacheKey::from_bytes([8; 32]), &value), None);
            assert_eq!(used_at(&value[..HEAD]), Some(Millis(5)));
            assert_eq!(head(&value).is_none(), is_compressed(&value));
            is_compressed(&value)
        });
        assert_eq!(
            compressed,
            [false, false, true, false],
            "if it is large, and gets smaller"
        );
    }

    #[test]
    fn a_use_is_written_in_place() {
        let mut value = encode(&KEY, b"entry", Millis(5));
        value[USED_AT..SUM].copy_from_slice(&9_u64.to_le_bytes());
        assert_eq!(used_at(&value), Some(Millis(9)));
        assert_eq!(decode(&KEY, &value).as_deref(), Some(&b"entry"[..]));
    }

    #[test]
    fn damaged_values_are_nothing() {
        for entry in entries() {
            let value = encode(&KEY, &entry, Millis(5));
            for end in (0..value.len()).step_by(1 + value.len() / 2000) {
                assert_eq!(decode(&KEY, &value[..end]), None, "cut at {end}");
            }
            for at in (0..value.len()).step_by(1 + value.len() / 2000) {
                if !(USED_AT..SUM).contains(&at) {
                    let mut flipped = value.clone();
                    flipped[at] ^= 1;
                    assert_eq!(decode(&KEY, &flipped), None, "flipped at {at}");
                }
            }
            assert_eq!(decode(&KEY, &[&*value, &[0]].concat()), None);
        }
    }

    #[test]
    fn hostile_values_with_a_checksum_take_no_memory() {
        for body in [
            &u32::MAX.to_le_bytes()[..],
            &[0, 0, 0],
            &[255, 255, 255, 255, 31, 0, 0, 1, 0],
            &[],
        ] {
            let mut value = encode(&KEY, body, Millis(5));
            value[4] = 1;
            value[SUM..HEAD].copy_from_slice(&sum(&KEY, 1, body));
            assert_eq!(decode(&KEY, &value), None, "{body:?}");
        }
    }
}
