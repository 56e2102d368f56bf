//! Every query that can be cached on a blocking connection can be cached on an asynchronous one. The futures are
//! `Send`.

#![deny(warnings)]

use std::sync::Arc;

use diesel::prelude::*;
use diesel::result::Error;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncMysqlConnection, AsyncPgConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Person, address, person};

async fn on_sqlite(conn: &mut SyncConnectionWrapper<SqliteConnection>) -> QueryResult<()> {
    let _: Vec<Person> = person::table.cached("default").load(conn).await?;
    let _: Arc<[Person]> = person::table.cached("default").load_shared(conn).await?;
    let _: Option<Person> = person::table.find(1).cached("default").first(conn).await.optional()?;
    let _: i64 = person::table.cached("default").count().get_result(conn).await?;
    Ok(())
}

async fn on_mysql(conn: &mut AsyncMysqlConnection) -> QueryResult<()> {
    let _: Vec<(Person, Option<Address>)> = person::table
        .left_join(address::table)
        .cached("default")
        .load(conn)
        .await?;
    let _: Vec<Person> = diesel::sql_query("SELECT * FROM person")
        .cached("default")
        .load(conn)
        .await?;
    Ok(())
}

async fn on_postgres(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    let _: Vec<String> = person::table
        .cached("default")
        .distinct_on(person::name)
        .select(person::name)
        .load(conn)
        .await?;
    let _: Vec<Person> = person::table
        .into_boxed()
        .cached("default")
        .filter(person::id.eq(1))
        .load(conn)
        .await?;
    conn.transaction::<_, Error, _>(async |conn| {
        let query = person::table.cached("default").in_transaction();
        let _: Vec<Person> = query.clone().load(conn).await?;
        query.load_shared::<Person>(conn).await
    })
    .await?;
    Ok(())
}

fn is_send<F: Future + Send>(_: F) {}

#[test]
fn compiles() {
    let _ = |conn: &'static mut SyncConnectionWrapper<SqliteConnection>| is_send(on_sqlite(conn));
    let _ = |conn: &'static mut AsyncMysqlConnection| is_send(on_mysql(conn));
    let _ = |conn: &'static mut AsyncPgConnection| is_send(on_postgres(conn));
}
