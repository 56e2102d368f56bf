//! The types of settings, and how they are read and written: `#[serde(with = "setting")]`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};

use super::value::Value;
use super::{RegionKind, duration, size};

pub(super) trait Setting: Sized {
    /// # Errors
    ///
    /// The reason, without the path.
    fn read(value: Value) -> Result<Self, String>;

    /// Writes a value that [`read`](Self::read) accepts as the same setting.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Reads a setting; `null` counts as missing.
pub(super) fn deserialize<'de, T: Setting, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Nothing => Ok(None),
        value => T::read(value).map(Some).map_err(D::Error::custom),
    }
}

pub(super) fn serialize<T: Setting, S: Serializer>(setting: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match setting {
        Some(setting) => setting.write(serializer),
        None => serializer.serialize_none(),
    }
}

impl Serialize for RegionKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(serializer)
    }
}

impl<'de> Deserialize<'de> for RegionKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer)?.ok_or_else(|| D::Error::custom("missing"))
    }
}

/// Reads names of functions.
pub(super) fn functions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Nothing => Ok(Vec::new()),
        value => names("function", value).map_err(D::Error::custom),
    }
}

/// Reads lists of table names, by the name that they belong to.
pub(super) fn facts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    struct Tables(Option<Vec<String>>);

    impl<'de> Deserialize<'de> for Tables {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            match Value::deserialize(deserializer)? {
                Value::Nothing => Ok(Self(None)),
                value => names("table", value)
                    .map(|names| Self(Some(names)))
                    .map_err(D::Error::custom),
            }
        }
    }

    let facts = BTreeMap::<String, Tables>::deserialize(deserializer)?;
    let given = facts
        .into_iter()
        .filter_map(|(key, Tables(tables))| Some((key, tables?)));
    Ok(given.collect())
}

impl Setting for Duration {
    fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => duration::parse(&text),
            Value::Integer(_) | Value::Float(_) => {
                Err(format!("a duration needs a unit, as in \"90s\"; this is {value}"))
            }
            other => Err(format!("expected a duration such as \"1h 30m\", found {other}")),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&duration::format(*self))
    }
}

/// Bytes.
impl Setting for u64 {
    fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => size::parse(&text),
            Value::Integer(bytes) => {
                Self::try_from(bytes).map_err(|_| format!("invalid size {bytes}: it is not from 0 to {}", Self::MAX))
            }
            other => Err(format!(
                "expected a size such as \"64 MiB\", or a whole number of bytes, found {other}"
            )),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&size::format(*self))
    }
}

/// A share.
impl Setting for f64 {
    fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Float(share) => Ok(share),
            Value::Integer(share) => Ok(share as Self),
            Value::Text(text) => text
                .trim()
                .parse()
                .map_err(|_| format!("expected a number from 0.0 to 1.0, found {text:?}")),
            other => Err(format!("expected a number from 0.0 to 1.0, found {other}")),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(*self)
    }
}

impl Setting for PathBuf {
    fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(path) if !path.is_empty() => Ok(path.into()),
            other => Err(format!("expected a path, found {other}")),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self
            .to_str()
            .ok_or_else(|| S::Error::custom("directory: not Unicode"))?;
        serializer.serialize_str(text)
    }
}

impl Setting for RegionKind {
    fn read(value: Value) -> Result<Self, String> {
        let kind = match &value {
            Value::Text(name) => Self::ALL.into_iter().find(|kind| kind.as_str() == name),
            _ => None,
        };
        kind.ok_or_else(|| {
            let kinds = Self::ALL.map(Self::as_str).join("\", \"");
            format!("expected one of \"{kinds}\", found {value}")
        })
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Reads a list of names, or one string with commas, as in environment variables.
fn names(sort: &str, value: Value) -> Result<Vec<String>, String> {
    let wrong = |found: &Value| format!("expected a list of {sort} names, found {found}");
    let names: Vec<String> = match value {
        Value::Text(text) => text.split(',').map(|name| name.trim().to_owned()).collect(),
        Value::List(items) => items
            .into_iter()
            .map(|item| match item {
                Value::Text(name) => Ok(name),
                other => Err(wrong(&other)),
            })
            .collect::<Result<_, _>>()?,
        other => return Err(wrong(&other)),
    };
    match names.iter().any(String::is_empty) {
        true => Err(format!("expected a list of {sort} names, found an empty name")),
        false => Ok(names),
    }
}
