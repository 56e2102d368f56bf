use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

fn main() {
    let _ = person::table.into_boxed::<Sqlite>().cached("default").find_many([1, 2]);
}
