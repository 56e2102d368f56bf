//! Encoding the parts of a key, so that no two lists of parts give the same bytes. [`MemoryKey`] takes the SHA-256.

use std::fmt;

use super::extra::ExtraKey;
use super::memory_key::MemoryKey;
use super::parts::write_number;
use super::statement::Statement;

/// Adds the binds of a query to its key.
///
/// A [`KeyBackend`](super::KeyBackend) receives a hasher and adds the binds to it. Each part must show where it ends,
/// which [`bind`](Self::bind) and [`bytes`](Self::bytes) ensure.
#[derive(Clone)]
pub struct KeyHasher(MemoryKey);

impl KeyHasher {
    /// A hasher without any part.
    #[inline]
    pub(crate) fn new() -> Self {
        Self(MemoryKey::empty())
    }

    /// Starts a query's key with the parts before its binds.
    #[inline]
    pub(super) fn begin(&mut self, statement: &Statement, namespace: [&str; 2], extra: &ExtraKey) {
        let extra = extra.bytes();
        if let (["", ""], None) = (namespace, extra) {
            // The usual case: all three parts are empty.
            return self.0.begin(statement.digest(), [0; 3]);
        }
        self.0.begin(statement.digest(), []);
        for part in namespace {
            self.bytes(part.as_bytes());
        }
        match extra {
            Some(Err(hash)) => {
                self.0.0.push(2);
                self.raw(hash);
            }
            None => self.optional(None),
            Some(Ok(short)) => self.optional(Some(short)),
        }
    }

    /// Adds one bind: its type, in a form that the backend chooses, and its serialised bytes, or `None` for `NULL`.
    #[inline]
    pub fn bind(&mut self, sql_type: &[u8], value: Option<&[u8]>) {
        self.bytes(sql_type);
        self.optional(value);
    }

    /// Adds bytes, preceded by their length.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        if !bytes.is_empty() {
            self.raw(bytes);
        }
    }

    /// Adds bytes, or their absence. An empty slice and `None` differ.
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

    /// Adds a number: seven bits in each byte, the lowest first, with the high bit set in all bytes but the last.
    ///
    /// Most lengths fit one byte, which keeps the binds of a usual query within one block of SHA-256.
    #[inline]
    pub fn number(&mut self, number: u64) {
        write_number(number, |byte| self.0.0.push(byte));
    }

    /// Adds bytes as they are, for parts that show where they end.
    #[inline]
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.0.extend_from_slice(bytes);
    }

    /// Returns how much has been added.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.0.len()
    }

    /// Returns what was added after the first `length` bytes.
    #[inline]
    pub(super) fn behind(&self, length: usize) -> &[u8] {
        &self.0.0[length..]
    }

    /// Ends the key, after all parts were added.
    #[inline]
    pub(super) fn finish(&mut self) {
        self.0.finish();
    }

    /// Returns the key, after [`finish`](Self::finish).
    #[inline]
    pub(crate) fn key(&self) -> &MemoryKey {
        &self.0
    }

    /// Returns the key, after [`finish`](Self::finish).
    #[inline]
    pub(crate) fn into_key(self) -> MemoryKey {
        self.0
    }
}

impl fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyHasher").finish_non_exhaustive()
    }
}
