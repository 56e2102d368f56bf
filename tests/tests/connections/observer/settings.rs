//! Every setting of a server is in one of the library's two lists: harmless settings, and those that are part of the
//! key.

#![allow(dead_code, reason = "the lists are shared with the library")]

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_cache_tests::{Database, Mysql, Postgres, Sqlite};

#[path = "../../../../diesel-cache/src/sql/dialect/mysql/settings.rs"]
mod mysql;
#[path = "../../../../diesel-cache/src/sql/dialect/postgres/settings.rs"]
mod postgres;
#[path = "../../../../diesel-cache/src/sql/dialect/sqlite/settings.rs"]
mod sqlite;

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Fails for settings that the server has and neither list contains.
fn all_are_judged(names: &[Named], harmless: &[&str], meaningful: &[&str]) {
    assert!(names.len() > 50, "a catalog of {}", names.len());
    let is_judged = |name: &&Named| [harmless, meaningful].iter().any(|list| list.contains(&&*name.name));
    let unjudged: Vec<_> = names
        .iter()
        .filter(|name| !is_judged(name))
        .map(|named| &named.name)
        .collect();
    assert!(unjudged.is_empty(), "judge these settings: {unjudged:?}");
}

#[test]
fn of_postgres() {
    let db = Database::<Postgres>::new();
    let mut conn = db.connect();
    // What `context` holds beside these cannot be set on a connection.
    let sql = "SELECT lower(name) AS name FROM pg_settings \
               WHERE context IN ('user', 'superuser', 'backend', 'superuser-backend') AND name NOT LIKE '%.%'";
    let names: Vec<Named> = diesel::sql_query(sql).load(&mut conn).unwrap();
    all_are_judged(&names, postgres::HARMLESS, postgres::MEANINGFUL);
}

#[test]
fn of_mysql() {
    let db = Database::<Mysql>::new();
    let mut conn = db.connect();
    let mariadb = "SELECT CAST(LOWER(VARIABLE_NAME) AS CHAR) AS name FROM information_schema.SYSTEM_VARIABLES \
                   WHERE VARIABLE_SCOPE LIKE 'SESSION%'";
    // MySQL does not say which of them are global.
    let mysql = "SELECT CAST(LOWER(VARIABLE_NAME) AS CHAR) AS name FROM performance_schema.session_variables \
                 WHERE VARIABLE_NAME NOT IN (SELECT VARIABLE_NAME FROM performance_schema.global_variables) \
                 OR VARIABLE_NAME IN (SELECT VARIABLE_NAME FROM performance_schema.variables_by_thread)";
    let names: Vec<Named> = diesel::sql_query(mariadb)
        .load(&mut conn)
        .or_else(|_| diesel::sql_query(mysql).load(&mut conn))
        .unwrap();
    all_are_judged(&names, mysql::HARMLESS, mysql::MEANINGFUL);
}

#[test]
fn of_sqlite() {
    let db = Database::<Sqlite>::new();
    let mut conn = db.connect();
    let names: Vec<Named> = diesel::sql_query("SELECT name FROM pragma_pragma_list")
        .load(&mut conn)
        .unwrap();
    all_are_judged(&names, sqlite::HARMLESS, sqlite::MEANINGFUL);
}
