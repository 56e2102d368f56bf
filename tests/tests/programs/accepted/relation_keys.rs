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

fn load(cities: &[City], codes: &[Code], conn: &mut SqliteConnection) {
    let _ = city::table
        .cached("default")
        .parents_of::<City, _>(codes)
        .load_by_key::<(i32, String)>(conn);
    let _ = code::table
        .cached("default")
        .children_of::<Code, _>(cities)
        .load_by_key::<(i32, Option<i32>)>(conn);
    // Of references to children: their foreign keys.
    let codes: Vec<&Code> = codes.iter().collect();
    let keys = codes.iter().filter_map(|code| code.city_id);
    let _ = city::table
        .cached("default")
        .find_many(keys)
        .load_by_key::<(i32, String)>(conn);
    // A nullable column that is the whole key.
    let _ = code::table
        .cached("default")
        .filter_many(code::city_id, [1])
        .load_by_key::<(i32, Option<i32>)>(conn);
}

#[test]
fn compiles() {
    let _ = load;
}
