use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

#[derive(Queryable)]
struct Person {
    _id: i32,
    _name: String,
}

async fn load(conn: &mut AsyncPgConnection) {
    let _ = person::table.cached("default").load::<Person>(conn).await;
    let _ = person::table.cached("default").first::<Person>(conn).await;
    let _: Vec<Person> = person::table.cached("default").load(conn).await.unwrap();
}

fn main() {
    let _ = load;
}
