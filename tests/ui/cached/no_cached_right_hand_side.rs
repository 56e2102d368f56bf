use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

fn main() {
    let mut conn = PgConnection::establish("").unwrap();
    let names = person::table.select(person::name);
    let _ = names
        .cached("default")
        .union(names.cached("default"))
        .load::<String>(&mut conn);
}
