use diesel_async::{AsyncPgConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

async fn load(conn: &AsyncPgConnection) {
    let mut shared = conn;
    let _ = person::table
        .cached("default")
        .load::<(i32, String)>(&mut shared)
        .await;
}

fn main() {
    let _ = load;
}
