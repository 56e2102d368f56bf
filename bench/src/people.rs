//! The model with two columns.

use diesel::prelude::*;
use diesel_cache::Cacheable;
pub use diesel_cache_tests::person;
use serde::{Deserialize, Serialize};

/// A row of `person`. Serde's derives are for the peers; the cache needs none.
#[derive(Queryable, Selectable, Cacheable, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[diesel(table_name = person)]
pub struct Person {
    /// Primary key.
    pub id: i32,
    /// `person 01`, `person 02`, …
    pub name: String,
}
