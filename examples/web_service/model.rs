//! The types of the service's responses and requests.

use diesel::prelude::*;
use diesel_cache::{Cacheable, ClusterStatus};
use diesel_cache_examples::schema::{address, city, country, person, postal_code};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// `Serialize` is for the responses. `Cacheable` encodes cached rows, and ignores serde's attributes.
#[derive(Debug, Queryable, Selectable, Cacheable, Serialize)]
#[diesel(table_name = person)]
pub(crate) struct Person {
    pub(crate) id: i32,
    pub(crate) name: String,
}

/// A full address, from a join of four tables. A write to any of them invalidates it.
#[derive(Debug, Queryable, Selectable, Cacheable, Serialize)]
#[diesel(table_name = address)]
pub(crate) struct Address {
    street: String,
    #[diesel(select_expression = postal_code::code.nullable())]
    postal_code: Option<String>,
    #[diesel(select_expression = city::name.nullable())]
    city: Option<String>,
    #[diesel(select_expression = country::name.nullable())]
    country: Option<String>,
}

/// A person with their addresses.
#[derive(Debug, Serialize)]
pub(crate) struct Resident {
    #[serde(flatten)]
    pub(crate) person: Person,
    pub(crate) addresses: Vec<Address>,
}

/// Counts for the front page. A value that is no row is `Cacheable`, too.
#[derive(Debug, Cacheable, Serialize)]
pub(crate) struct Summary {
    pub(crate) people: i64,
    pub(crate) people_by_country: Vec<(String, i64)>,
}

/// How things stand with the other instances.
#[derive(Debug, Serialize)]
pub(crate) struct Cluster {
    serving: bool,
    members: usize,
    fences: usize,
    owed: usize,
    error: Option<String>,
    epochs: u64,
    losses: u64,
    writes: u64,
    unfenced: u64,
    expired: u64,
    longest_wait_ms: u128,
}

impl From<ClusterStatus> for Cluster {
    fn from(status: ClusterStatus) -> Self {
        Self {
            serving: status.is_serving(),
            members: status.members(),
            fences: status.fences(),
            owed: status.owed(),
            error: status.error().map(str::to_owned),
            epochs: status.epochs(),
            losses: status.losses(),
            writes: status.writes(),
            unfenced: status.unfenced(),
            expired: status.expired(),
            longest_wait_ms: status.longest_wait().as_millis(),
        }
    }
}

/// A range of names, including both ends. A missing parameter leaves that end open.
#[derive(Debug, Deserialize)]
pub(crate) struct Range {
    #[serde(default)]
    from: String,
    to: Option<String>,
}

impl Range {
    /// Returns the two ends, if a database can compare names with them.
    pub(crate) fn ends(self) -> Result<(String, Option<String>), Failure> {
        match self.from.contains('\0') || self.to.as_ref().is_some_and(|to| to.contains('\0')) {
            true => Err(Failure::Invalid("no name has a NUL")),
            false => Ok((self.from, self.to)),
        }
    }
}

/// The body of a write.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Naming {
    name: String,
}

impl Naming {
    /// Returns the name, if it is valid.
    pub(crate) fn name(self) -> Result<String, Failure> {
        match self.name.chars().count() {
            1..=100 if !self.name.contains('\0') => Ok(self.name),
            _ => Err(Failure::Invalid("a name has 1 to 100 characters, and no NUL")),
        }
    }
}
