use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

fn main() {
    let mut conn = PgConnection::establish("").unwrap();
    let update = diesel::update(person::table)
        .set(person::name.eq("x"))
        .returning(person::id);
    let _ = update.cached("default").load::<i32>(&mut conn);
}
