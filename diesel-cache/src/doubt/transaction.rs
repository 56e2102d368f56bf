//! Whether a transaction is open, asked of the database where texts do not tell: a procedure may have begun one, and a batch that
//! failed may have ended its own before.
//!
//! Without an answer the connection's loads would stay with the database until its next COMMIT or ROLLBACK, which on a connection that
//! only reads never comes. MySQL has no such answer; MariaDB has.

use diesel::connection::Connection;

use super::Sql;
use crate::observe::{Observer, Reach, dialect_of, world};
use crate::tables::Dialect;

/// A transaction of its own begins only where none is open.
const SQLITE: &str = "BEGIN; ROLLBACK";
/// PostgreSQL is asked where it has refused a statement: a transaction that is still open refuses this one as well.
const POSTGRES: &str = "SELECT 1";
/// With `autocommit` off, the next statement would begin one. The row goes into a variable, as the client is told how many did.
const MYSQL: &str = "SELECT 1 INTO @diesel_cache_settled FROM DUAL WHERE @@in_transaction = 0 AND @@autocommit = 1";

/// Is there something to ask before a load on this connection? Nobody else has it at the moment.
pub(crate) fn may_ask<World, Conn: Reach<World>>(conn: &mut Conn) -> bool {
    !conn.has_transaction() && Observer::of(conn).is_some_and(|observer| observer.may_ask())
}

/// Asks, where there is something to ask. Returns whether the database has denied that a transaction is open.
pub(crate) fn ask<Conn: Connection>(conn: &mut Conn) -> bool {
    let Some(dialect) = dialect_of::<Conn::Backend>().filter(|_| may_ask::<world::Blocking, _>(conn)) else {
        return false;
    };
    let sql = question(dialect);
    if let Some(observer) = Observer::of::<world::Blocking, _>(conn) {
        observer.aside(sql);
    }
    let closed = match dialect {
        Dialect::Sqlite => conn.batch_execute(sql).is_ok(),
        _ => conn.execute_returning_count(&Sql(sql.into())) == Ok(1),
    };
    if let Some(observer) = Observer::of::<world::Blocking, _>(conn) {
        observer.answer(closed);
    }
    closed
}

/// The same, on a connection of diesel-async. Dropped half-way, it has asked nothing.
#[cfg(feature = "async")]
pub(crate) async fn ask_async<Conn: diesel_async::AsyncConnection>(conn: &mut Conn) {
    let Some(dialect) = dialect_of::<Conn::Backend>() else {
        return;
    };
    let sql = question(dialect);
    if let Some(observer) = Observer::of::<world::Async, _>(conn) {
        observer.aside(sql);
    }
    let closed = match dialect {
        Dialect::Sqlite => conn.batch_execute(sql).await.is_ok(),
        _ => conn.execute_returning_count(Sql(sql.into())).await == Ok(1),
    };
    if let Some(observer) = Observer::of::<world::Async, _>(conn) {
        observer.answer(closed);
    }
}

fn question(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        Dialect::Mysql => MYSQL,
    }
}
