//! The keys of values, which are not queries.

use super::cache_key::CacheKey;
use super::parts::hash_parts;

/// Replaces a query's format version, so no value has a query's key.
const FORMAT: &[u8] = b"diesel-cache value 1";

/// Computes the key of the value that a region stores under a name. The region is part of the key, so changing a value
/// in one region does not affect other regions.
pub(crate) fn value_key(namespace: &str, region: &str, name: &str) -> CacheKey {
    CacheKey::from_bytes(hash_parts(&[
        FORMAT,
        namespace.as_bytes(),
        region.as_bytes(),
        name.as_bytes(),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts_and_shows_where_it_ends() {
        let key = value_key("a", "b", "c");
        for other in [
            value_key("", "b", "c"),
            value_key("a", "", "c"),
            value_key("a", "b", ""),
            value_key("ab", "", "c"),
            value_key("a", "bc", ""),
            value_key("c", "b", "a"),
        ] {
            assert_ne!(key, other);
        }
    }

    #[test]
    fn it_is_the_same_in_every_build() {
        // If this fails, a new build does not find the entries of an older one: raise the format.
        assert_eq!(
            value_key("tenant-42", "default", "answer").to_string(),
            "ccf269973082495c2afffb1c55f201fa6ddc8ea862b9e3b615106743561714d3"
        );
    }
}
