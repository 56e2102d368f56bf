//! Loading through a region: what is asked of the database, and what is not.
//!
//! Watch the lines that begin with `SQL: `. Where there is none, the cache has answered.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_examples::Environment;
use diesel_cache_examples::model::Person;
use diesel_cache_examples::schema::person;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let environment = Environment::open()?;
    let mut conn = environment.connect()?;

    // Two queries. What makes them cached is the last line of each.
    let everyone = || {
        person::table
            .order(person::name)
            .select(Person::as_select())
            .cached("default")
    };
    let name_range = |start, end| {
        person::table
            .filter(person::name.between(start, end))
            .order(person::name)
            .select(Person::as_select())
            .cached("default")
    };

    println!("Everyone:");
    print_names(&everyone().load(&mut conn)?);

    println!("Everyone, on a new connection: no SQL, the entry belongs to the region.");
    drop(conn);
    let mut conn = environment.connect()?;
    print_names(&everyone().load(&mut conn)?);

    println!("02 to 12: SQL, because another query has another key.");
    print_names(&name_range("person 02", "person 12").load(&mut conn)?);

    println!("05 to 15: SQL, because other bind values have another key.");
    print_names(&name_range("person 05", "person 15").load(&mut conn)?);

    println!("02 to 12 again: no SQL.");
    print_names(&name_range("person 02", "person 12").load(&mut conn)?);

    // An entry is named by its query: build the same one again to invalidate it.
    println!("Invalidating all three; was there an entry?");
    println!("  everyone: {}", everyone().invalidate(&mut conn)?);
    println!(
        "  02 to 12: {}",
        name_range("person 02", "person 12").invalidate(&mut conn)?
    );
    println!(
        "  05 to 15: {}",
        name_range("person 05", "person 15").invalidate(&mut conn)?
    );

    environment.print_statements();
    Ok(())
}

fn print_names(people: &[Person]) {
    for row in people.chunks(10) {
        let names: Vec<_> = row.iter().map(|person| person.name.as_str()).collect();
        println!("  {}", names.join(", "));
    }
}
