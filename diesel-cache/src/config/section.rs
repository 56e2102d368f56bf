//! Tables of settings, read key by key, so that every error names its place, whatever the format.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::value::{Setting, Value};

/// A table of settings.
pub(super) trait Section {
    /// Takes one of its keys.
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, place: Place<'_, A>) -> Result<(), A::Error>;

    /// All keys have been taken.
    ///
    /// # Errors
    ///
    /// The key that is missing.
    fn end(&mut self) -> Result<(), &'static str> {
        Ok(())
    }
}

/// Where in a configuration a key stands, with its value yet to be read.
pub(super) struct Place<'a, A> {
    path: String,
    map: &'a mut A,
}

impl<'de, A: MapAccess<'de>> Place<'_, A> {
    /// Reads the value; `null` leaves what was there.
    pub(super) fn read<T: Setting>(self, setting: &mut Option<T>) -> Result<(), A::Error> {
        let seed = Leaf {
            path: self.path,
            setting,
        };
        self.map.next_value_seed(seed)
    }

    /// Reads a table.
    pub(super) fn section(self, section: &mut impl Section) -> Result<(), A::Error> {
        self.map.next_value_seed(Table {
            path: self.path,
            section,
        })
    }

    /// There is no such key.
    pub(super) fn unknown(self, known: &[&str]) -> Result<(), A::Error> {
        let Self { path, .. } = self;
        Err(A::Error::custom(format_args!(
            "{path}: unknown key, expected one of `{}`",
            known.join("`, `")
        )))
    }
}

/// A value, and where it goes. Judged inside of the seed, for formats that tell line and column of what fails there.
struct Leaf<'a, T> {
    path: String,
    setting: &'a mut Option<T>,
}

impl<'de, T: Setting> DeserializeSeed<'de> for Leaf<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let value: Value = serde::Deserialize::deserialize(deserializer)?;
        if !matches!(value, Value::Nothing) {
            let path = self.path;
            let read = T::read(value).map_err(|reason| D::Error::custom(format_args!("{path}: {reason}")))?;
            *self.setting = Some(read);
        }
        Ok(())
    }
}

/// A table, and what takes its keys.
pub(super) struct Table<'a, S> {
    path: String,
    section: &'a mut S,
}

impl<'a, S> Table<'a, S> {
    /// The one that holds all others.
    pub(super) fn root(section: &'a mut S) -> Self {
        Self {
            path: String::new(),
            section,
        }
    }

    fn place(&self, key: &str) -> String {
        let key = key.escape_debug();
        match self.path.as_str() {
            "" => key.to_string(),
            path => format!("{path}.{key}"),
        }
    }

    fn wrong<E: Error>(&self, found: impl fmt::Display) -> E {
        let colon = if self.path.is_empty() { "" } else { ": " };
        E::custom(format_args!("{}{colon}expected a table, found {found}", self.path))
    }
}

impl<'de, S: Section> DeserializeSeed<'de> for Table<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Section> Visitor<'de> for Table<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut taken = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let path = self.place(&key);
            if taken.contains(&key) {
                return Err(A::Error::custom(format_args!("{path}: given twice")));
            }
            let place = Place { path, map: &mut map };
            self.section.take(&key, place)?;
            taken.insert(key);
        }
        self.section
            .end()
            .map_err(|missing| A::Error::custom(format_args!("{}: missing", self.place(missing))))
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<(), D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<(), D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Err(self.wrong(Value::Nothing))
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Err(self.wrong(Value::Nothing))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        Err(self.wrong(Value::Bool(value)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        Err(self.wrong(Value::Integer(number.into())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        Err(self.wrong(Value::Integer(number.into())))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        Err(self.wrong(Value::Float(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        Err(self.wrong(Value::Text(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.wrong(Value::List(Vec::new())))
    }
}
