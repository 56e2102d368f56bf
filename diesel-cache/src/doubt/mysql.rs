//! MySQL and MariaDB: the process list shows users their own sessions, and all sessions to users with the privilege.
//!
//! A session leaves the list only after its transaction has ended, by commit or by rollback. Which sessions a user may
//! see depends on the name of the login. So this name is part of the server's identity, and the connection that asks
//! must be able to see its own session.

use super::sql::list;
use crate::generation::DatabaseSession;

/// The server, as this user sees it. The end of `UUID()` consists of a number that is drawn when the server starts, and
/// of the machine's address.
const SERVER: &str = "CAST(CONV(LEFT(SHA2(CONCAT_WS(' ', @@hostname, @@port, @@server_id, @@datadir, RIGHT(UUID(), 17), \
    SUBSTRING_INDEX(USER(), '@', CHAR_LENGTH(USER()) - CHAR_LENGTH(REPLACE(USER(), '@', '')))), 256), 15), 16, 10) \
    AS SIGNED)";

/// Has one row if none of these sessions exists on this server any more. The row is selected into a variable, because
/// the client then gets the number of rows.
pub(super) fn gone(server: u64, sessions: &[DatabaseSession]) -> String {
    let ids = list(sessions.iter().map(|session| session.id));
    format!(
        "SELECT 1 INTO @diesel_cache_settled FROM DUAL WHERE {SERVER} = {server} \
         AND EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()) \
         AND NOT EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE ID IN ({ids}))"
    )
}

/// Has one row if this session waits for its client. A session does so only when its statement is committed, and the
/// last row is sent.
pub(super) fn idle(session: DatabaseSession) -> String {
    let DatabaseSession { server, id } = session;
    format!(
        "SELECT 1 INTO @diesel_cache_settled FROM DUAL WHERE {SERVER} = {server} \
         AND EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()) \
         AND NOT EXISTS (SELECT 1 FROM information_schema.PROCESSLIST \
             WHERE ID = {id} AND COMMAND <> 'Sleep' AND ID <> CONNECTION_ID())"
    )
}

#[cfg(feature = "mysql")]
impl super::backend::Identify for diesel::mysql::Mysql {
    fn session_of<Conn>(conn: &mut Conn) -> diesel::QueryResult<Option<(u64, u64)>>
    where
        Conn: diesel::connection::LoadConnection<Backend = Self>,
    {
        super::backend::read(conn)
    }

    fn session_query() -> Option<String> {
        Some(format!("SELECT {SERVER}, CAST(CONNECTION_ID() AS SIGNED)"))
    }
}
