//! The demo's rows. They lie in `data/fixture.sql`; this file only installs them, once.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// The tables and their rows, in SQL that SQLite and PostgreSQL understand.
pub const FIXTURE: &str = include_str!("../../data/fixture.sql");
const IS_INSTALLED: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'person')";

/// Creates the tables and their rows, unless they are there.
///
/// The look and the installation are one transaction, which holds SQLite's write lock from its
/// first statement. So of two programs that start at once on a new database, one installs the
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
