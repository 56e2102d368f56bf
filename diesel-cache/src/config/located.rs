//! A deserializer that adds the path to every error, in any format.
//!
//! `serde_path_to_error` knows the path only after the format has created its error, which it then has to wrap. A TOML
//! error would lose its span, and the path would precede the excerpt instead of the reason. This deserializer knows the
//! path beforehand. So the format receives the path together with the reason, and adds line and column as for its own
//! errors. This deserializer also rewords the errors of serde's derive, and refuses what the derive would accept: a
//! duplicate key, and a list in place of a table.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};

use super::value::{Any, OnTable, Value};

/// Reads the outermost table.
///
/// # Errors
///
/// The first defect, after its path.
pub(super) fn read<'de, D, T>(
    deserializer: D,
    read: impl FnOnce(Located<'static, D>) -> Result<T, Fault<D::Error>>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    let located = Located { path: "", deserializer };
    read(located).map_err(|fault| fault.at(""))
}

/// A deserializer, with the path of the value that it reads.
pub(super) struct Located<'a, D> {
    path: &'a str,
    deserializer: D,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Located<'_, D> {
    type Error = Fault<D::Error>;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.deserializer.deserialize_any(visitor).map_err(Fault::Format)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let table = Table {
            path: self.path,
            visitor,
        };
        match self.deserializer.deserialize_any(Any(table)) {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(found)) => Err(Fault::custom(format_args!("expected a table, found {found}"))),
            Err(error) => Err(Fault::Format(error)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.deserialize_map(visitor)
    }

    /// Reads a table that may be missing: no other setting is an `Option` for serde.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let mut visitor = Some(visitor);
        let table = OptionalTable {
            path: self.path,
            visitor: &mut visitor,
        };
        match (self.deserializer.deserialize_any(Any(table)), visitor) {
            (Ok(Ok(read)), _) => Ok(read),
            (Ok(Err(Value::Nothing)), Some(visitor)) => visitor.visit_none(),
            (Ok(Err(found)), _) => Err(Fault::custom(format_args!("expected a table, found {found}"))),
            (Err(error), _) => Err(Fault::Format(error)),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct enum identifier ignored_any
    }
}

/// A visitor for a table.
struct Table<'a, V> {
    path: &'a str,
    visitor: V,
}

impl<'de, V: Visitor<'de>> OnTable<'de> for Table<'_, V> {
    type Read = V::Value;

    fn read<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let Self { path, visitor } = self;
        visitor
            .visit_map(Entries::new(path, map))
            .map_err(|fault| fault.at(path))
    }
}

/// A visitor for a table that may be missing. It is left where it was if there is none.
struct OptionalTable<'a, V> {
    path: &'a str,
    visitor: &'a mut Option<V>,
}

impl<'de, V: Visitor<'de>> OnTable<'de> for OptionalTable<'_, V> {
    type Read = V::Value;

    fn read<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let visitor = self.visitor.take().ok_or_else(|| A::Error::custom("read twice"))?;
        let entries = MapAccessDeserializer::new(Entries::new(self.path, map));
        visitor.visit_some(entries).map_err(|fault| fault.at(self.path))
    }
}

struct Entries<'a, A> {
    path: &'a str,
    map: A,
    /// The last key read.
    key: String,
    taken: BTreeSet<String>,
}

impl<'a, A> Entries<'a, A> {
    fn new(path: &'a str, map: A) -> Self {
        Self {
            path,
            map,
            key: String::new(),
            taken: BTreeSet::new(),
        }
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, A> {
    type Error = Fault<A::Error>;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let key = Key {
            path: self.path,
            seed,
            key: &mut self.key,
            taken: &mut self.taken,
        };
        self.map.next_key_seed(key).map_err(Fault::Format)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        let path = join(self.path, &self.key);
        self.map.next_value_seed(Below { path, seed }).map_err(Fault::Format)
    }
}

/// A key of a table. As for a value, its defects become the format's errors here, where the format knows the line.
struct Key<'a, K> {
    path: &'a str,
    seed: K,
    key: &'a mut String,
    taken: &'a mut BTreeSet<String>,
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Key<'_, K> {
    type Value = K::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K::Value, D::Error> {
        *self.key = String::deserialize(deserializer)?;
        let read = match self.taken.insert(self.key.clone()) {
            true => self.seed.deserialize(self.key.as_str().into_deserializer()),
            false => Err(Fault::of_key(self.key, "given twice")),
        };
        read.map_err(|fault| fault.at(self.path))
    }
}

/// A value under a key.
struct Below<S> {
    path: String,
    seed: S,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Below<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        let located = Located {
            path: &self.path,
            deserializer,
        };
        self.seed.deserialize(located).map_err(|fault| fault.at(&self.path))
    }
}

/// A defect of a table or a value.
#[derive(Debug)]
pub(super) enum Fault<E> {
    /// The format's own error, or one that already has its path.
    Format(E),
    /// A reason, and the key of the table that it concerns, if any. The path is not added yet.
    Defect { key: Option<String>, reason: String },
}

impl<E: Error> Fault<E> {
    fn of_key(key: &str, reason: impl fmt::Display) -> Self {
        Self::Defect {
            key: Some(key.to_owned()),
            reason: reason.to_string(),
        }
    }

    /// Returns the format's error, for a table or a value at this path.
    fn at(self, path: &str) -> E {
        let (key, reason) = match self {
            Self::Format(error) => return error,
            Self::Defect { key, reason } => (key, reason),
        };
        let path = key.map_or_else(|| path.to_owned(), |key| join(path, &key));
        match path.as_str() {
            "" => E::custom(reason),
            path => E::custom(format_args!("{path}: {reason}")),
        }
    }
}

impl<E: Error> Error for Fault<E> {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::Defect {
            key: None,
            reason: reason.to_string(),
        }
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        let known = known.join("`, `");
        Self::of_key(key, format_args!("unknown key, expected one of `{known}`"))
    }

    fn missing_field(key: &'static str) -> Self {
        Self::of_key(key, "missing")
    }
}

impl<E: fmt::Display> fmt::Display for Fault<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(error) => error.fmt(f),
            Self::Defect { reason, .. } => f.write_str(reason),
        }
    }
}

impl<E: Error> std::error::Error for Fault<E> {}

fn join(path: &str, key: &str) -> String {
    let key = key.escape_debug();
    match path {
        "" => key.to_string(),
        path => format!("{path}.{key}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::CacheConfig;

    fn json_error(text: &str) -> String {
        serde_json::from_str::<CacheConfig>(text).unwrap_err().to_string()
    }

    #[test]
    fn what_the_derive_lets_pass_is_refused() {
        for (text, expected) in [
            (
                r#"{ "regions": { "a": ["disk"] } }"#,
                "regions.a: expected a table, found a list",
            ),
            (r#"["data/cache"]"#, "expected a table, found a list"),
            (
                r#"{ "regions": { "a": { "kind": "disk" }, "a": { "kind": "null" } } }"#,
                "regions.a: given twice",
            ),
            (r#"{ "views": { "a": "x", "a": "y" } }"#, "views.a: given twice"),
            (
                r#"{ "regions": { "a": { "kind": "disk", "jitter": null, "jitter": 1 } } }"#,
                "regions.a.jitter: given twice",
            ),
        ] {
            let error = json_error(text);
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }

    #[test]
    fn null_is_as_if_it_were_not_there() {
        let text =
            r#"{ "directory": null, "function_changes_session": null, "cluster": null, "views": { "v": null } }"#;
        assert_eq!(
            serde_json::from_str::<CacheConfig>(text).ok(),
            Some(CacheConfig::default())
        );
        let error = json_error(r#"{ "regions": { "a": { "kind": null } } }"#);
        assert!(error.starts_with("regions.a.kind: missing"), "{error}");
    }

    #[test]
    fn the_format_adds_the_line_whatever_is_wrong() {
        for (text, line, expected) in [
            ("doubt_grace = '1s'\n[regionz]\n", "line 2", "regionz: unknown key"),
            (
                "doubt_grace = '1s'\n[regions.a]\njitter = 1\n",
                "line 2",
                "regions.a.kind: missing",
            ),
            (
                "[regions]\na = 'disk'\n",
                "line 2",
                "regions.a: expected a table, found \"disk\"",
            ),
            (
                "[views]\nb = 'x'\na = ['x', 1]\n",
                "line 3",
                "views.a: expected a list of table names",
            ),
        ] {
            let error = toml::from_str::<CacheConfig>(text).unwrap_err().to_string();
            assert!(error.contains(line) && error.contains(expected), "{text}: {error}");
        }
    }
}
