//! Numbers and parts, encoded so that each shows where it ends.

use sha2::{Digest, Sha256};

/// Writes a number in the form of [`KeyHasher::number`](super::KeyHasher::number).
#[inline]
pub(super) fn write_number(mut number: u64, mut write: impl FnMut(u8)) {
    while number > 0x7f {
        write((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    write(number as u8);
}

/// Reads a number that [`write_number`] has written, and returns it with the rest.
pub(super) fn read_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (place, &byte) in bytes.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[place + 1..]));
        }
    }
    None
}

/// Returns the SHA-256 of parts, each preceded by its length.
pub(super) fn hash_parts(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        write_number(part.len() as u64, |byte| digest.update([byte]));
        digest.update(part);
    }
    digest.finalize().into()
}
