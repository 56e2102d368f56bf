//! The statements that workers send to each database.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error::RollbackTransaction;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Mysql, PostgresDatabase as Postgres, Sqlite};

use crate::history::{Row, Seen, Writer};
use crate::model::{self, book, shelf};

/// A query.
#[derive(Clone, Copy, Debug)]
pub enum Query {
    Shelf(i32),
    Shelves,
    Books,
    BooksOn(i32),
    Join,
}

/// How a query's rows are loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Database,
    Disk,
    Memory,
    Shared,
    /// Through the cache, replacing the entry.
    Refresh,
    /// Through the cache in a transaction. It may hit if the transaction has not written the tables.
    InTransaction,
    /// From a region in Redis, which the machines share.
    Redis,
}

impl Way {
    /// Every way. The last one is for machines.
    pub const ALL: [Self; 7] = [
        Self::Database,
        Self::Disk,
        Self::Memory,
        Self::Shared,
        Self::Refresh,
        Self::InTransaction,
        Self::Redis,
    ];
}

impl Query {
    /// Returns every query.
    pub fn all() -> Vec<Self> {
        let each = (1..=model::SHELVES).flat_map(|id| [Self::Shelf(id), Self::BooksOn(id)]);
        each.chain([Self::Shelves, Self::Books, Self::Join]).collect()
    }
}

/// A database, and how workers load and write in it.
pub trait Engine: Backend {
    /// Its name on the command line.
    const NAME: &'static str;
    /// Whether the database is a server, which goes on with a statement after its client has died.
    const SERVER: bool;
    /// Settings that make the database faster without weakening the check.
    const TUNE: &'static str;
    /// A condition for an UPDATE that takes two seconds to evaluate, and is true.
    const SLEEP: &'static str;
    /// A query for the id of the connection's session, if the database is a server.
    const SESSION: Option<&'static str>;
    /// A query that counts those of the sessions `{ids}` that exist.
    const SESSIONS: &'static str;
    /// A query that counts those of the sessions `{ids}` that are executing [`SLEEP`](Self::SLEEP).
    const SLEEPING: &'static str;
    /// An upsert of a shelf, which always exists and so is updated. `{id}` and `{writer}` are filled in.
    const UPSERT: &'static str;
    /// A statement that writes a shelf and returns its version. Empty if the database has no such statement.
    const RETURNING: &'static str;
    /// A statement that writes all shelves, and that Diesel runs as a load. Empty if the database has no such
    /// statement.
    const RETURNING_ALL: &'static str;
    /// Statements that begin a transaction, commit it, and roll it back.
    const RAW: &'static [[&'static str; 3]];

    fn introspect(cache: &Cache, conn: &mut Self::Conn) -> QueryResult<()>;

    fn load(conn: &mut Self::Conn, query: Query, way: Way) -> QueryResult<Vec<Seen>>;

    /// Writes one row through Diesel's query builder.
    fn update(conn: &mut Self::Conn, row: Row, writer: Writer) -> QueryResult<usize>;

    fn execute(conn: &mut Self::Conn, sql: &str) -> QueryResult<usize>;

    fn number(conn: &mut Self::Conn, sql: &str) -> QueryResult<i64>;

    /// Runs `work` in a transaction, which is rolled back if `work` demands it.
    fn transaction(
        conn: &mut Self::Conn,
        work: &mut dyn FnMut(&mut Self::Conn) -> QueryResult<bool>,
    ) -> QueryResult<bool>;
}

/// The row of a statement that returns a number.
#[derive(QueryableByName)]
pub struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

macro_rules! load {
    ($conn:ident, $way:ident, $query:expr) => {
        match $way {
            Way::Database => $query.load($conn)?,
            Way::Disk => $query.cached("disk").load($conn)?,
            Way::Memory => $query.cached("memory").load($conn)?,
            Way::Redis => $query.cached("redis").load($conn)?,
            Way::Refresh => $query.cached("disk").refresh().load($conn)?,
            Way::InTransaction => $query.cached("disk").in_transaction().load($conn)?,
            Way::Shared => $query.cached("disk").load_shared($conn)?.to_vec(),
        }
    };
}

macro_rules! engine {
    ($backend:ty, $name:literal, server: $server:literal, $($const:item)*) => {
        impl Engine for $backend {
            const NAME: &'static str = $name;
            const SERVER: bool = $server;
            $($const)*

            fn introspect(cache: &Cache, conn: &mut Self::Conn) -> QueryResult<()> {
                cache.introspect(conn).map(drop)
            }

            fn load(conn: &mut Self::Conn, query: Query, way: Way) -> QueryResult<Vec<Seen>> {
                let shelves = shelf::table.order(shelf::id).select((shelf::id, shelf::version, shelf::writer));
                let books = book::table.order(book::id).select((book::id, book::version, book::writer));
                Ok(match query {
                    Query::Shelf(id) => of_shelves(load!(conn, way, shelves.filter(shelf::id.eq(id)))),
                    Query::Shelves => of_shelves(load!(conn, way, shelves)),
                    Query::Books => of_books(load!(conn, way, books)),
                    Query::BooksOn(id) => of_books(load!(conn, way, books.filter(book::shelf_id.eq(id)))),
                    Query::Join => {
                        let join = shelf::table.inner_join(book::table).order(book::id);
                        let rows: Vec<((i32, i64, i64), (i32, i64, i64))> = load!(conn, way, join.select((
                            (shelf::id, shelf::version, shelf::writer),
                            (book::id, book::version, book::writer),
                        )));
                        let (shelves, books) = rows.into_iter().unzip();
                        [of_shelves(shelves), of_books(books)].concat()
                    }
                })
            }

            fn update(conn: &mut Self::Conn, row: Row, writer: Writer) -> QueryResult<usize> {
                match model::place(row) {
                    ("shelf", id) => diesel::update(shelf::table.find(id))
                        .set((shelf::version.eq(shelf::version + 1), shelf::writer.eq(writer)))
                        .execute(conn),
                    (_, id) => diesel::update(book::table.find(id))
                        .set((book::version.eq(book::version + 1), book::writer.eq(writer)))
                        .execute(conn),
                }
            }

            fn execute(conn: &mut Self::Conn, sql: &str) -> QueryResult<usize> {
                diesel::sql_query(sql).execute(conn)
            }

            fn number(conn: &mut Self::Conn, sql: &str) -> QueryResult<i64> {
                diesel::sql_query(sql).get_result::<Number>(conn).map(|row| row.number)
            }

            fn transaction(
                conn: &mut Self::Conn,
                work: &mut dyn FnMut(&mut Self::Conn) -> QueryResult<bool>,
            ) -> QueryResult<bool> {
                let done = conn.transaction(|conn| if work(conn)? { Ok(true) } else { Err(RollbackTransaction) });
                match done {
                    Err(RollbackTransaction) => Ok(false),
                    other => other,
                }
            }
        }
    };
}

engine! { Sqlite, "sqlite", server: false,
    const TUNE: &'static str = "PRAGMA synchronous = OFF";
    const SLEEP: &'static str = "1 = 1";
    const SESSION: Option<&'static str> = None;
    const SESSIONS: &'static str = "SELECT 0 AS number";
    const SLEEPING: &'static str = "SELECT 1 AS number";
    const UPSERT: &'static str = "INSERT INTO shelf (id, version, writer) VALUES ({id}, 0, {writer}) \
        ON CONFLICT (id) DO UPDATE SET version = shelf.version + 1, writer = {writer}";
    const RETURNING: &'static str = UPDATE_RETURNING;
    const RETURNING_ALL: &'static str = "UPDATE shelf SET version = version + 1, writer = {writer} \
        RETURNING version AS number";
    const RAW: &'static [[&'static str; 3]] = &[
        ["BEGIN", "COMMIT", "ROLLBACK"],
        ["BEGIN IMMEDIATE", "END", "ROLLBACK"],
        ["SAVEPOINT outer_one", "RELEASE outer_one", "ROLLBACK TO outer_one; RELEASE outer_one"],
    ];
}

/// Shared by SQLite and PostgreSQL.
const UPDATE_RETURNING: &str =
    "UPDATE shelf SET version = version + 1, writer = {writer} WHERE id = {id} RETURNING version AS number";

engine! { Postgres, "postgres", server: true,
    const TUNE: &'static str = "SET synchronous_commit = off; \
        DO $$ BEGIN PERFORM set_config('deadlock_timeout', '50ms', false); \
        EXCEPTION WHEN insufficient_privilege THEN NULL; END $$";
    const SLEEP: &'static str = "pg_sleep(2)::text IS NOT NULL";
    const SESSION: Option<&'static str> = Some("SELECT pg_backend_pid()::bigint AS number");
    const SESSIONS: &'static str = "SELECT count(*) AS number FROM pg_stat_activity WHERE pid IN ({ids})";
    const SLEEPING: &'static str = "SELECT count(*) AS number FROM pg_stat_activity WHERE pid IN ({ids}) \
        AND state = 'active' AND query LIKE '%pg_sleep(2)%'";
    const UPSERT: &'static str = Sqlite::UPSERT;
    const RETURNING: &'static str = UPDATE_RETURNING;
    const RETURNING_ALL: &'static str = "WITH changed AS (UPDATE shelf SET version = version + 1, \
        writer = {writer} RETURNING version) SELECT version AS number FROM changed";
    const RAW: &'static [[&'static str; 3]] = &[
        ["BEGIN", "COMMIT", "ROLLBACK"],
        ["BEGIN ISOLATION LEVEL REPEATABLE READ", "END", "ABORT"],
        ["START TRANSACTION", "COMMIT AND CHAIN; COMMIT", "ROLLBACK AND CHAIN; ROLLBACK"],
    ];
}

engine! { Mysql, "mysql", server: true,
    const TUNE: &'static str = "SET SESSION innodb_lock_wait_timeout = 10";
    const SLEEP: &'static str = "SLEEP(2) = 0";
    const SESSION: Option<&'static str> = Some("SELECT CONNECTION_ID() AS number");
    const SESSIONS: &'static str = "SELECT count(*) AS number FROM information_schema.processlist WHERE id IN ({ids})";
    const SLEEPING: &'static str = "SELECT count(*) AS number FROM information_schema.processlist \
        WHERE id IN ({ids}) AND info LIKE '%SLEEP(2)%'";
    const UPSERT: &'static str = "INSERT INTO shelf (id, version, writer) VALUES ({id}, 0, {writer}) \
        ON DUPLICATE KEY UPDATE version = version + 1, writer = {writer}";
    // Diesel does not load what an INSERT … RETURNING returns here, and there is no UPDATE … RETURNING.
    const RETURNING: &'static str = "";
    const RETURNING_ALL: &'static str = "";
    const RAW: &'static [[&'static str; 3]] = &[
        ["BEGIN", "COMMIT", "ROLLBACK"],
        ["START TRANSACTION", "COMMIT AND CHAIN; COMMIT", "ROLLBACK AND CHAIN; ROLLBACK"],
        ["SET autocommit = 0", "COMMIT; SET autocommit = 1", "ROLLBACK; SET autocommit = 1"],
        ["SET autocommit = 0", "SET autocommit = 1", "ROLLBACK; SET autocommit = 1"],
    ];
}

fn of_shelves(rows: Vec<(i32, i64, i64)>) -> Vec<Seen> {
    let mut seen: Vec<_> = rows.into_iter().map(|row| of(model::shelf_row(row.0), row)).collect();
    seen.sort_by_key(|seen| seen.row);
    seen.dedup();
    seen
}

fn of_books(rows: Vec<(i32, i64, i64)>) -> Vec<Seen> {
    rows.into_iter().map(|row| of(model::book_row(row.0), row)).collect()
}

fn of(row: Row, (_, version, writer): (i32, i64, i64)) -> Seen {
    Seen {
        row,
        version: version as u64,
        writer,
    }
}

/// Counts the sessions of these that `sql`, one of [`Engine`]'s queries, looks for.
pub fn count<E: Engine>(conn: &mut E::Conn, sql: &str, sessions: &[u64]) -> i64 {
    let ids: Vec<_> = sessions.iter().map(u64::to_string).collect();
    match ids.is_empty() {
        true => 0,
        false => E::number(conn, &sql.replace("{ids}", &ids.join(", "))).expect("the server says who is there"),
    }
}

/// Executes several statements that are sent as one text.
pub fn batch<E: Engine>(conn: &mut E::Conn, sql: &str) -> QueryResult<()> {
    conn.batch_execute(sql)
}
