//! The key of an entry in memory.
//!
//! SHA-256 is for files and other processes. Within a process the parts of a key are compared directly: the statement
//! by the digest of its text, and the rest byte by byte. This is cheaper than the key, and as exact. A map's hash of
//! the parts only says where to look; the parts found there are compared.

use std::fmt;
use std::hash::BuildHasher;
use std::sync::LazyLock;

use foldhash::quality::RandomState;
use sha2::{Digest, Sha256};
use smallvec::SmallVec;

use super::cache_key::CacheKey;
use super::parts::{read_number, write_number};

/// Room for the digest of a statement, a namespace, and the binds of a usual query. Longer keys are on the heap.
const INLINE: usize = 96;

/// Longer parts (a list of ids, a blob) are stored as their SHA-256, so that long binds do not make entries large. The
/// session's state is measured separately.
const LONGEST: usize = 256;

/// Marks such a SHA-256. In a key without one, this is the length of a namespace, and that many bytes would have to
/// follow.
const HASHED: u8 = 127;

/// Marks such a SHA-256 that is followed by the session's state. This is not the shortest form of a number, so no
/// length begins like this.
const HASHED_WITH_CONTEXT: [u8; 2] = [0x80, 0];

/// Marks a long session state: its SHA-256 comes first, and then the rest.
const LONG_CONTEXT: [u8; 2] = [0x81, 0];

/// The length of a SHA-256.
const HASH: usize = 32;

/// The length of a statement's digest.
const DIGEST: usize = 32;

/// All parts of a [`CacheKey`]: the statement's text as its SHA-256, and the rest directly, or as its SHA-256 if it is
/// long.
///
/// Two are equal if and only if their keys are equal. A value's differs from those of all queries.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct MemoryKey(pub(super) SmallVec<[u8; INLINE]>);

impl MemoryKey {
    /// A key without any part.
    #[inline]
    pub(super) fn empty() -> Self {
        Self(SmallVec::new())
    }

    /// Begins the key of a query with its statement. The other parts of the query follow, at least two bytes.
    #[inline]
    pub(super) fn begin<const MORE: usize>(&mut self, digest: &[u8; DIGEST], more: [u8; MORE]) {
        self.0.extend_from_slice(digest);
        self.0.extend_from_slice(&more);
    }

    /// Ends the key after all parts were added.
    #[inline]
    pub(super) fn finish(&mut self) {
        if self.0.len() > LONGEST {
            *self = self.shortened();
        }
    }

    /// The session's state is stored separately from the rest, so that [`without_context`](Self::without_context) can
    /// find it.
    #[cold]
    fn shortened(&self) -> Self {
        let (digest, rest) = self.0.split_at(DIGEST);
        let Parts { before, context, after } = Parts::of(rest);
        let mut short = SmallVec::from_slice(digest);
        if context.is_empty() {
            short.push(HASHED);
            short.extend_from_slice(&Sha256::digest(rest));
        } else if DIGEST + before.len() + 1 + after.len() > LONGEST {
            short.extend_from_slice(&HASHED_WITH_CONTEXT);
            let hash = Sha256::new().chain_update(before).chain_update([0]).chain_update(after);
            short.extend_from_slice(&hash.finalize());
            write_number(context.len() as u64, |byte| short.push(byte));
            match context.len() <= LONGEST {
                true => short.extend_from_slice(context),
                false => short.extend_from_slice(&Sha256::digest(context)),
            }
        } else if context.len() > LONGEST {
            short.extend_from_slice(&LONG_CONTEXT);
            short.extend_from_slice(&Sha256::digest(context));
            short.extend_from_slice(before);
            short.push(0);
            short.extend_from_slice(after);
        } else {
            return self.clone();
        }
        Self(short)
    }

    /// Returns the key of the same query without the session's state; `None` if there is no state.
    fn without_context(&self) -> Option<Self> {
        let (digest, rest) = self.0.split_at_checked(DIGEST)?;
        let mut base = SmallVec::from_slice(digest);
        if let Some(hashed) = rest.strip_prefix(&HASHED_WITH_CONTEXT) {
            base.push(HASHED);
            base.extend_from_slice(hashed.get(..HASH)?);
        } else if let Some(long) = rest.strip_prefix(&LONG_CONTEXT) {
            base.extend_from_slice(long.get(HASH..)?);
        } else if rest.first() == Some(&HASHED) && rest.len() == 1 + HASH {
            return None;
        } else {
            let Parts { before, context, after } = Parts::of(rest);
            if context.is_empty() {
                return None;
            }
            base.extend_from_slice(before);
            base.push(0);
            base.extend_from_slice(after);
        }
        Some(Self(base))
    }

    /// Returns the bytes that it takes on the heap.
    pub(crate) fn heap(&self) -> usize {
        if self.0.spilled() { self.0.len() } else { 0 }
    }

    /// Creates the key of a value, which has no other parts.
    pub(crate) fn of_value(key: CacheKey) -> Self {
        Self(SmallVec::from_slice(key.as_bytes()))
    }

    /// Returns the key of the query without the session's state, which is the same for all connections. `key` is the
    /// [query's key](Self::key_of_query).
    pub(crate) fn key_of_all(&self, key: CacheKey) -> CacheKey {
        self.without_context().map_or(key, |base| base.key_of_query())
    }

    /// Returns the key of the query, under which files and other processes find its rows.
    pub(crate) fn key_of_query(&self) -> CacheKey {
        CacheKey::from_bytes(Sha256::digest(&self.0).into())
    }

    /// Returns the hash for a map of this process. It is seeded, so users cannot choose binds that collide.
    #[inline]
    pub(crate) fn position(&self) -> u64 {
        static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::default);
        STATE.hash_one(&*self.0)
    }
}

/// The bytes after a statement's digest.
struct Parts<'a> {
    /// The namespace, with its length.
    before: &'a [u8],
    /// The session's state, without its length.
    context: &'a [u8],
    after: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let parts = || {
            let (_, rest) = split_part(bytes)?;
            let before = &bytes[..bytes.len() - rest.len()];
            let (context, after) = split_part(rest)?;
            Some(Self { before, context, after })
        };
        parts().unwrap_or(Self {
            before: bytes,
            context: &[],
            after: &[],
        })
    }
}

/// Splits off bytes that were written after their length.
fn split_part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = read_number(bytes)?;
    rest.split_at_checked(usize::try_from(length).ok()?)
}

impl fmt::Debug for MemoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the bytes: they are the user's data.
        f.debug_struct("MemoryKey").field("len", &self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{KeyHasher, Statement};

    fn memory_key(sql: &str, namespace: [&str; 2], extra: Option<&str>, binds: &[&[u8]]) -> MemoryKey {
        let mut hasher = KeyHasher::new();
        hasher.begin(&Statement::new("sqlite", sql.into()), namespace, &extra.into());
        binds.iter().for_each(|bind| hasher.bytes(bind));
        hasher.finish();
        hasher.into_key()
    }

    #[test]
    fn every_part_counts_and_shows_where_it_ends() {
        let (long, longest) = ([b'x'; 2 * INLINE], [b'x'; 2 * LONGEST]);
        let keys = [
            memory_key("SELECT 1", ["", ""], None, &[]),
            memory_key("SELECT 2", ["", ""], None, &[]),
            memory_key("SELECT 1", ["a", ""], None, &[]),
            memory_key("SELECT 1", ["", "a"], None, &[]),
            memory_key("SELECT 1", ["ab", "c"], None, &[]),
            memory_key("SELECT 1", ["a", "bc"], None, &[]),
            memory_key("SELECT 1", ["", ""], Some(""), &[]),
            memory_key("SELECT 1", ["", ""], Some("a"), &[]),
            memory_key("SELECT 1", ["", ""], Some("a name that takes more than its place"), &[]),
            memory_key(
                "SELECT 1",
                ["", ""],
                Some("a name that takes more than its place has"),
                &[],
            ),
            memory_key(
                "SELECT 1",
                ["", ""],
                Some("a name that takes more than its place does"),
                &[],
            ),
            memory_key("SELECT 1", ["", ""], None, &[b"a"]),
            memory_key("SELECT 1", ["", ""], None, &[b"", b"a"]),
            memory_key("SELECT 1", ["", ""], None, &[b"a", b""]),
            memory_key("SELECT 1", ["", ""], None, &[&long]),
            memory_key("SELECT 1", ["", ""], None, &[&long[1..], b"x"]),
            memory_key("SELECT 1", ["", ""], None, &[&longest]),
            memory_key("SELECT 1", ["", ""], None, &[&longest[1..], b"x"]),
            memory_key("SELECT 1", ["", ""], None, &[&longest, b""]),
            memory_key("SELECT 2", ["", ""], None, &[&longest]),
            MemoryKey::of_value(CacheKey::from_bytes([1; 32])),
        ];
        for (at, one) in keys.iter().enumerate() {
            for other in &keys[..at] {
                assert_ne!(one, other);
                assert_ne!(one.key_of_query(), other.key_of_query());
                assert_ne!(one.position(), other.position());
            }
            assert_eq!((one, one.position()), (&one.clone(), one.clone().position()));
            assert!(one.0.len() <= LONGEST);
        }
    }

    #[test]
    fn the_key_of_all_does_not_depend_on_the_settings_of_the_connection() {
        let (long, longest) = ("c".repeat(2 * INLINE), "c".repeat(2 * LONGEST));
        let contexts = ["", "c", &long, &longest, &longest[1..]];
        let blob = [b'x'; 2 * LONGEST];
        let binds: [&[&[u8]]; 5] = [&[], &[b"a"], &[&blob[..INLINE]], &[&blob[..LONGEST - 60]], &[&blob]];
        let mut all = Vec::new();
        for namespace in ["", "n", &"n".repeat(HASHED.into())] {
            for extra in [None, Some("extra")] {
                for binds in binds {
                    let keys = contexts.map(|context| memory_key("SELECT 1", [namespace, context], extra, binds));
                    let plain = keys[0].key_of_query();
                    for (at, key) in keys.iter().enumerate() {
                        assert_eq!(key.key_of_all(key.key_of_query()), plain);
                        assert_eq!(key.without_context().is_none(), at == 0);
                        assert!(key.0.len() <= 2 * LONGEST);
                        assert!(keys[..at].iter().all(|other| key != other));
                    }
                    all.extend(keys);
                }
            }
        }
        let positions: std::collections::HashSet<u64> = all.iter().map(MemoryKey::position).collect();
        let keys: std::collections::HashSet<CacheKey> = all.iter().map(MemoryKey::key_of_query).collect();
        assert_eq!((positions.len(), keys.len()), (all.len(), all.len()));
    }

    #[test]
    fn a_usual_key_has_the_form_of_all_others() {
        let usual = memory_key("SELECT 1", ["", ""], None, &[b"a"]);
        let statement = Statement::new("sqlite", "SELECT 1".into());
        assert_eq!(usual.0[..DIGEST], *statement.digest());
        assert_eq!(
            usual.0[DIGEST..],
            [0, 0, 0, 1, b'a'],
            "two lengths, no extra key, a bind"
        );
        let named = memory_key("SELECT 1", ["n", ""], None, &[]);
        assert_eq!(named.0[DIGEST..], [1, b'n', 0, 0]);
    }

    #[test]
    fn no_binds_look_like_a_hash() {
        let hashed = memory_key("SELECT 1", ["", ""], None, &[&[b'x'; 2 * LONGEST]]);
        assert_eq!((hashed.0.len(), hashed.0[DIGEST]), (DIGEST + 1 + 32, HASHED));
        // The shortest key with that byte there has a namespace of that length, and is much longer.
        let namespace = "n".repeat(HASHED.into());
        let other = memory_key("SELECT 1", [&namespace, ""], None, &[]);
        assert_eq!(other.0[DIGEST], HASHED);
        assert!(other.0.len() > hashed.0.len());
    }
}
