//! The demo's rows. They are in `data/fixture.sql`; this file only installs them, once.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// The tables and their rows, in SQL that SQLite and PostgreSQL understand.
pub const FIXTURE: &str = include_str!("../../data/fixture.sql");
const IS_INSTALLED: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'person')";

/// Creates the tables and their rows, unless they exist.
///
/// The check and the installation are one transaction, which holds SQLite's write lock from its
/// first statement. If two programs start at the same time on a new database, one installs the
/// fixture, and the other waits and then finds it complete.
pub fn install(conn: &mut SqliteConnection) -> QueryResult<()> {
    conn.immediate_transaction(|conn| {
        if sql::<Bool>(IS_INSTALLED).get_result(conn)? {
            Ok(())
        } else {
            conn.batch_execute(FIXTURE)
        }
    })
}
