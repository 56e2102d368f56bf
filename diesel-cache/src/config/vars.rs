//! Settings from environment variables.

use std::collections::BTreeMap;
use std::collections::btree_map::{Entry, IntoIter};
use std::env;
use std::fmt::Display;

use serde::de::value::{Error as Unread, MapDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};

use super::{CacheConfig, Keys, located};
use crate::Error;

impl CacheConfig {
    /// Reads the environment variables whose names begin with `prefix`.
    ///
    /// The rest of a name is the path of a setting, in upper or lower case, with two underscores for each dot. With the
    /// prefix `DIESEL_CACHE_`, `DIESEL_CACHE_REGIONS__DEFAULT__TIME_TO_LIVE` is `regions.default.time_to_live`. The
    /// items of a list are separated by commas, and several lists under one name by semicolons. Names are converted to
    /// lower case, so variables can only set regions whose names consist of lower-case letters, digits and single
    /// underscores. Use a prefix that belongs to the cache alone: a variable with the prefix that is not a setting is
    /// an error.
    ///
    /// ```
    /// use diesel_cache::{CacheConfig, RegionKind};
    /// use std::time::Duration;
    ///
    /// let config = CacheConfig::from_vars("DIESEL_CACHE_", [
    ///     ("DIESEL_CACHE_DIRECTORY", "data/cache"),
    ///     ("DIESEL_CACHE_REGIONS__DEFAULT__KIND", "disk"),
    ///     ("DIESEL_CACHE_REGIONS__DEFAULT__TIME_TO_LIVE", "1h"),
    ///     ("DIESEL_CACHE_CASCADES__PERSON", "address, phone"),
    ///     ("DIESEL_CACHE_ROWS_BY__VISIT", "day; site, page"),
    ///     ("PATH", "/bin"),
    /// ])?;
    /// assert_eq!(config.regions["default"].kind, RegionKind::Disk);
    /// assert_eq!(config.regions["default"].time_to_live, Some(Duration::from_secs(3600)));
    /// assert_eq!(config.cascades["person"], ["address", "phone"]);
    /// assert_eq!(config.rows_by["visit"], [vec!["day"], vec!["site", "page"]]);
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a variable that is not Unicode, does not name a setting, or has an invalid value.
    pub fn from_env(prefix: &str) -> Result<Self, Error> {
        Self::default().with_env(prefix)
    }

    /// Reads variables from pairs of name and value, as [`from_env`](Self::from_env) does.
    ///
    /// # Errors
    ///
    /// Those of [`from_env`](Self::from_env).
    pub fn from_vars<K, V>(prefix: &str, vars: impl IntoIterator<Item = (K, V)>) -> Result<Self, Error>
    where
        K: AsRef<str>,
        V: Into<String>,
    {
        Self::default().with_vars(prefix, vars)
    }

    /// Adds the settings from environment variables, which override existing ones. A list replaces the existing one.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use diesel_cache::{Cache, CacheConfig};
    ///
    /// let config: CacheConfig = toml::from_str(&std::fs::read_to_string("cache.toml")?)?;
    /// let cache = Cache::from_config(config.with_env("DIESEL_CACHE_")?)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`from_env`](Self::from_env).
    pub fn with_env(self, prefix: &str) -> Result<Self, Error> {
        let mut vars = Vec::new();
        for (name, value) in env::vars_os() {
            // A name that is not Unicode is not a setting, but it may begin with the prefix.
            let name = name.to_string_lossy().into_owned();
            if name.starts_with(prefix) {
                let value = value.into_string().map_err(|_| wrong(&name, "not Unicode"))?;
                vars.push((name, value));
            }
        }
        self.with_vars(prefix, vars)
    }

    /// Does the same as [`with_env`](Self::with_env), with pairs of name and value.
    ///
    /// # Errors
    ///
    /// Those of [`from_env`](Self::from_env).
    pub fn with_vars<K, V>(mut self, prefix: &str, vars: impl IntoIterator<Item = (K, V)>) -> Result<Self, Error>
    where
        K: AsRef<str>,
        V: Into<String>,
    {
        let mut root = Tree::new();
        for (name, value) in vars {
            let name = name.as_ref();
            if let Some(path) = name.strip_prefix(prefix) {
                let path = path.to_lowercase();
                plant(&mut root, &path, value.into()).map_err(|reason| wrong(name, reason))?;
            }
        }
        self.complete(&mut root);
        let given = located::read(Node::Tree(root), Keys::deserialize).map_err(|error| {
            let text = error.to_string();
            match text.split_once(": ") {
                Some((path, reason)) => wrong(path, reason),
                None => wrong(prefix, text),
            }
        })?;
        self.replace_by(given);
        self.check()?;
        Ok(self)
    }

    /// Adds required settings that are already known, so that variables need not repeat the kind of an existing region,
    /// or the server of an existing cluster.
    fn complete(&self, root: &mut Tree) {
        if let (Some(Node::Tree(settings)), Some(known)) = (root.get_mut("cluster"), &self.cluster) {
            add(settings, "url", known.url.as_str());
        }
        let Some(Node::Tree(regions)) = root.get_mut("regions") else {
            return;
        };
        for (name, region) in regions {
            if let (Node::Tree(settings), Some(known)) = (region, self.regions.get(name)) {
                add(settings, "kind", known.kind.as_str());
            }
        }
    }
}

/// Adds a setting, unless the variables have it.
fn add(settings: &mut Tree, key: &str, value: &str) {
    settings
        .entry(key.to_owned())
        .or_insert_with(|| Node::Value(value.to_owned()));
}

fn wrong(path: &str, reason: impl Display) -> Error {
    Error::Config {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

type Tree = BTreeMap<String, Node>;

/// Variables, as the tables that their names form.
enum Node {
    Value(String),
    Tree(Tree),
}

fn plant(mut tree: &mut Tree, path: &str, value: String) -> Result<(), &'static str> {
    let mut steps = path.split("__").peekable();
    while let Some(step) = steps.next() {
        if step.is_empty() {
            return Err("a part of the name is empty");
        }
        let place = tree.entry(step.to_owned());
        if steps.peek().is_none() {
            return match place {
                Entry::Vacant(place) => {
                    place.insert(Node::Value(value));
                    Ok(())
                }
                Entry::Occupied(_) => Err("given twice, or used both as a setting and as a table of settings"),
            };
        }
        match place.or_insert_with(|| Node::Tree(Tree::new())) {
            Node::Tree(inner) => tree = inner,
            Node::Value(_) => return Err("used both as a setting and as a table of settings"),
        }
    }
    Ok(())
}

impl<'de> Deserializer<'de> for Node {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self {
            Self::Value(text) => visitor.visit_string(text),
            Self::Tree(tree) => {
                visitor.visit_map(MapDeserializer::<IntoIter<String, Self>, Unread>::new(tree.into_iter()))
            }
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl IntoDeserializer<'_, Unread> for Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
