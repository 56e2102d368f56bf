//! Databases whose URLs differ never serve each other's entries; URLs of one database share entries.

/// Loads the mark, a value that identifies the database of a connection.
macro_rules! ask {
    ($conn:expr) => {{
        let query = diesel::sql_query(MARK).cached("default");
        diesel::RunQueryDsl::get_result::<Answer>(query, $conn).unwrap().v
    }};
}

macro_rules! ask_async {
    ($conn:expr) => {{
        let query = diesel::sql_query(MARK).cached("default");
        diesel_async::RunQueryDsl::get_result::<Answer>(query, $conn)
            .await
            .unwrap()
            .v
    }};
}

mod environment;
mod kept;
mod urls;

use std::fs;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Statements, regions};

#[derive(QueryableByName, Cacheable, Debug)]
struct Answer {
    #[diesel(sql_type = Text)]
    v: String,
}

/// Installs a cache on a directory. Returns the statements that connections send from now on.
fn install(directory: &Path) -> (Cache, Statements) {
    let cache = regions(directory).build().unwrap();
    let statements = Statements::new();
    let each = statements.clone();
    cache.install_with(move || each.clone()).unwrap();
    (cache, statements)
}

const MARK: &str = "SELECT v FROM mark";

fn mark<B: Backend>(url: &str, mark: &str) {
    let mut conn = B::Conn::establish(url).unwrap();
    conn.batch_execute(&format!(
        "CREATE TABLE mark (v VARCHAR(50) NOT NULL); INSERT INTO mark VALUES ('{mark}')"
    ))
    .unwrap();
}

/// Returns `true` if a file below the directory contains these bytes.
pub(super) fn holds(directory: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, bytes);
        }
        fs::read(path)
            .unwrap()
            .windows(bytes.len())
            .any(|window| window == bytes)
    })
}
