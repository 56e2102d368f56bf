use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

fn main() {
    let mut conn = PgConnection::establish("").unwrap();
    let ids = person::table.select(person::id).cached("default");
    let _ = person::table
        .filter(person::id.eq_any(ids))
        .load::<(i32, String)>(&mut conn);
    let _ = diesel::select(exists(ids)).get_result::<bool>(&mut conn);
}
