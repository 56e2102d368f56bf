use diesel_async::AsyncMysqlConnection;
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

async fn load(conn: &AsyncMysqlConnection) {
    let _ = person::table
        .cached("default")
        .load_on::<(i32, String)>(conn)
        .await;
}

fn main() {
    let _ = load;
}
