use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

#[derive(Queryable)]
struct Person {
    _id: i32,
    _name: String,
}

fn main() {
    let mut conn = SqliteConnection::establish("").unwrap();
    let _ = person::table.cached("default").load::<Person>(&mut conn);
    let _ = person::table.cached("default").first::<Person>(&mut conn);
    let _: Vec<Person> = person::table.cached("default").load(&mut conn).unwrap();
}
