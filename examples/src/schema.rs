//! The tables of `data/fixture.sql`.

#![allow(missing_docs)] // of what `table!` generates

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    country (id) {
        id -> Integer,
        name -> Text,
    }
}

table! {
    city (id) {
        id -> Integer,
        name -> Text,
        country_id -> Integer,
    }
}

table! {
    postal_code (id) {
        id -> Integer,
        code -> Text,
        city_id -> Integer,
    }
}

table! {
    person (id) {
        id -> Integer,
        name -> Text,
    }
}

table! {
    address (id) {
        id -> Integer,
        person_id -> Integer,
        street -> Text,
        postal_code_id -> Nullable<Integer>,
    }
}

joinable!(address -> person (person_id));
joinable!(address -> postal_code (postal_code_id));
joinable!(postal_code -> city (city_id));
joinable!(city -> country (country_id));
allow_tables_to_appear_in_same_query!(address, city, country, person, postal_code);
