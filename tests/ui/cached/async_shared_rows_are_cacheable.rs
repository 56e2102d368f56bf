use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

#[derive(Queryable)]
struct Person {
    _id: i32,
    _name: String,
}

async fn load(conn: &mut AsyncPgConnection) {
    let _ = person::table.cached("default").load_shared::<Person>(conn).await;
}

fn main() {
    let _ = load;
}
