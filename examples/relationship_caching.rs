//! Lazy loads from the cache.
//!
//! One join, which is not cached, loads every person with their addresses. Each address's postal
//! code, city and country are loaded row by row, through the region `default`. The first run
//! queries each row once. The second run sends only the join.

use diesel::prelude::*;
use diesel_cache_examples::Environment;
use diesel_cache_examples::model::{Address, Person};
use diesel_cache_examples::schema::{address, person};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let environment = Environment::open()?;
    let mut conn = environment.connect()?;

    let people: Vec<(Person, Address)> = person::table
        .inner_join(address::table)
        .order((person::name, address::id))
        .select((Person::as_select(), Address::as_select()))
        .load(&mut conn)?;

    for (person, address) in &people {
        // Three lazy loads: see `Address::postal_code`, `PostalCode::city`, `City::country`.
        let address = address.in_full(&mut conn)?;
        println!("{}: {address}", person.name);
    }

    environment.print_statements();
    Ok(())
}
