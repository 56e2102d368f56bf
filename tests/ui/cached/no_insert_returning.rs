use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

fn main() {
    let mut conn = PgConnection::establish("").unwrap();
    let insert = diesel::insert_into(person::table)
        .values(person::name.eq("x"))
        .returning(person::id);
    let _ = insert.cached("default").load::<i32>(&mut conn);
}
