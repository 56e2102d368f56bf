//! Two tables, and their rows.

use diesel::prelude::*;
use diesel_cache::Cacheable;

use crate::schema::{address, person};

/// A row of `person`.
#[derive(Queryable, QueryableByName, Selectable, Identifiable, Insertable, Cacheable, Clone, PartialEq, Eq, Debug)]
#[diesel(table_name = person)]
pub struct Person {
    /// Primary key.
    pub id: i32,
    /// `person 01`, `person 02`, …
    pub name: String,
}

/// A row of `address`.
#[derive(
    Queryable,
    QueryableByName,
    Selectable,
    Identifiable,
    Insertable,
    Associations,
    Cacheable,
    Clone,
    PartialEq,
    Eq,
    Debug,
)]
#[diesel(table_name = address, belongs_to(Person))]
pub struct Address {
    /// Primary key.
    pub id: i32,
    /// The person who lives there.
    pub person_id: i32,
    /// `street 01`, …
    pub street: String,
    /// `note 01`, … for odd ids; even ids have none.
    pub note: Option<String>,
}

/// Returns the first `count` people.
pub fn people(count: i32) -> Vec<Person> {
    (1..=count)
        .map(|id| Person {
            id,
            name: format!("person {id:02}"),
        })
        .collect()
}
