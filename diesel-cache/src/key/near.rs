//! What memory finds an entry by.
//!
//! SHA-256 is for files and other processes. Within a process the parts of a key are compared as they are: the statement by the
//! digest of its text, all else byte by byte. That is cheaper than the key, and as exact. A map's hash over them only says where to
//! look; who has looked compares.

use std::fmt;
use std::hash::BuildHasher;
use std::sync::LazyLock;

use foldhash::quality::RandomState;
use sha2::{Digest, Sha256};
use smallvec::SmallVec;

use super::CacheKey;

/// The digest of a statement, namespace, and the binds of a usual query; more is put on the heap.
const INLINE: usize = 96;

/// Everything that a [`CacheKey`] is made of, the text of the statement as its SHA-256.
///
/// Two are equal if and only if their keys are, but that a value's differs from all queries'.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NearKey(pub(super) SmallVec<[u8; INLINE]>);

impl NearKey {
    /// To be continued by what a query adds to its statement, which is two bytes at least.
    #[inline]
    pub(super) fn of_statement(digest: &[u8; 32]) -> Self {
        Self(SmallVec::from_slice(digest))
    }

    /// Of what is not a query, and has nothing but its key.
    pub(crate) fn of_value(key: CacheKey) -> Self {
        Self(SmallVec::from_slice(key.as_bytes()))
    }

    /// The key of the query: what files and other processes find its rows by.
    pub(crate) fn key_of_query(&self) -> CacheKey {
        CacheKey::from_bytes(Sha256::digest(&self.0).into())
    }

    /// Where a map of this process is to look. Others cannot guess it: what users bind cannot be made to collide.
    #[inline]
    pub(crate) fn place(&self) -> u64 {
        static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::default);
        STATE.hash_one(&*self.0)
    }
}

impl fmt::Debug for NearKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the bytes: they are the user's data.
        f.debug_struct("NearKey").field("len", &self.0.len()).finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::key::{KeyHasher, Statement};

    fn near(sql: &str, namespace: [&str; 2], extra: Option<&str>, binds: &[&[u8]]) -> NearKey {
        let mut hasher = KeyHasher::new(&Statement::new("sqlite", sql.into()));
        for part in namespace {
            hasher.bytes(part.as_bytes());
        }
        hasher.optional(extra.map(str::as_bytes));
        binds.iter().for_each(|bind| hasher.bytes(bind));
        hasher.finish()
    }

    #[test]
    fn every_part_counts_and_says_where_it_ends() {
        let long = [b'x'; 2 * INLINE];
        let keys = [
            near("SELECT 1", ["", ""], None, &[]),
            near("SELECT 2", ["", ""], None, &[]),
            near("SELECT 1", ["a", ""], None, &[]),
            near("SELECT 1", ["", "a"], None, &[]),
            near("SELECT 1", ["ab", "c"], None, &[]),
            near("SELECT 1", ["a", "bc"], None, &[]),
            near("SELECT 1", ["", ""], Some(""), &[]),
            near("SELECT 1", ["", ""], Some("a"), &[]),
            near("SELECT 1", ["", ""], None, &[b"a"]),
            near("SELECT 1", ["", ""], None, &[b"", b"a"]),
            near("SELECT 1", ["", ""], None, &[b"a", b""]),
            near("SELECT 1", ["", ""], None, &[&long]),
            near("SELECT 1", ["", ""], None, &[&long[1..], b"x"]),
            NearKey::of_value(CacheKey::from_bytes([1; 32])),
        ];
        for (at, one) in keys.iter().enumerate() {
            for other in &keys[..at] {
                assert_ne!(one, other);
                assert_ne!(one.key_of_query(), other.key_of_query());
                assert_ne!(one.place(), other.place());
            }
            assert_eq!((one, one.place()), (&one.clone(), one.clone().place()));
        }
    }
}
