//! Queries for [`Person`] on an asynchronous connection.

use std::sync::Arc;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_cache::prelude::*;

use crate::{Person, person};

/// An asynchronous SQLite connection.
pub type AsyncSqlite = SyncConnectionWrapper<SqliteConnection>;

/// Does the same as [`Ask::load`](crate::Ask::load), in a task.
pub async fn load(conn: &mut AsyncSqlite, region: &'static str, variant: i32, rows: i32) -> Vec<Person> {
    let query = person::table
        .filter(person::id.between(-variant, rows))
        .select(Person::as_select());
    query.cached(region).load(conn).await.unwrap()
}

/// Does the same as [`Ask::load_shared`](crate::Ask::load_shared), in a task.
pub async fn load_shared(conn: &mut AsyncSqlite, region: &'static str, variant: i32, rows: i32) -> Arc<[Person]> {
    let query = person::table
        .filter(person::id.between(-variant, rows))
        .select(Person::as_select());
    query.cached(region).load_shared(conn).await.unwrap()
}
