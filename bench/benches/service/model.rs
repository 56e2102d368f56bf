//! The tables and the responses of the service. They are those of the example `web_service`, plus a version that each
//! write raises.

use diesel::prelude::*;
use diesel_cache::Cacheable;
use serde::{Deserialize, Serialize};

diesel::table! {
    country (id) { id -> Integer, name -> Text }
}
diesel::table! {
    city (id) { id -> Integer, name -> Text, country_id -> Integer }
}
diesel::table! {
    postal_code (id) { id -> Integer, code -> Text, city_id -> Integer }
}
diesel::table! {
    person (id) { id -> Integer, name -> Text, version -> Integer }
}
diesel::table! {
    address (id) { id -> Integer, person_id -> Integer, street -> Text, postal_code_id -> Integer }
}
diesel::joinable!(city -> country (country_id));
diesel::joinable!(postal_code -> city (city_id));
diesel::joinable!(address -> postal_code (postal_code_id));
diesel::allow_tables_to_appear_in_same_query!(country, city, postal_code, person, address);

#[derive(Clone, Debug, Queryable, Selectable, Cacheable, Serialize)]
#[diesel(table_name = person, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Person {
    id: i32,
    name: String,
    version: i32,
}

/// A full address, from a join of four tables.
#[derive(Clone, Debug, Queryable, Selectable, Cacheable, Serialize)]
#[diesel(table_name = address, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Address {
    street: String,
    #[diesel(select_expression = postal_code::code)]
    postal_code: String,
    #[diesel(select_expression = city::name)]
    city: String,
    #[diesel(select_expression = country::name)]
    country: String,
}

/// The response to a read.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Resident {
    #[serde(flatten)]
    pub(crate) person: Person,
    pub(crate) addresses: Vec<Address>,
}

/// The version of a row: a part of the response to a read, and the whole body of a write.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Versioned {
    pub(crate) version: i32,
}

/// The queries, which all variants share. They are macros, because their types are long.
macro_rules! person_by {
    ($id:expr) => {
        person::table.find($id).select(Person::as_select())
    };
}
pub(crate) use person_by;

macro_rules! addresses_of {
    ($id:expr) => {
        address::table
            .inner_join(postal_code::table.inner_join(city::table.inner_join(country::table)))
            .filter(address::person_id.eq($id))
            .order(address::id)
            .select(Address::as_select())
    };
}
pub(crate) use addresses_of;
