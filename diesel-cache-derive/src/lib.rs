//! The derive macro of [`diesel-cache`](https://docs.rs/diesel-cache).
//!
//! Use it from there: `diesel_cache::Cacheable` is both the trait and its derive.

// parse → input → rules → code
mod ast;
mod attr;
mod bound;
mod expand;
mod field;
mod valid;

use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// Implements `Cacheable`, so that rows of this type can be cached.
///
/// # What is generated
///
/// An impl that encodes the fields one after the other, and the fingerprint of the type
/// (`Cacheable::LAYOUT`) that every cached entry carries. An entry of another layout is a miss: rename the type, rename, reorder,
/// add or remove a field, or change a field's type, and the rows come from the database again.
///
/// Nothing else is derived or needed. In particular the impl does not go through serde's derives: a model may have them or
/// not, and whatever `#[serde(…)]` says there has no effect on what is cached.
///
/// ```
/// use diesel::prelude::*;
/// use diesel_cache::Cacheable;
///
/// diesel::table! {
///     person (id) {
///         id -> Integer,
///         name -> Text,
///         nickname -> Nullable<Text>,
///     }
/// }
///
/// #[derive(Queryable, Selectable, Cacheable)]
/// #[diesel(table_name = person)]
/// struct Person {
///     id: i32,
///     name: String,
///     nickname: Option<String>,
/// }
/// ```
///
/// The type may be a struct or an enum, of every kind. Each of its fields must be `Cacheable`, or carry one of the attributes
/// below. Type parameters that are part of a field are bounded by `Cacheable`:
///
/// ```
/// use diesel_cache::Cacheable;
///
/// #[derive(Cacheable)]
/// enum Contact {
///     Unknown,
///     Mail(String),
///     Post { street: String, number: i32 },
/// }
///
/// // impl<T: Cacheable> Cacheable for Versioned<T>
/// #[derive(Cacheable)]
/// struct Versioned<T> {
///     version: i64,
///     row: T,
/// }
///
/// fn is_cacheable<T: Cacheable>() {}
/// is_cacheable::<Versioned<Contact>>();
/// ```
///
/// Three kinds of types are refused: those with lifetime parameters, since a cached row outlives its query; unions; and
/// types that contain themselves, since their layout would, too (mark the field that does with one of the attributes below). Two
/// types that contain each other are found by the compiler, as a cycle in the evaluation of `LAYOUT`.
///
/// # Container attributes
///
/// ## `#[cacheable(crate = "path")]`
///
/// Where `diesel_cache` is, for macros and crates that re-export it. Defaults to `::diesel_cache`.
///
/// # Field attributes
///
/// ## `#[cacheable(serde)]`
///
/// Encodes the field by its type's `serde::Serialize` and `serde::Deserialize`: for types of other crates that know serde and
/// nothing of this crate.
///
/// ```
/// use diesel_cache::Cacheable;
///
/// // in another crate:
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Color(u8, u8, u8);
///
/// #[derive(Cacheable)]
/// struct Theme {
///     name: String,
///     #[cacheable(serde)]
///     accent: Color,
/// }
/// ```
///
/// ## `#[cacheable(with = "module")]`
///
/// Encodes the field by `module::serialize` and `module::deserialize`, whose signatures are those of serde's own `with`.
///
/// ```
/// use diesel_cache::Cacheable;
///
/// // in another crate, without serde:
/// struct Meters(f64);
///
/// mod meters {
///     use serde::{Deserialize, Deserializer, Serializer};
///
///     use super::Meters;
///
///     pub(super) fn serialize<S: Serializer>(length: &Meters, serializer: S) -> Result<S::Ok, S::Error> {
///         serializer.serialize_f64(length.0)
///     }
///
///     pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Meters, D::Error> {
///         f64::deserialize(deserializer).map(Meters)
///     }
/// }
///
/// #[derive(Cacheable)]
/// struct Track {
///     name: String,
///     #[cacheable(with = "meters")]
///     length: Meters,
/// }
/// ```
///
/// ## What these two cannot see
///
/// The layout of such a field is the text of its type and of the attribute, which is all that the derive knows. When you change what
/// the type or the module *writes*, change one of the texts as well (rename the module, say), or clear the
/// region. For the same reason the attributes do not serve fields whose type has a generic parameter of the struct in it.
///
/// The bytes have no field names. serde impls that need them cannot be decoded, and their rows are not cached: `flatten`, `untagged`, `tag = "…"` and
/// `skip_serializing_if`. Worse are impls that write other fields than they read (`skip_serializing` without
/// `skip_deserializing`): nobody can see that, so use `with` for those.
#[proc_macro_derive(Cacheable, attributes(cacheable))]
pub fn derive_cacheable(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = attr::Errors::default();
    let input = ast::Input::new(&input, &mut errors);
    valid::check(&input, &mut errors);
    match errors.into_result() {
        Ok(()) => expand::expand(&input),
        Err(error) => {
            let errors = error.into_compile_error();
            let fallback = expand::fallback(&input);
            quote!(#errors #fallback)
        }
    }
    .into()
}
