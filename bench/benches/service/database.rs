//! The service's database: 10,000 people with two addresses each.

use diesel::connection::SimpleConnection;
use diesel_cache_tests::{Database, PostgresDatabase};

/// The number of people. Their ids begin at 1.
pub(crate) const PEOPLE: i32 = 10_000;

/// Creates the database. Dropping the value removes it; by then the services must have closed their connections.
pub(crate) fn create() -> Database<PostgresDatabase> {
    let database = Database::<PostgresDatabase>::new();
    database
        .connect()
        .batch_execute(&format!(
            "DROP TABLE address, person;
             CREATE TABLE country (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
             CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country_id INTEGER NOT NULL REFERENCES country);
             CREATE TABLE postal_code (id INTEGER PRIMARY KEY, code TEXT NOT NULL, city_id INTEGER NOT NULL REFERENCES city);
             CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL);
             CREATE TABLE address (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person,
                 street TEXT NOT NULL, postal_code_id INTEGER NOT NULL REFERENCES postal_code);
             CREATE INDEX ON address (person_id);
             INSERT INTO country SELECT n, 'country ' || n FROM generate_series(1, 10) n;
             INSERT INTO city SELECT n, 'city ' || n, n % 10 + 1 FROM generate_series(1, 50) n;
             INSERT INTO postal_code SELECT n, to_char(n, 'FM00000'), n % 50 + 1 FROM generate_series(1, 500) n;
             INSERT INTO person SELECT n, 'person ' || n, 0 FROM generate_series(1, {PEOPLE}) n;
             INSERT INTO address SELECT n, n % {PEOPLE} + 1, 'street ' || n, n % 500 + 1
                 FROM generate_series(1, 2 * {PEOPLE}) n;
             ANALYZE country, city, postal_code, person, address;"
        ))
        .unwrap();
    database
}
