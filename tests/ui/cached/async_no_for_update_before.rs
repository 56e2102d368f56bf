use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

async fn load(conn: &mut AsyncPgConnection) {
    let _ = person::table
        .for_update()
        .cached("default")
        .load::<(i32, String)>(conn)
        .await;
}

fn main() {
    let _ = load;
}
