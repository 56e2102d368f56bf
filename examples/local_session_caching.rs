//! A region whose entries live as long as one session.
//!
//! A web server would open a session for each request. In a session a query reaches the database
//! once. Later loads share the *same* rows in memory: nothing is copied or decoded. When the
//! session ends, its entries are gone.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_examples::Environment;
use diesel_cache_examples::model::Person;
use diesel_cache_examples::schema::person;
use std::error::Error;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    let environment = Environment::open()?;
    let mut conn = environment.connect()?;

    for session in ["The first session", "The second session"] {
        println!("{session}:");
        environment.cache().session(&mut conn, load_twice)?;
    }

    environment.print_statements();
    Ok(())
}

/// Loads `person 10` twice, and shows that both loads and the region hold the same object.
fn load_twice(conn: &mut SqliteConnection) -> QueryResult<()> {
    let person_10 = || {
        person::table
            .filter(person::name.eq("person 10"))
            .select(Person::as_select())
            .cached("local_session")
    };

    let first: Arc<[Person]> = person_10().load_shared(conn)?;
    let second: Arc<[Person]> = person_10().load_shared(conn)?;
    let held = person_10().lookup::<Person>(conn)?;

    println!("  loaded: {}, number {}", first[0].name, first[0].id);
    println!("  both loads gave the same object: {}", Arc::ptr_eq(&first, &second));
    println!(
        "  it is the one that the region holds: {}",
        held.is_some_and(|held| Arc::ptr_eq(&first, &held.rows()))
    );
    Ok(())
}
