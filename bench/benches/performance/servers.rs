//! Databases with the benchmark's rows, and connections to them: by Unix socket and pinned to a CPU, where that is
//! possible.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_cache_bench::fill;
use diesel_cache_tests::{Backend, Database, Mysql, Postgres, Sqlite, connect};

use crate::pin::{self, Pinned};

/// The CPU on which the server answers a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum At {
    /// The CPU of the client, where the server answers fastest.
    SameCpu,
    /// Another CPU.
    OtherCpu,
}

/// A backend whose server may be reachable by a Unix socket, and whose threads may be pinned.
pub(crate) trait Server: Backend {
    /// Its name in the report.
    const NAME: &'static str;

    /// The statement that updates the planner's statistics. Without it, the database plans badly until it does so by
    /// itself.
    const ANALYZE: &'static str = "ANALYZE";

    /// Returns a URL of the same database by a Unix socket, if the server is a local one.
    fn by_socket(url: &str) -> Option<String>;

    /// Returns the thread of the server that answers this connection, and the beginning of the thread's name.
    fn thread(conn: &mut Self::Conn) -> Option<(i32, &'static str)>;
}

impl Server for Sqlite {
    const NAME: &'static str = "SQLite WAL";

    fn by_socket(_: &str) -> Option<String> {
        None
    }

    fn thread(_: &mut SqliteConnection) -> Option<(i32, &'static str)> {
        None
    }
}

impl Server for Postgres {
    const NAME: &'static str = "PostgreSQL";
    const ANALYZE: &'static str = "ANALYZE person, invoice";

    fn by_socket(url: &str) -> Option<String> {
        let (host, port) = local(url, "5432")?;
        let directory = ["/var/run/postgresql", "/tmp"]
            .into_iter()
            .find(|directory| Path::new(&format!("{directory}/.s.PGSQL.{port}")).exists())?;
        Some(url.replacen(host, &format!("{}:{port}", directory.replace('/', "%2F")), 1))
    }

    fn thread(conn: &mut PgConnection) -> Option<(i32, &'static str)> {
        diesel::define_sql_function! { fn pg_backend_pid() -> diesel::sql_types::Integer }
        let id = diesel::select(pg_backend_pid()).get_result(conn).ok()?;
        Some((id, "postgres"))
    }
}

impl Server for Mysql {
    const NAME: &'static str = "MariaDB";
    const ANALYZE: &'static str = "ANALYZE TABLE person, invoice";

    fn by_socket(url: &str) -> Option<String> {
        let (host, _) = local(url, "3306")?;
        let mut conn = connect::<Self>(url);
        let socket: String = diesel::select(diesel::dsl::sql::<Text>("@@socket"))
            .get_result(&mut conn)
            .ok()?;
        let url = url.replacen(host, "localhost", 1);
        Some(format!("{url}?unix_socket={}", socket.replace('/', "%2F")))
    }

    fn thread(conn: &mut MysqlConnection) -> Option<(i32, &'static str)> {
        // MariaDB has the thread's id in this column. MySQL has no such column, so it is not pinned.
        let id: i64 = diesel::select(diesel::dsl::sql::<BigInt>(
            "(SELECT tid FROM information_schema.processlist WHERE id = CONNECTION_ID())",
        ))
        .get_result(conn)
        .ok()?;
        Some((i32::try_from(id).ok()?, "m")) // mariadbd, mysqld, or what the thread calls itself
    }
}

/// Returns the part of the URL that names host and port, and the port, if the server is a local one.
fn local<'url>(url: &'url str, default_port: &'static str) -> Option<(&'url str, &'url str)> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split('/').next()?.rsplit('@').next()?;
    let (name, port) = host.split_once(':').unwrap_or((host, default_port));
    matches!(name, "127.0.0.1" | "localhost").then_some((host, port))
}

/// A database that belongs to the benchmark.
pub(crate) struct World<B: Backend> {
    database: Database<B>,
    socket: Option<String>,
}

impl<B: Server> World<B> {
    pub(crate) fn new() -> Self {
        let database = Database::new();
        let mut conn: B::Conn = database.connect();
        fill(&mut conn);
        conn.batch_execute(B::ANALYZE).unwrap();
        let socket = B::by_socket(database.url()).filter(|url| B::Conn::establish(url).is_ok());
        Self { database, socket }
    }

    pub(crate) fn url(&self) -> &str {
        self.socket.as_deref().unwrap_or(self.database.url())
    }

    /// Opens a connection that is not pinned.
    pub(crate) fn connect(&self) -> B::Conn {
        connect::<B>(self.url())
    }

    /// Opens a connection, and pins the server's thread to that CPU if possible.
    pub(crate) fn connect_at(&self, at: At) -> (B::Conn, Option<Pinned>) {
        let mut conn = self.connect();
        let cpus = pin::cpus();
        let cpu = match at {
            At::SameCpu => cpus.first(),
            At::OtherCpu => cpus.get(1),
        };
        let pinned = cpu.and_then(|&cpu| {
            let (thread, name) = B::thread(&mut conn)?;
            Pinned::new(thread, name, cpu)
        });
        (conn, pinned)
    }

    /// Returns how the server is reached, for the report.
    pub(crate) fn way(&self) -> &'static str {
        if self.socket.is_some() { "unix socket" } else { "TCP" }
    }
}
