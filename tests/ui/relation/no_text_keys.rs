use diesel_cache::prelude::*;

diesel::table! { word (text) { text -> Text, meaning -> Integer } }

fn load() {
    let _ = word::table.cached("default").find_many(["a".to_owned()]);
}

fn main() {
    let _ = load;
}
