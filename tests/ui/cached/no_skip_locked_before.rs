use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

fn main() {
    let mut conn = PgConnection::establish("").unwrap();
    let _ = person::table
        .for_update()
        .skip_locked()
        .cached("default")
        .load::<(i32, String)>(&mut conn);
}
