use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{address, person};

fn main() {
    let _ = person::table.limit(3).cached("default").find_many([1, 2]);
    let _ = address::table.offset(3).cached("default").filter_many(address::person_id, [1, 2]);
}
