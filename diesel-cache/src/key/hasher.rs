//! Taking the parts of a key so that no two lists of parts read alike.

use std::fmt;

use super::parts::write_number;
use super::{ExtraKey, MemoryKey, Statement};

/// Takes the binds of a query into its key.
///
/// A [`KeyBackend`](super::KeyBackend) is given one and feeds it. What is fed must say where it ends; [`bind`](Self::bind) and
/// [`bytes`](Self::bytes) see to that.
#[derive(Clone)]
pub struct KeyHasher(MemoryKey);

impl KeyHasher {
    /// Of a query, up to its binds.
    #[inline]
    pub(super) fn of_query(statement: &Statement, namespace: [&str; 2], extra: &ExtraKey) -> Self {
        let extra = extra.bytes();
        if let (["", ""], None) = (namespace, extra) {
            // The usual one: nothing, three times over.
            return Self(MemoryKey::of_statement(statement.digest(), [0; 3]));
        }
        let mut hasher = Self(MemoryKey::of_statement(statement.digest(), []));
        for part in namespace {
            hasher.bytes(part.as_bytes());
        }
        match extra {
            Some(Err(hash)) => {
                hasher.0.0.push(2);
                hasher.raw(hash);
            }
            None => hasher.optional(None),
            Some(Ok(short)) => hasher.optional(Some(short)),
        }
        hasher
    }

    /// Takes one bind: its type, in a form that the backend chooses, and its bytes as serialised, or `None` for `NULL`.
    #[inline]
    pub fn bind(&mut self, sql_type: &[u8], value: Option<&[u8]>) {
        self.bytes(sql_type);
        self.optional(value);
    }

    /// Takes bytes, preceded by their length.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        if !bytes.is_empty() {
            self.raw(bytes);
        }
    }

    /// Takes bytes or their absence; no bytes and none differ.
    #[inline]
    pub fn optional(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            None => self.0.0.push(0),
            Some(bytes) => {
                self.0.0.push(1);
                self.bytes(bytes);
            }
        }
    }

    /// Takes a number: seven bits a byte, the lowest first, the high bit set on all but the last.
    ///
    /// Most lengths fit one byte, which keeps the binds of a usual query within one block of SHA-256.
    #[inline]
    pub fn number(&mut self, number: u64) {
        write_number(number, |byte| self.0.0.push(byte));
    }

    /// Takes bytes as they are: for what says itself where it ends.
    #[inline]
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.0.extend_from_slice(bytes);
    }

    #[inline]
    pub(super) fn finish(self) -> MemoryKey {
        self.0.finished()
    }
}

impl fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyHasher").finish_non_exhaustive()
    }
}
