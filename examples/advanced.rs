//! A cached function: a family of entries under one extra key, each of which can be invalidated.
//!
//! The first run fills the cache. Each later run sends one statement, for the range that it
//! invalidates. With the argument `batched`, the first run loads the addresses of all people
//! together, and the rows that they refer to table by table.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_examples::Environment;
use diesel_cache_examples::model::{Address, Person, addresses_of, all_in_full};
use diesel_cache_examples::schema::person;
use std::env;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let environment = Environment::open()?;
    let mut conn = environment.connect()?;

    println!("2 to 12, then 25 to 40:");
    print_names(&load_name_range(&mut conn, 2, 12, false)?);
    print_names(&load_name_range(&mut conn, 25, 40, false)?);

    println!("2 to 12 again: from the cache.");
    print_names(&load_name_range(&mut conn, 2, 12, false)?);

    println!("25 to 40, invalidated: SQL, for this range alone.");
    print_names(&load_name_range(&mut conn, 25, 40, true)?);

    println!("2 to 12, with addresses:");
    print_addresses(&mut conn)?;

    println!("2 to 12, with addresses, again: all from the cache.");
    print_addresses(&mut conn)?;

    environment.print_statements();
    Ok(())
}

/// Loads the people from `person {start}` to `person {end}`. With `invalidate`, queries the database.
fn load_name_range(conn: &mut SqliteConnection, start: u32, end: u32, invalidate: bool) -> QueryResult<Vec<Person>> {
    let query = person::table
        .filter(person::name.between(format!("person {start:02}"), format!("person {end:02}")))
        .order(person::name)
        .select(Person::as_select())
        .cached("default")
        // Part of the key: the same SQL elsewhere in the program has an entry of its own.
        .key("name_range");

    if invalidate {
        query.invalidate(conn)?;
    }
    query.load(conn)
}

fn print_names(people: &[Person]) {
    let names: Vec<_> = people.iter().map(|person| person.name.as_str()).collect();
    println!("  {}", names.join(", "));
}

/// Prints people 2 to 12 with their addresses. Every row is loaded through the cache.
fn print_addresses(conn: &mut SqliteConnection) -> QueryResult<()> {
    let people = load_name_range(conn, 2, 12, false)?;
    if env::args().any(|argument| argument == "batched") {
        let addresses = addresses_of(&people, conn)?;
        let all: Vec<&Address> = addresses.iter().flatten().collect();
        let mut in_full = all_in_full(&all, conn)?.into_iter();
        for (person, addresses) in people.iter().zip(&addresses) {
            for address in in_full.by_ref().take(addresses.len()) {
                println!("  {}: {address}", person.name);
            }
        }
        return Ok(());
    }
    for person in people {
        for address in person.addresses(conn)? {
            println!("  {}: {}", person.name, address.in_full(conn)?);
        }
    }
    Ok(())
}
