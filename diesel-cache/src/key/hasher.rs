//! Feeding SHA-256 so that no two inputs read alike.

use std::fmt;

use sha2::{Digest, Sha256};

use super::CacheKey;

/// One SHA-256 block, in bytes.
const BLOCK: usize = 64;

/// Takes the binds of a query into its key.
///
/// A [`KeyBackend`](super::KeyBackend) is given one and feeds it. What is fed must say where it ends; [`bind`](Self::bind) and
/// [`bytes`](Self::bytes) see to that.
#[derive(Clone)]
pub struct KeyHasher {
    digest: Sha256,
    fed: usize,
}

impl KeyHasher {
    pub(super) fn new() -> Self {
        Self {
            digest: Sha256::new(),
            fed: 0,
        }
    }

    /// Takes one bind: its type, in a form that the backend chooses, and its bytes as serialised, or `None` for `NULL`.
    pub fn bind(&mut self, sql_type: &[u8], value: Option<&[u8]>) {
        self.bytes(sql_type);
        self.optional(value);
    }

    /// Takes bytes, preceded by their length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.raw(bytes);
    }

    /// Takes bytes or their absence; no bytes and none differ.
    pub fn optional(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            None => self.raw(&[0]),
            Some(bytes) => {
                self.raw(&[1]);
                self.bytes(bytes);
            }
        }
    }

    /// Takes a number: seven bits a byte, the lowest first, the high bit set on all but the last.
    ///
    /// Most lengths fit one byte, which keeps the binds of a usual query within one block of SHA-256.
    pub fn number(&mut self, mut number: u64) {
        let mut out = [0; 10];
        let mut len = 0;
        loop {
            let low = (number & 0x7f) as u8;
            number >>= 7;
            out[len] = low | if number == 0 { 0 } else { 0x80 };
            len += 1;
            if number == 0 {
                return self.raw(&out[..len]);
            }
        }
    }

    /// Takes bytes as they are: for what says itself where it ends.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.fed = self.fed.wrapping_add(bytes.len());
    }

    /// Fills the block with zeros, so that what follows starts a block of its own.
    pub(super) fn pad(&mut self) {
        let zeros = self.fed.wrapping_neg() % BLOCK;
        self.raw(&[0; BLOCK][..zeros]);
    }

    pub(super) fn finish(self) -> CacheKey {
        CacheKey::from_bytes(self.digest.finalize().into())
    }
}

impl fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyHasher").finish_non_exhaustive()
    }
}
