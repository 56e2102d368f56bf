//! Loading through a region: which queries reach the database, and which do not.
//!
//! Watch the lines that begin with `SQL: `. If there is none, the rows came from the cache.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_examples::Environment;
use diesel_cache_examples::model::Person;
use diesel_cache_examples::schema::person;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let environment = Environment::open()?;
    let mut conn = environment.connect()?;

    // Two queries. The last line of each makes it cached.
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

    // To invalidate an entry, build the same query again.
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
