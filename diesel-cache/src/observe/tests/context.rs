//! What the connection was told, through transactions.

use super::{Connection, Err};
use crate::tables::Dialect::{Mysql, Postgres, Sqlite};

#[test]
fn what_is_rolled_back_was_not_told() {
    let mut connection = Connection::new(Postgres);
    connection.told(&["SET search_path = a", "BEGIN", "SET search_path = b", "ROLLBACK"]);
    assert_eq!(connection.context(), "SET search_path = a");
    connection.told(&["BEGIN", "SAVEPOINT s", "SET search_path = b", "ROLLBACK TO s", "COMMIT"]);
    assert_eq!(connection.context(), "SET search_path = a");
    connection.told(&["BEGIN", "SET search_path = b", "COMMIT"]);
    assert_eq!(connection.context(), "SET search_path = b");
    connection.told(&["BEGIN", "SET LOCAL search_path = c"]);
    assert_eq!(connection.context(), "SET search_path = b\nSET LOCAL search_path = c");
    connection.told(&["COMMIT"]);
    assert_eq!(connection.context(), "SET search_path = b");
}

#[test]
fn mysql_takes_nothing_back() {
    let mut connection = Connection::new(Mysql);
    connection.told(&["BEGIN", "USE a", "ROLLBACK"]);
    assert_eq!(connection.context(), "USE a");
}

#[test]
fn what_failed_was_not_told() {
    let mut connection = Connection::new(Mysql);
    connection.send("USE a", Err);
    assert_eq!(connection.context(), "");
    connection.send("SET @a = 1; USE a", Err);
    assert!(connection.context().starts_with('?'));
    let mut connection = Connection::new(Sqlite);
    connection.send("ATTACH 'x' AS x", Err);
    assert_eq!(connection.context(), "");
}

#[test]
fn a_commit_after_a_failure_may_have_been_a_rollback() {
    let mut connection = Connection::new(Postgres);
    connection.told(&["BEGIN", "SET search_path = a"]);
    connection.send("SELECT 1 / 0", Err);
    connection.told(&["COMMIT"]);
    assert!(connection.context().starts_with('?'));
}

#[test]
fn settings_among_transactions_are_not_told_apart() {
    let mut connection = Connection::new(Postgres);
    connection.told(&["BEGIN; SET search_path = a; ROLLBACK"]);
    assert!(connection.context().starts_with('?'));
    connection.told(&["DISCARD ALL"]);
    assert_eq!(connection.context(), "DISCARD ALL");
    connection.told(&["SELECT set_config('search_path', 'a', false)"]);
    assert_ne!(connection.context(), "DISCARD ALL");
}
