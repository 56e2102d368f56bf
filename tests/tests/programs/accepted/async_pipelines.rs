//! Loads through a shared reference to a connection: their futures are `Send`, and borrow only the connection.

#![deny(warnings)]

use std::sync::Arc;

use diesel::prelude::*;
use diesel::result::Error;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Person, address, person};

async fn queries(conn: &AsyncPgConnection) -> QueryResult<()> {
    let name = String::from("Ada");
    let _: (Vec<Person>, Arc<[Person]>, i64, Vec<Person>, Vec<Person>) = tokio::try_join!(
        person::table
            .filter(person::name.eq(&name))
            .cached("default")
            .load_on(conn),
        person::table.cached("default").load_shared_on(conn),
        person::table.cached("default").count().get_result_on(conn),
        person::table
            .into_boxed()
            .cached("default")
            .filter(person::id.eq(1))
            .get_results_on(conn),
        diesel::sql_query("SELECT * FROM person")
            .cached("default")
            .load_on(conn),
    )?;
    let joined = person::table.left_join(address::table).cached("default");
    let _: Option<(Person, Option<Address>)> = joined.first_on(conn).await.optional()?;
    let _ = person::table
        .find(1)
        .cached("default")
        .lookup_on::<Person>(conn)
        .await?;
    Ok(())
}

fn one(conn: &AsyncPgConnection, id: i32) -> impl Future<Output = QueryResult<Person>> + Send {
    let name = String::from("Ada");
    let _ = person::table
        .filter(person::name.eq(&name))
        .cached("default")
        .load_on::<Person>(conn);
    person::table.find(id).cached("default").first_on(conn)
}

async fn beside_uncached(mut conn: &AsyncPgConnection) -> QueryResult<(Person, i64)> {
    let count = person::table.count().get_result::<i64>(&mut conn);
    tokio::try_join!(one(conn, 1), count)
}

async fn in_a_transaction(conn: &mut AsyncPgConnection) -> QueryResult<(Person, Person)> {
    conn.transaction::<_, Error, _>(async |conn| tokio::try_join!(one(conn, 1), one(conn, 2)))
        .await
}

async fn in_a_generic_transaction<T: Send>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    queries(conn).await?;
    work(conn).await
}

async fn from_a_pool(conn: Object<AsyncPgConnection>) -> QueryResult<Person> {
    queries(&conn).await?;
    person::table.find(1).cached("default").first_on(&conn).await
}

fn is_send<F: Future + Send>(_: F) {}

#[test]
fn compiles() {
    let _ = |conn: &'static AsyncPgConnection| is_send(queries(conn));
    let _ = |conn: &'static AsyncPgConnection| is_send(beside_uncached(conn));
    let _ = |conn: &'static mut AsyncPgConnection| is_send(in_a_transaction(conn));
    let _ = |conn: Object<AsyncPgConnection>| is_send(from_a_pool(conn));
    let _ =
        |conn: &'static mut AsyncPgConnection| drop(in_a_generic_transaction(conn, async |conn| one(conn, 1).await));
}
