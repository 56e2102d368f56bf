//! The identities of caches, so that a reference to a region of one cache finds nothing in another.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use sha2::{Digest, Sha256};

/// Identifies a cache in one of its namespaces, among all caches that this process has ever had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct HandleIdentity(u128);

impl HandleIdentity {
    /// Returns a number that no other cache of this process has.
    pub(crate) fn next_cache() -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        NEXT.fetch_add(1, Relaxed)
    }

    pub(crate) fn new(cache: u64, namespace: &str) -> Self {
        let hash = Sha256::new_with_prefix(cache.to_le_bytes()).chain_update(namespace);
        let bytes = <[u8; 32]>::from(hash.finalize());
        let (half, _) = bytes.split_first_chunk().unwrap_or((&[0; 16], &[]));
        Self(u128::from_le_bytes(*half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_differ_by_cache_and_by_namespace() {
        let (one, other) = (HandleIdentity::next_cache(), HandleIdentity::next_cache());
        assert_eq!(HandleIdentity::new(one, "a"), HandleIdentity::new(one, "a"));
        assert_ne!(HandleIdentity::new(one, "a"), HandleIdentity::new(one, "b"));
        assert_ne!(HandleIdentity::new(one, "a"), HandleIdentity::new(other, "a"));
    }
}
