//! The models. Each derives [`Cacheable`], in addition to Diesel's derives.
//!
//! The methods are lazy loads, each with one cached query by primary or foreign key. So each row is
//! queried once, and then comes from the region `default`. [`addresses_of`] and [`all_in_full`] do
//! the same for many rows at once: they use the same entries, and send one query for all rows of a
//! table that are missing.

use crate::schema::{address, city, country, person, postal_code};
use diesel::NotFound;
use diesel::prelude::*;
use diesel_cache::Cacheable;
use diesel_cache::prelude::*;
use std::collections::HashMap;

/// A country.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Cacheable)]
#[diesel(table_name = country)]
pub struct Country {
    /// The primary key.
    pub id: i32,
    /// As in `Canada`.
    pub name: String,
}

/// A city.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Cacheable)]
#[diesel(table_name = city)]
pub struct City {
    /// The primary key.
    pub id: i32,
    /// As in `Montreal`.
    pub name: String,
    /// The city's country.
    pub country_id: i32,
}

/// A postal code.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Cacheable)]
#[diesel(table_name = postal_code)]
pub struct PostalCode {
    /// The primary key.
    pub id: i32,
    /// As in `H2S 3K9`.
    pub code: String,
    /// The postal code's city.
    pub city_id: i32,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Cacheable)]
#[diesel(table_name = person)]
pub struct Person {
    /// The primary key.
    pub id: i32,
    /// As in `person 01`.
    pub name: String,
}

/// One of a person's addresses.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Cacheable)]
#[diesel(table_name = address, belongs_to(Person))]
pub struct Address {
    /// The primary key.
    pub id: i32,
    /// The person who lives there.
    pub person_id: i32,
    /// As in `street 01`.
    pub street: String,
    /// The postal code, if it is known.
    pub postal_code_id: Option<i32>,
}

impl Person {
    /// Loads this person's addresses.
    pub fn addresses(&self, conn: &mut SqliteConnection) -> QueryResult<Vec<Address>> {
        Address::belonging_to(self)
            .order(address::id)
            .select(Address::as_select())
            .cached("default")
            .load(conn)
    }
}

impl Address {
    /// Loads this address's postal code, if it has one.
    pub fn postal_code(&self, conn: &mut SqliteConnection) -> QueryResult<Option<PostalCode>> {
        let Some(id) = self.postal_code_id else {
            return Ok(None);
        };
        postal_code::table
            .find(id)
            .select(PostalCode::as_select())
            .cached("default")
            .get_result(conn)
            .map(Some)
    }

    /// Returns the full address on one line: street, postal code, city, country.
    pub fn in_full(&self, conn: &mut SqliteConnection) -> QueryResult<String> {
        let Some(postal_code) = self.postal_code(conn)? else {
            return Ok(self.street.clone());
        };
        let city = postal_code.city(conn)?;
        let country = city.country(conn)?;
        Ok(self.on_one_line(&postal_code, &city, &country))
    }

    fn on_one_line(&self, postal_code: &PostalCode, city: &City, country: &Country) -> String {
        format!("{}, {} {}, {}", self.street, city.name, postal_code.code, country.name)
    }
}

impl PostalCode {
    /// Loads the city of this postal code.
    pub fn city(&self, conn: &mut SqliteConnection) -> QueryResult<City> {
        city::table
            .find(self.city_id)
            .select(City::as_select())
            .cached("default")
            .get_result(conn)
    }
}

impl City {
    /// Loads the country of this city.
    pub fn country(&self, conn: &mut SqliteConnection) -> QueryResult<Country> {
        country::table
            .find(self.country_id)
            .select(Country::as_select())
            .cached("default")
            .get_result(conn)
    }
}

/// Loads the addresses of all these people, in their order: [`Person::addresses`], in one query.
pub fn addresses_of(people: &[Person], conn: &mut SqliteConnection) -> QueryResult<Vec<Vec<Address>>> {
    address::table
        .order(address::id)
        .select(Address::as_select())
        .cached("default")
        .children_of::<Address, _>(people)
        .load_in_order(conn)
}

/// Returns all these addresses on one line each: [`Address::in_full`], in one query for each table.
pub fn all_in_full(addresses: &[&Address], conn: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    let postal_codes: HashMap<i32, PostalCode> = postal_code::table
        .select(PostalCode::as_select())
        .cached("default")
        .find_many(addresses.iter().filter_map(|address| address.postal_code_id))
        .load_by_key(conn)?;
    let cities: HashMap<i32, City> = city::table
        .select(City::as_select())
        .cached("default")
        .find_many(postal_codes.values().map(|postal_code| postal_code.city_id))
        .load_by_key(conn)?;
    let countries: HashMap<i32, Country> = country::table
        .select(Country::as_select())
        .cached("default")
        .find_many(cities.values().map(|city| city.country_id))
        .load_by_key(conn)?;

    let in_full = |address: &&Address| {
        let Some(id) = address.postal_code_id else {
            return Ok(address.street.clone());
        };
        let postal_code = postal_codes.get(&id).ok_or(NotFound)?;
        let city = cities.get(&postal_code.city_id).ok_or(NotFound)?;
        let country = countries.get(&city.country_id).ok_or(NotFound)?;
        Ok(address.on_one_line(postal_code, city, country))
    };
    addresses.iter().map(in_full).collect()
}
