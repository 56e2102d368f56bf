//! PostgreSQL: `pg_stat_activity` shows everybody that a session exists, and its owner since when.
//!
//! A backend leaves it after its transaction has ended, whichever way. Nothing here depends on settings such as `search_path`,
//! `TimeZone` or `track_activities`.

use super::list;
use crate::generation::Session;

/// The server: its cluster, and since when it runs. Never the same for a primary and its standbys.
const SERVER: &str = "pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', \
    (SELECT system_identifier FROM pg_catalog.pg_control_system()), \
    (EXTRACT(EPOCH FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::bigint), 0)";

/// A session of `pg_stat_activity`: its process, and the second it began in, lest a process of the same number pass for it.
/// NULL where the user may not see that.
const SESSION: &str = "(pid::bigint | (EXTRACT(EPOCH FROM backend_start)::bigint << 32))";

/// Has one row if none of these sessions exists on this server any more.
pub(super) fn question(server: u64, sessions: &[Session]) -> String {
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

    fn question() -> Option<String> {
        Some(format!(
            "SELECT {SERVER}, {SESSION} FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_a_process_and_the_second_it_began_in() {
        let session = |id| Session { server: u64::MAX, id };
        let sql = question(u64::MAX, &[session(17 | 3 << 32), session(18 | 0xffff_ffff << 32)]);
        assert!(sql.contains("= -1 AND EXISTS"), "{sql}");
        assert!(sql.contains("pid IN (17, 18)"), "{sql}");
        assert!(sql.contains("IN (12884901905, -4294967278), TRUE)"), "{sql}");
    }
}
