//! One setting's value, as a file holds it, and what becomes of it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{RegionKind, duration, size};

/// A value of any format, taken before it is judged, so that the judgement can name its place.
pub(super) enum Value {
    /// `null`: as if it were not there.
    Nothing,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Table,
}

/// What a setting may be.
pub(super) trait Setting: Sized {
    /// # Errors
    ///
    /// What is wrong, without saying where.
    fn read(value: Value) -> Result<Self, String>;
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
}

impl Setting for PathBuf {
    fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(path) if !path.is_empty() => Ok(path.into()),
            other => Err(format!("expected a path, found {other}")),
        }
    }
}

impl Setting for RegionKind {
    fn read(value: Value) -> Result<Self, String> {
        let kind = match &value {
            Value::Text(name) => Self::ALL.into_iter().find(|kind| kind.as_str() == name),
            _ => None,
        };
        kind.ok_or_else(|| format!("expected {}, found {value}", Self::names()))
    }
}

/// Names of tables.
impl Setting for Vec<String> {
    fn read(value: Value) -> Result<Self, String> {
        names("table", value)
    }
}

/// Names of functions.
pub(super) struct Functions(pub(super) Vec<String>);

impl Setting for Functions {
    fn read(value: Value) -> Result<Self, String> {
        names("function", value).map(Self)
    }
}

/// A list, or one text with commas, as environment variables hold lists.
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

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Bool(value) => write!(f, "`{value}`"),
            Self::Integer(number) => write!(f, "the number {number}"),
            Self::Float(number) => write!(f, "the number {number}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::List(_) => f.write_str("a list"),
            Self::Table => f.write_str("a table"),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Integer(number.into()))
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u128<E: Error>(self, number: u128) -> Result<Value, E> {
        Ok(Value::Integer(i128::try_from(number).unwrap_or(i128::MAX)))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Table)
    }
}
