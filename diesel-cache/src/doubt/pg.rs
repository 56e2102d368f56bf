//! PostgreSQL: `pg_stat_activity` shows to every user that a session exists, and to the session's owner when it began.
//!
//! A session leaves the view only after its transaction has ended, by commit or by rollback. Nothing here depends on
//! settings such as `search_path`, `TimeZone` or `track_activities`.

use super::sql::list;
use crate::generation::DatabaseSession;

/// The server: the database cluster, and when the server started. A primary and its standbys never have the same.
const SERVER: &str = "pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', \
    (SELECT system_identifier FROM pg_catalog.pg_control_system()), \
    (EXTRACT(EPOCH FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::bigint), 0)";

/// A session of `pg_stat_activity`: its process id and the second in which it began, because process ids are reused.
/// NULL if the user may not see the latter.
const SESSION: &str = "(pid::bigint | (EXTRACT(EPOCH FROM backend_start)::bigint << 32))";

/// Makes sure that this server is PostgreSQL, and the one on which writes are made: `pg_locks` shows the asking
/// transaction, and those of all others. A distributed database that speaks PostgreSQL's protocol shows less.
const SHOWS_LOCKS: &str = "NOT pg_catalog.pg_is_in_recovery() AND pg_catalog.version() NOT LIKE '%-YB-%' \
    AND EXISTS (SELECT FROM pg_catalog.pg_locks \
        WHERE locktype = 'virtualxid' AND pid = pg_catalog.pg_backend_pid())";

/// Returns a statement with one row if this session is in no transaction. Each statement is in one until all its
/// effects are visible.
pub(super) fn idle(session: DatabaseSession) -> String {
    let (server, pid) = (session.server.cast_signed(), session.id & u64::from(u32::MAX));
    format!(
        "SELECT 1 WHERE {SHOWS_LOCKS} AND {SERVER} = {server} \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks \
             WHERE locktype = 'virtualxid' AND pid = {pid} AND pid <> pg_catalog.pg_backend_pid())"
    )
}

/// Returns a statement with one row if no other session of this database holds the lock of a write on a table of one of
/// these names.
///
/// A write takes this lock before its connection learns that it has begun, and releases it when all its effects can be
/// seen.
pub(super) fn unlocked(tables: &[Box<str>]) -> String {
    let names = list(tables.iter().map(|name| format!("'{name}'")));
    format!(
        "SELECT 1 WHERE {SHOWS_LOCKS} \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_class AS c ON c.oid = l.relation \
             WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid() \
             AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
             AND pg_catalog.lower(c.relname::text COLLATE \"C\") IN ({names}))"
    )
}

/// Returns a statement with one row if none of these sessions exists on this server any more.
pub(super) fn gone(server: u64, sessions: &[DatabaseSession]) -> String {
    let server = server.cast_signed();
    let ids = list(sessions.iter().map(|session| session.id.cast_signed()));
    let pids = list(sessions.iter().map(|session| session.id & u64::from(u32::MAX)));
    format!(
        "SELECT 1 WHERE NOT pg_catalog.pg_is_in_recovery() AND {SERVER} = {server} \
         AND EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()) \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity \
             WHERE pid IN ({pids}) AND COALESCE({SESSION} IN ({ids}), TRUE))"
    )
}

#[cfg(feature = "postgres")]
impl super::backend::Identify for diesel::pg::Pg {
    fn session_of<Conn>(conn: &mut Conn) -> diesel::QueryResult<Option<(u64, u64)>>
    where
        Conn: diesel::connection::LoadConnection<Backend = Self>,
    {
        super::backend::read(conn)
    }

    fn session_query() -> Option<String> {
        Some(format!(
            "SELECT {SERVER}, {SESSION} FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_a_process_and_the_second_in_which_it_began() {
        let session = |id| DatabaseSession { server: u64::MAX, id };
        let sql = gone(u64::MAX, &[session(17 | 3 << 32), session(18 | 0xffff_ffff << 32)]);
        assert!(sql.contains("= -1 AND EXISTS"), "{sql}");
        assert!(sql.contains("pid IN (17, 18)"), "{sql}");
        assert!(sql.contains("IN (12884901905, -4294967278), TRUE)"), "{sql}");
    }
}
