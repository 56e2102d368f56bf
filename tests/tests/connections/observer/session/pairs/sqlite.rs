//! SQLite.

use std::fs;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache_tests::{Database, Setup, Sqlite};

use super::super::{is_right, tell};
use super::{Pair, are_told_apart};

#[test]
fn settings() {
    let db = Database::<Sqlite>::new();
    let [a, b] = ["a", "b"].map(|name| {
        let path = db.directory().join(name).to_string_lossy().into_owned();
        let mut conn = db.connect();
        conn.batch_execute(&format!(
            "ATTACH '{path}' AS x; CREATE TABLE x.only (name TEXT); INSERT INTO x.only VALUES ('{name}')"
        ))
        .unwrap();
        path
    });
    let rows = "SELECT name AS v FROM person WHERE id = 1";
    let pairs: &[Pair<'_>] = &[
        (
            rows,
            &["CREATE TABLE 'temp'.person AS SELECT 1 AS id, 'temp' AS name"],
            &[],
        ),
        (
            rows,
            &["CREATE VIEW 'TEMP'.person AS SELECT 1 AS id, 'temp' AS name"],
            &[],
        ),
        (
            "SELECT CAST('a' LIKE 'A' AS TEXT) AS v",
            &["EXPLAIN PRAGMA case_sensitive_like = 1"],
            &[],
        ),
        (
            "SELECT CAST('a' LIKE 'A' AS TEXT) AS v",
            &["EXPLAIN QUERY PLAN PRAGMA case_sensitive_like = 1"],
            &[],
        ),
        (
            "SELECT CAST(user_version AS TEXT) AS v FROM 'pragma_user_version'",
            &["PRAGMA user_version = 7"],
            &[],
        ),
        (
            "SELECT CAST(foreign_keys AS TEXT) AS v FROM 'pragma_foreign_keys'",
            &["PRAGMA foreign_keys = OFF"],
            &[],
        ),
    ];
    are_told_apart(&db, pairs);

    // Of a text that is prepared, the first statement alone is run.
    let (mut one, mut other) = (Setup::<Sqlite>::new(&db), Setup::<Sqlite>::new(&db));
    let both = "PRAGMA case_sensitive_like = 1; PRAGMA case_sensitive_like = 0";
    diesel::sql_query(both).execute(&mut one.conn).unwrap();
    other.conn.batch_execute(both).unwrap();
    for setup in [&mut one, &mut other] {
        is_right(setup, "SELECT CAST('b' LIKE 'B' AS TEXT) AS v", &[both]);
    }
    is_right(&mut other, rows, &[]);
    tell(&mut one, &["SAVEPOINT a", "UPDATE person SET name = 'z' WHERE id = 1"]);
    diesel::sql_query("SELECT 1; ROLLBACK TO a")
        .execute(&mut one.conn)
        .unwrap();
    tell(&mut one, &["RELEASE a"]);
    is_right(&mut other, rows, &["RELEASE a"]);

    // One name, and where it leads to.
    let link = db.directory().join("link").to_string_lossy().into_owned();
    let attach = format!("ATTACH '{link}' AS x");
    for path in [a, b] {
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(path, &link).unwrap();
        let mut setup = Setup::new(&db);
        tell(&mut setup, &[&attach]);
        is_right(&mut setup, "SELECT name AS v FROM x.only", &[&attach]);
    }
}
