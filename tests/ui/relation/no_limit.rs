use diesel::prelude::*;
use diesel_cache::prelude::*;

diesel::table! { city (id) { id -> Integer, country_id -> Integer } }

fn load() {
    let _ = city::table
        .limit(1)
        .cached("default")
        .filter_many(city::country_id, [1]);
}

fn main() {
    load();
}
