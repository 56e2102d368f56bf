use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

fn main() {
    let _ = person::table.cached("default").find_many([1, 2]).limit(3);
}
