//! The same databases, through diesel-async.

use diesel::prelude::*;
use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncMysqlConnection, AsyncPgConnection, SimpleAsyncConnection};

use crate::database::{Backend, Database, Mysql, Postgres, PostgresDatabase, Sqlite};

/// A database that diesel-async supports.
pub trait AsyncBackend: Backend<Conn: Connection> {
    /// The asynchronous connection.
    type AsyncConn: AsyncConnection<Backend = <Self::Conn as Connection>::Backend> + PoolableConnection + 'static;
}

impl AsyncBackend for Sqlite {
    type AsyncConn = SyncConnectionWrapper<SqliteConnection>;
}

impl AsyncBackend for Postgres {
    type AsyncConn = AsyncPgConnection;
}

impl AsyncBackend for PostgresDatabase {
    type AsyncConn = AsyncPgConnection;
}

impl AsyncBackend for Mysql {
    type AsyncConn = AsyncMysqlConnection;
}

impl<B: AsyncBackend> Database<B> {
    /// Opens another asynchronous connection.
    pub async fn connect_async(&self) -> B::AsyncConn {
        connect_async::<B>(self.url()).await
    }
}

/// Connects to a database by the URL of [`Database::url`].
pub async fn connect_async<B: AsyncBackend>(url: &str) -> B::AsyncConn {
    let conn = B::AsyncConn::establish(url).await;
    let mut conn = conn.unwrap_or_else(|error| panic!("no database at {url}: {error}"));
    if !B::SETUP.is_empty() {
        conn.batch_execute(B::SETUP).await.unwrap();
    }
    conn
}
