use diesel::prelude::*;
use diesel_cache::prelude::*;

diesel::table! { word (text) { text -> Text, meaning -> Integer } }

fn load(conn: &mut SqliteConnection) {
    let words = word::table.cached("default").find_many(["a".to_owned()]);
    let _ = words.load_by_key::<(String, i32)>(conn);
}

fn main() {
    let _ = load;
}
