//! What a load asks the database about its own connection, if the texts of the statements do not show it.
//!
//! *Is a transaction open?* A procedure may have begun one, or a batch that failed may have ended one before. Without
//! an answer, the connection's loads would query the database until its next COMMIT or ROLLBACK, which never comes on a
//! connection that only reads. MySQL cannot tell; MariaDB can.
//!
//! *Is a setting what it is on a new connection?* `SET datestyle = ISO` sets PostgreSQL's documented default, but the
//! server, the database or the role may have another default. Without an answer, the connection would share entries
//! only with connections on which the same was set.

use diesel::connection::Connection;

use super::Sql;
use crate::observe::{Observer, Question, Reach, world};
use crate::sql::Dialect;

/// SQLite begins a transaction only if none is open.
const SQLITE: &str = "BEGIN; ROLLBACK";
/// PostgreSQL is asked after it has refused a statement: a transaction that is still open refuses this one as well.
const POSTGRES: &str = "SELECT 1";
/// With `autocommit` off, the next statement would begin one. The row is selected into a variable, because the client
/// then gets the number of rows.
const MYSQL: &str = "SELECT 1 INTO @diesel_cache_settled FROM DUAL WHERE @@in_transaction = 0 AND @@autocommit = 1";

/// The open questions before a load on this connection, which no one else uses at the moment.
pub(crate) fn question<World, Conn: Reach<World>>(conn: &mut Conn) -> Option<Question> {
    if conn.has_transaction() {
        return None;
    }
    Observer::of(conn)?.question()
}

/// Asks all open questions. Returns `true` if an answer has changed what is known.
pub(crate) fn ask<Conn: Connection>(conn: &mut Conn) -> bool {
    let mut learnt = false;
    while let Some(question) = question::<world::Blocking, _>(conn) {
        let Some(sql) = begin::<world::Blocking, _>(conn, &question) else {
            return learnt;
        };
        let yes = match is_batch(&sql) {
            true => conn.batch_execute(&sql).is_ok(),
            false => conn.execute_returning_count(&Sql(sql)) == Ok(1),
        };
        end::<world::Blocking, _>(conn, &question, yes);
        learnt |= yes;
    }
    learnt
}

/// The same as [`ask`], on a connection of diesel-async. If the future is dropped, the answers so far stay recorded.
#[cfg(feature = "async")]
pub(crate) async fn ask_async<Conn: diesel_async::AsyncConnection>(conn: &mut Conn) -> bool {
    let mut learnt = false;
    while let Some(question) = question::<world::Async, _>(conn) {
        let Some(sql) = begin::<world::Async, _>(conn, &question) else {
            return learnt;
        };
        let yes = match is_batch(&sql) {
            true => conn.batch_execute(&sql).await.is_ok(),
            false => conn.execute_returning_count(Sql(sql)).await == Ok(1),
        };
        end::<world::Async, _>(conn, &question, yes);
        learnt |= yes;
    }
    learnt
}

/// Returns `true` if the text has two statements, which are sent as one batch so that the second is not left out.
fn is_batch(sql: &str) -> bool {
    sql == SQLITE
}

fn begin<World, Conn: Reach<World>>(conn: &mut Conn, question: &Question) -> Option<String> {
    let sql = text(question, Dialect::of_backend::<Conn::DB>()?);
    Observer::of(conn)?.expect_own(&sql);
    Some(sql)
}

fn end<World, Conn: Reach<World>>(conn: &mut Conn, question: &Question, yes: bool) {
    if let Some(observer) = Observer::of(conn) {
        observer.answer(question, yes);
    }
}

fn text(question: &Question, dialect: Dialect) -> String {
    match (question, dialect) {
        (Question::Closed, Dialect::Sqlite) => SQLITE.into(),
        (Question::Closed, Dialect::Postgres) => POSTGRES.into(),
        (Question::Closed, Dialect::Mysql) => MYSQL.into(),
        // Since PostgreSQL 12 all positive values mean the same.
        (Question::IsNew(name), _) if name == "extra_float_digits" => {
            "SELECT 1 FROM pg_catalog.pg_settings WHERE name = 'extra_float_digits' AND (setting = reset_val \
             OR (setting::int > 0 AND reset_val::int > 0 \
             AND pg_catalog.current_setting('server_version_num')::int >= 120000))"
                .into()
        }
        (Question::IsNew(name), _) => format!(
            "SELECT 1 FROM pg_catalog.pg_settings WHERE pg_catalog.lower(name) = '{}' AND setting = reset_val",
            name.replace('\'', "''")
        ),
    }
}
