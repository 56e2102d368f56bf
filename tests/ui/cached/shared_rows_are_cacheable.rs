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
    let _ = person::table.cached("default").load_shared::<Person>(&mut conn);
}
