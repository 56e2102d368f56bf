//! Settings that are lists of names: `#[serde(deserialize_with = "names::…")]`.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error as _};

use super::value::Value;

/// A list of names, or of lists of them. Errors are the reason, without the path.
trait Names: Sized {
    /// Reads a list of names of this sort. It may also be one string, as in environment variables.
    fn read(sort: &str, value: Value) -> Result<Self, String>;
}

/// Reads names of functions.
pub(super) fn functions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    list("function", deserializer)
}

/// Reads names of tables.
pub(super) fn tables<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    list("table", deserializer)
}

/// Reads lists of table names, by the name that they belong to.
pub(super) fn tables_by_name<'de, D>(deserializer: D) -> Result<BTreeMap<String, Vec<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    let read = BTreeMap::<String, Tables>::deserialize(deserializer)?;
    Ok(given(read, |Tables(tables)| tables))
}

/// Reads sets of column names, by the table that they belong to.
pub(super) fn column_sets_by_table<'de, D>(deserializer: D) -> Result<BTreeMap<String, Vec<Vec<String>>>, D::Error>
where
    D: Deserializer<'de>,
{
    let read = BTreeMap::<String, Sets>::deserialize(deserializer)?;
    Ok(given(read, |Sets(sets)| sets))
}

/// Reads lists of column names, by the table that they belong to.
pub(super) fn columns_by_table<'de, D>(deserializer: D) -> Result<BTreeMap<String, Vec<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    let read = BTreeMap::<String, Columns>::deserialize(deserializer)?;
    Ok(given(read, |Columns(columns)| columns))
}

/// The tables that belong to a name.
struct Tables(Option<Vec<String>>);

impl<'de> Deserialize<'de> for Tables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        optional("table", deserializer).map(Self)
    }
}

/// Columns of a table.
struct Columns(Option<Vec<String>>);

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        optional("column", deserializer).map(Self)
    }
}

/// The sets of columns of a table.
struct Sets(Option<Vec<Vec<String>>>);

impl<'de> Deserialize<'de> for Sets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        optional("column", deserializer).map(Self)
    }
}

/// Reads a list; `null` counts as missing.
fn optional<'de, N: Names, D: Deserializer<'de>>(sort: &str, deserializer: D) -> Result<Option<N>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Nothing => Ok(None),
        value => N::read(sort, value).map(Some).map_err(D::Error::custom),
    }
}

fn list<'de, D: Deserializer<'de>>(sort: &str, deserializer: D) -> Result<Vec<String>, D::Error> {
    optional(sort, deserializer).map(Option::unwrap_or_default)
}

/// Returns the map without the keys whose value is missing.
fn given<T, N>(read: BTreeMap<String, T>, value: impl Fn(T) -> Option<N>) -> BTreeMap<String, N> {
    read.into_iter()
        .filter_map(|(key, found)| Some((key, value(found)?)))
        .collect()
}

impl Names for Vec<String> {
    fn read(sort: &str, value: Value) -> Result<Self, String> {
        let wrong = |found: &Value| format!("expected a list of {sort} names, found {found}");
        let names: Self = match value {
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
}

/// Several lists, or one.
impl Names for Vec<Vec<String>> {
    fn read(sort: &str, value: Value) -> Result<Self, String> {
        let lists: Self = match value {
            Value::Text(text) => text
                .split(';')
                .map(|list| Names::read(sort, Value::Text(list.to_owned())))
                .collect::<Result<_, _>>()?,
            Value::List(items) if items.iter().any(|item| matches!(item, Value::List(_))) => items
                .into_iter()
                .map(|item| match item {
                    Value::List(_) => Names::read(sort, item),
                    other => Err(format!(
                        "expected a list of {sort} names beside the others, found {other}"
                    )),
                })
                .collect::<Result<_, _>>()?,
            one => vec![Names::read(sort, one)?],
        };
        match lists.iter().any(Vec::is_empty) {
            true => Err(format!("expected a list of {sort} names, found an empty list")),
            false => Ok(lists),
        }
    }
}
