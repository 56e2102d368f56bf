//! The operations of a task on a connection, each in one future that may be dropped at any point.

use std::future::Future;

use diesel::QueryResult;
use diesel::prelude::*;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::{AsyncConnection, AsyncMysqlConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_cache::prelude::*;
use diesel_cache_tests::{AsyncBackend, Mysql, PostgresDatabase as Postgres, Sqlite};
use futures_util::future::join;

use super::pool::{Lender, Pool, by_bb8, by_deadpool, by_mobc};
use crate::engine::{Engine, Number, Query, Way};
use crate::history::{Row, Seen, Writer};
use crate::model::{self, book, shelf};

/// One load or write.
#[derive(Clone, Debug)]
pub enum Operation {
    Look(Query, Way),
    /// Writes all shelves, and returns all rows or the first.
    Returning(Writer),
    /// Two writes at the same time if the driver has pipelines, else one after the other.
    Pipeline(String, String),
    /// A transaction through Diesel. If its future is dropped, pools do not lend the connection again.
    Transaction(Vec<String>),
    /// A transaction that Diesel does not know of. If its future is dropped, the transaction stays open.
    RawTransaction(Vec<String>),
    Update(String),
}

impl Operation {
    /// Runs the operation. Returns what was seen, if it was a load.
    pub async fn run<E: Tasks>(&self, conn: &mut E::AsyncConn) -> QueryResult<Vec<Seen>> {
        match self {
            Self::Look(query, way) => return E::look(conn, *query, *way).await,
            Self::Returning(writer) => E::returning(conn, *writer).await?,
            Self::Pipeline(one, other) => E::pipeline(conn, one, other).await?,
            Self::Transaction(texts) => <E as Tasks>::transaction(conn, texts).await?,
            Self::RawTransaction(texts) => in_transaction(conn, texts).await?,
            Self::Update(text) => conn.batch_execute(text).await?,
        }
        Ok(Vec::new())
    }
}

/// How the asynchronous connections of a database run the operations.
pub trait Tasks: Engine + AsyncBackend {
    /// Whether the database can return the rows that a statement writes.
    const RETURNS: bool;

    /// Whether a connection can still be used after one of its futures was dropped.
    const BEARS_CUTS: bool;

    fn look(conn: &mut Self::AsyncConn, query: Query, way: Way) -> impl Future<Output = QueryResult<Vec<Seen>>> + Send;

    fn returning(conn: &mut Self::AsyncConn, writer: Writer) -> impl Future<Output = QueryResult<()>> + Send;

    fn pipeline(conn: &mut Self::AsyncConn, one: &str, other: &str) -> impl Future<Output = QueryResult<()>> + Send;

    fn transaction(conn: &mut Self::AsyncConn, texts: &[String]) -> impl Future<Output = QueryResult<()>> + Send;

    /// Identifies the connection's session, so that dropped writes do not stay in doubt for long.
    fn identify(cache: &Cache, conn: &mut Self::AsyncConn) -> impl Future<Output = ()> + Send;

    /// Makes a pool of `size` connections that `manager` opens.
    fn pool(pool: Pool, manager: AsyncDieselConnectionManager<Self::AsyncConn>, size: u32) -> Lender<Self::AsyncConn>;
}

macro_rules! load {
    ($conn:ident, $way:ident, $query:expr) => {
        match $way {
            Way::Database => $query.load($conn).await?,
            Way::Disk => $query.cached("disk").load($conn).await?,
            Way::Memory => $query.cached("memory").load($conn).await?,
            Way::Redis => $query.cached("redis").load($conn).await?,
            Way::Refresh => $query.cached("disk").refresh().load($conn).await?,
            Way::InTransaction => $query.cached("disk").in_transaction().load($conn).await?,
            Way::Shared => $query.cached("disk").load_shared($conn).await?.to_vec(),
        }
    };
}

macro_rules! tasks {
    ($backend:ty, returns: $returns:literal, bears_cuts: $bears:literal, $($method:item)*) => {
        impl Tasks for $backend {
            const RETURNS: bool = $returns;
            const BEARS_CUTS: bool = $bears;

            async fn look(conn: &mut Self::AsyncConn, query: Query, way: Way) -> QueryResult<Vec<Seen>> {
                type Rows = Vec<(i32, i64, i64)>;
                let shelves = shelf::table.order(shelf::id).select((shelf::id, shelf::version, shelf::writer));
                let books = book::table.order(book::id).select((book::id, book::version, book::writer));
                let (rows, row): (Rows, fn(i32) -> Row) = match query {
                    Query::Shelf(id) => (load!(conn, way, shelves.filter(shelf::id.eq(id))), model::shelf_row),
                    Query::Shelves | Query::Join => (load!(conn, way, shelves), model::shelf_row),
                    Query::Books => (load!(conn, way, books), model::book_row),
                    Query::BooksOn(id) => (load!(conn, way, books.filter(book::shelf_id.eq(id))), model::book_row),
                };
                let seen = |(id, version, writer)| Seen { row: row(id), version: version as u64, writer };
                Ok(rows.into_iter().map(seen).collect())
            }

            async fn transaction(conn: &mut Self::AsyncConn, texts: &[String]) -> QueryResult<()> {
                conn.transaction(async |conn| {
                    for text in texts {
                        conn.batch_execute(text).await?;
                    }
                    Ok(())
                })
                .await
            }

            async fn identify(cache: &Cache, conn: &mut Self::AsyncConn) {
                let _ = cache.identify_async(conn).await;
            }

            fn pool(
                pool: Pool,
                manager: AsyncDieselConnectionManager<Self::AsyncConn>,
                size: u32,
            ) -> Lender<Self::AsyncConn> {
                match pool {
                    Pool::Deadpool => by_deadpool!(manager, size),
                    Pool::Bb8 => by_bb8!(manager, size),
                    Pool::Mobc => by_mobc!(manager, size),
                }
            }

            $($method)*
        }
    };
}

async fn in_transaction<C: AsyncConnection>(conn: &mut C, texts: &[String]) -> QueryResult<()> {
    conn.batch_execute("BEGIN").await?;
    for text in texts {
        conn.batch_execute(text).await?;
    }
    conn.batch_execute("COMMIT").await
}

/// Runs two statements one after the other.
async fn in_turn<C: AsyncConnection>(conn: &mut C, one: &str, other: &str) -> QueryResult<()> {
    conn.batch_execute(one).await?;
    conn.batch_execute(other).await
}

tasks! { Sqlite, returns: true, bears_cuts: true,
    async fn returning(conn: &mut Self::AsyncConn, writer: Writer) -> QueryResult<()> {
        let sql = Self::RETURNING_ALL.replace("{writer}", &writer.to_string());
        diesel::sql_query(sql).get_result::<Number>(conn).await.map(drop)
    }

    async fn pipeline(conn: &mut Self::AsyncConn, one: &str, other: &str) -> QueryResult<()> {
        in_turn(conn, one, other).await
    }
}

tasks! { Postgres, returns: true, bears_cuts: true,
    async fn returning(conn: &mut AsyncPgConnection, writer: Writer) -> QueryResult<()> {
        let update = diesel::update(shelf::table).set((shelf::version.eq(shelf::version + 1), shelf::writer.eq(writer)));
        // This takes only the first row: the server may still have to send the others, and to commit.
        update.returning(shelf::version).get_result::<i64>(conn).await.map(drop)
    }

    async fn pipeline(conn: &mut AsyncPgConnection, one: &str, other: &str) -> QueryResult<()> {
        let (mut first, mut second) = (&*conn, &*conn);
        let (first, second) = (
            diesel::sql_query(one).execute(&mut first),
            diesel::sql_query(other).execute(&mut second),
        );
        // The last to start is the first to be polled.
        let (second, first) = join(second, first).await;
        first.and(second).map(drop)
    }
}

tasks! { Mysql, returns: false, bears_cuts: false,
    async fn returning(_: &mut AsyncMysqlConnection, _: Writer) -> QueryResult<()> {
        Ok(())
    }

    async fn pipeline(conn: &mut AsyncMysqlConnection, one: &str, other: &str) -> QueryResult<()> {
        in_turn(conn, one, other).await
    }
}
