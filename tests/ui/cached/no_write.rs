use diesel_cache::prelude::*;
use diesel_cache_tests::person;

fn main() {
    let _ = diesel::delete(person::table).cached("default");
}
