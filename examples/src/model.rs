//! The models. Each derives [`Cacheable`], in addition to Diesel's derives.
//!
//! The methods are lazy loads, each with one cached query by primary or foreign key. So each row is
//! queried once, and then comes from the region `default`.

use crate::schema::{address, city, country, person, postal_code};
use diesel::prelude::*;
use diesel_cache::Cacheable;
use diesel_cache::prelude::*;

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
        Ok(format!(
            "{}, {} {}, {}",
            self.street, city.name, postal_code.code, country.name
        ))
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
