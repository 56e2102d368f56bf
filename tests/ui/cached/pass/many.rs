//! `#[auto_type]`-free functions that are generic over the connection, and tasks that are spawned.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Person, address, person};

fn in_order(people: &[Person], conn: &mut SqliteConnection) -> QueryResult<Vec<Vec<Address>>> {
    let all = address::table.select(Address::as_select()).cached("default");
    all.children_of::<Address, _>(people).load_in_order(conn)
}

fn spawned(mut conn: AsyncPgConnection) -> impl Future<Output = QueryResult<usize>> + Send + 'static {
    async move {
        let name = String::from("Ada");
        let people = person::table.filter(person::name.ne(name)).cached("default").find_many([1, 2]);
        let people: HashMap<i32, Person> = people.load_by_key(&mut conn).await?;
        Ok(people.len())
    }
}

fn main() {
    let _ = (in_order, spawned);
}
