use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

fn main() {
    let mut conn = PgConnection::establish("").unwrap();
    let delete = diesel::delete(person::table).returning(person::id);
    let _ = delete.cached("default").load::<i32>(&mut conn);
}
