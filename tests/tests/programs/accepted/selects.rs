//! Every SELECT without locks can be cached, without a warning.

#![deny(warnings)]

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Person, address, person};

/// A function whose return type names the query's type.
fn grown_ups<'a>(region: &'a str) -> Cached<diesel::dsl::Filter<person::table, diesel::dsl::Gt<person::id, i32>>> {
    person::table.filter(person::id.gt(17)).cached(region)
}

fn load(conn: &mut PgConnection) -> QueryResult<()> {
    let _: Vec<Person> = person::table.cached("default").load(conn)?;
    let _: Person = person::table.find(1).cached(String::from("default")).first(conn)?;
    let _: Option<Person> = person::table.find(1).cached("default").get_result(conn).optional()?;
    let _: Vec<(Person, Option<Address>)> = person::table.left_join(address::table).cached("default").load(conn)?;
    let _: i64 = person::table.cached("default").count().get_result(conn)?;
    let _: bool = diesel::select(diesel::dsl::exists(person::table.find(1)))
        .cached("default")
        .get_result(conn)?;
    let _: Vec<String> = person::table
        .cached("default")
        .distinct_on(person::name)
        .select(person::name)
        .load(conn)?;
    for person in grown_ups("default").load_iter::<Person, DefaultLoadingMode>(conn)? {
        let _: Person = person?;
    }
    let _: Vec<Person> = diesel::sql_query("SELECT * FROM person").cached("default").load(conn)?;
    let _: Vec<Person> = person::table
        .into_boxed()
        .cached("default")
        .filter(person::id.eq(1))
        .load(conn)?;
    Ok(())
}

#[test]
fn compiles() {
    let _ = load;
}
