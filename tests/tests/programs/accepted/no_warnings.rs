//! Generated code is warning free under every lint that a careful crate denies.
#![deny(
    warnings,
    deprecated,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    nonstandard_style,
    redundant_imports,
    redundant_lifetimes,
    rust_2018_idioms,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unused,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![forbid(unsafe_code)]

//! Documented.

use diesel_cache::Cacheable;

/// Documented.
#[derive(Cacheable, Debug)]
#[allow(missing_copy_implementations)]
pub struct Row {
    /// Documented.
    pub id: i32,
    /// Documented.
    #[deprecated]
    pub old: bool,
    /// Documented.
    #[cacheable(serde)]
    pub by_serde: String,
    /// Documented.
    #[cacheable(with = "module")]
    pub by_module: String,
}

mod module {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        text.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer)
    }
}

/// Documented.
#[derive(Cacheable, Debug)]
#[deprecated]
pub struct Old(#[deprecated] u8, Vec<String>);

/// Documented.
#[derive(Cacheable, Debug)]
pub enum Kind<T, const N: usize>
where
    T: Clone,
{
    /// Documented.
    #[deprecated]
    Old,
    /// Documented.
    New([T; N]),
    /// Documented.
    Named {
        /// Documented.
        #[deprecated]
        value: T,
    },
}

/// Documented.
#[derive(Cacheable, Debug)]
#[non_exhaustive]
#[allow(missing_copy_implementations)]
pub struct Unit;

mod private {
    #[derive(diesel_cache::Cacheable, Debug)]
    pub(super) struct Hidden {
        secret: Inner,
    }

    #[derive(diesel_cache::Cacheable, Debug)]
    struct Inner(Vec<i32>);

    impl Hidden {
        pub(super) fn new() -> Self {
            Self { secret: Inner(vec![1]) }
        }
    }
}

#[test]
fn compiles() {
    println!("{:?}", private::Hidden::new());
}
