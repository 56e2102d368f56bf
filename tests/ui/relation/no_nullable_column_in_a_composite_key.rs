use diesel::prelude::*;
use diesel_cache::prelude::*;

diesel::table! { visit (id) { id -> Integer, year -> Integer, month -> Nullable<Integer>, name -> Text } }

fn load() {
    let visits = visit::table.select(visit::name).cached("default");
    let _ = visits.filter_many((visit::year, visit::month), [(2026, 11)]);
}

fn main() {
    let _ = load;
}
