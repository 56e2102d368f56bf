//! The parts of a key besides the query, and the properties of the key type.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_cache::CacheKey;

use super::schema::{item, mysql, pg, sqlite};

fn with(namespace: &str, extra: Option<&str>) -> CacheKey {
    CacheKey::of::<Sqlite, _>(&item::table.find(1), namespace, extra).unwrap()
}

#[test]
fn namespace_and_extra_key_change_the_key() {
    let keys = [
        with("", None),
        with("", Some("")),
        with("a", None),
        with("b", None),
        with("a", Some("")),
        with("", Some("a")),
        with("a", Some("b")),
        with("ab", None),
        with("", Some("ab")),
        with("ab", Some("")),
        with("b", Some("a")),
        with("a\0", None),
        with("a\u{1}", Some("b")),
        with("a", Some("\u{1}b")),
        with(&"n".repeat(128), None),
        with(&"n".repeat(127), None),
        with(&"n".repeat(127), Some("n")),
    ];
    assert_eq!(HashSet::from(keys).len(), keys.len());
    assert_eq!(with("a", Some("b")), with("a", Some("b")));
}

/// A query without binds has one text and no bytes on each backend, up to its quotes; `select(1)`-like queries not even
/// those.
#[test]
fn the_backend_changes_the_key() {
    #[derive(diesel::query_builder::QueryId)]
    struct SelectOne;
    impl<DB: diesel::backend::Backend> diesel::query_builder::QueryFragment<DB> for SelectOne {
        fn walk_ast<'b>(&'b self, mut pass: diesel::query_builder::AstPass<'_, 'b, DB>) -> QueryResult<()> {
            pass.push_sql("SELECT 1");
            Ok(())
        }
    }
    // In both orders: one query type, three backends, one memo.
    let once = [sqlite(&SelectOne), pg(&SelectOne), mysql(&SelectOne)];
    let again = [mysql(&SelectOne), pg(&SelectOne), sqlite(&SelectOne)];
    assert_eq!(HashSet::from(once).len(), 3);
    assert_eq!(once, [again[2], again[1], again[0]]);
}

#[test]
fn a_key_reads_back_from_its_bytes_and_prints_as_hexadecimal() {
    let key = with("", None);
    assert_eq!(CacheKey::from_bytes(*key.as_bytes()), key);

    let mut bytes = [0; 32];
    bytes[0] = 0x0f;
    bytes[31] = 0xa0;
    let printed = format!("0f{}a0", "00".repeat(30));
    assert_eq!(CacheKey::from_bytes(bytes).to_string(), printed);
    assert_eq!(format!("{:?}", CacheKey::from_bytes(bytes)), printed);
}

#[test]
fn keys_order_as_their_bytes_and_equal_keys_hash_alike() {
    let low = CacheKey::from_bytes([1; 32]);
    let high = CacheKey::from_bytes([2; 32]);
    assert!(low < high);

    let hash = |key: CacheKey| {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        hasher.finish()
    };
    assert_eq!(hash(low), hash(CacheKey::from_bytes([1; 32])));
    assert_ne!(hash(low), hash(high));
}
