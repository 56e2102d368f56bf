//! The types of settings, and how they are read and written: `#[serde(with = "setting")]`.

use std::path::PathBuf;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};

use super::coherence::Coherence;
use super::kind::RegionKind;
use super::redis_url::RedisUrl;
use super::value::Value;
use super::{duration, size};

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

impl Serialize for RedisUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(serializer)
    }
}

impl<'de> Deserialize<'de> for RedisUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer)?.ok_or_else(|| D::Error::custom("missing"))
    }
}

impl<'de> Deserialize<'de> for RegionKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer)?.ok_or_else(|| D::Error::custom("missing"))
    }
}

impl Setting for Duration {
    fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => duration::parse(&text),
            Value::Integer(_) | Value::Float(_) => Err(format!(
                "expected a duration with a unit, such as \"90s\", found {value}"
            )),
            other => Err(format!("expected a duration such as \"1h 30m\", found {other}")),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&duration::format(*self))
    }
}

impl Setting for bool {
    fn read(value: Value) -> Result<Self, String> {
        match &value {
            Value::Bool(on) => Ok(*on),
            Value::Text(text) if text.trim() == "true" => Ok(true),
            Value::Text(text) if text.trim() == "false" => Ok(false),
            other => Err(format!("expected `true` or `false`, found {other}")),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self)
    }
}

/// A size in bytes.
impl Setting for u64 {
    fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => size::parse(&text),
            Value::Integer(bytes) => Self::try_from(bytes)
                .map_err(|_| format!("invalid size {bytes}: expected a number from 0 to {}", Self::MAX)),
            other => Err(format!(
                "expected a size such as \"64 MiB\", or a whole number of bytes, found {other}"
            )),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&size::format(*self))
    }
}

/// A number of things.
impl Setting for usize {
    fn read(value: Value) -> Result<Self, String> {
        let number = match &value {
            Value::Text(text) => text.trim().parse().ok(),
            Value::Integer(number) => Self::try_from(*number).ok(),
            _ => None,
        };
        number.ok_or_else(|| format!("expected a whole number from 0, found {value}"))
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(*self as u64)
    }
}

/// A share from 0.0 to 1.0.
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

impl Setting for RedisUrl {
    fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(url) if !url.trim().is_empty() => Ok(url.trim().into()),
            // The text does not show the value, which may hold a password.
            _ => Err("expected a URL such as \"redis://host:6379/0\"".to_owned()),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
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

impl Setting for Coherence {
    fn read(value: Value) -> Result<Self, String> {
        let coherence = match &value {
            Value::Text(name) => Self::ALL.into_iter().find(|coherence| coherence.as_str() == name),
            _ => None,
        };
        coherence.ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join("\", \"");
            format!("expected one of \"{all}\", found {value}")
        })
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Setting for String {
    fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => Ok(text),
            other => Err(format!("expected text, found {other}")),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}
