//! Lazy loads from the cache, or loads of many rows at once.
//!
//! One join, which is not cached, loads every person with their addresses. Each address's postal
//! code, city and country are loaded row by row, through the region `default`. The first run
//! queries each row once. The second run sends only the join.
//!
//! With the argument `batched`, the rows of a table are loaded together, from the same entries: the
//! first run sends the join, and one query for each of the three tables.

use diesel::prelude::*;
use diesel_cache_examples::Environment;
use diesel_cache_examples::model::{Address, Person, all_in_full};
use diesel_cache_examples::schema::{address, person};
use std::env;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let environment = Environment::open()?;
    let mut conn = environment.connect()?;

    let people: Vec<(Person, Address)> = person::table
        .inner_join(address::table)
        .order((person::name, address::id))
        .select((Person::as_select(), Address::as_select()))
        .load(&mut conn)?;

    if env::args().any(|argument| argument == "batched") {
        // Three loads for all rows.
        let addresses: Vec<&Address> = people.iter().map(|(_, address)| address).collect();
        let in_full = all_in_full(&addresses, &mut conn)?;
        for ((person, _), address) in people.iter().zip(in_full) {
            println!("{}: {address}", person.name);
        }
    } else {
        for (person, address) in &people {
            // Three lazy loads: see `Address::postal_code`, `PostalCode::city`, `City::country`.
            let address = address.in_full(&mut conn)?;
            println!("{}: {address}", person.name);
        }
    }

    environment.print_statements();
    Ok(())
}
