use diesel::prelude::*;
use diesel_cache::prelude::*;

diesel::table! { city (id) { id -> Integer, name -> Text } }
diesel::table! { code (id) { id -> Integer, city_id -> Nullable<Integer> } }
diesel::table! { country (id) { id -> Integer, name -> Text } }
diesel::joinable!(code -> city (city_id));

#[derive(Identifiable)]
#[diesel(table_name = city)]
struct City {
    id: i32,
}

#[derive(Identifiable, Associations)]
#[diesel(table_name = code, belongs_to(City))]
struct Code {
    id: i32,
    city_id: Option<i32>,
}

fn load(codes: &[Code]) {
    let _ = country::table.cached("default").parents_of::<City, _>(codes);
}

fn main() {
    let _ = load;
}
