//! Tests of the context across transactions.

use super::{Connection, Err, Ok, Open, Silence};
use crate::observe::Question;
use crate::sql::Dialect::{self, Mysql, Postgres, Sqlite};

#[test]
fn a_rollback_restores_the_context() {
    let mut connection = Connection::new(Postgres);
    connection.sent(&["SET search_path = a", "BEGIN", "SET search_path = b", "ROLLBACK"]);
    assert_eq!(connection.context(), "search_path = \"a\"");
    connection.sent(&["BEGIN", "SAVEPOINT s", "SET search_path = b", "ROLLBACK TO s", "COMMIT"]);
    assert_eq!(connection.context(), "search_path = \"a\"");
    connection.sent(&["BEGIN", "SET search_path = b", "COMMIT"]);
    assert_eq!(connection.context(), "search_path = \"b\"");
    connection.sent(&["BEGIN", "SET LOCAL search_path = c"]);
    assert_eq!(connection.context(), "search_path = \"b\"\nlocal search_path = \"c\"");
    connection.sent(&["COMMIT"]);
    assert_eq!(connection.context(), "search_path = \"b\"");
}

#[test]
fn mysql_rolls_back_no_session_state() {
    let mut connection = Connection::new(Mysql);
    connection.sent(&["BEGIN", "USE a", "ROLLBACK"]);
    assert_eq!(connection.context(), "use = a");
}

#[test]
fn a_failed_statement_changes_no_context() {
    let mut connection = Connection::new(Mysql);
    connection.send("USE a", Err);
    assert_eq!(connection.context(), "");
    connection.send("SET @a = 1; USE a", Err);
    assert!(connection.is_lost());
    let mut connection = Connection::new(Sqlite);
    connection.send("ATTACH '/x' AS x", Err);
    assert_eq!(connection.context(), "");
    let mut connection = Connection::new(Postgres);
    connection.send("SET search_path = a; SELECT 1 / 0", Err);
    assert_eq!(connection.context(), "");
    // The statement may have set a variable before it failed.
    let mut connection = Connection::new(Mysql);
    connection.send("UPDATE t SET a = (@a := 1)", Err);
    assert!(connection.is_lost());
}

#[test]
fn a_rollback_leaves_traces_of_custom_settings() {
    for texts in [
        &["BEGIN", "SET LOCAL app.x = 1", "COMMIT"][..],
        &["BEGIN", "SET LOCAL app.x = 1", "ROLLBACK"],
        &["BEGIN", "SET app.x = 1", "ROLLBACK"],
        &["BEGIN", "SELECT set_config('app.x', $1, true)", "COMMIT"],
        &["BEGIN", "SAVEPOINT s", "SET app.x = 1", "ROLLBACK TO s", "COMMIT"],
        &["BEGIN; SET LOCAL app.x = 1; COMMIT"],
        &["SET LOCAL app.x = 1"],
        &["SET app.x = 1; ROLLBACK"],
        &["BEGIN", "UPDATE t SET a = set_config('app.x', 'y', true)", "COMMIT"],
        &["SET app.x = 1", "RESET app.x"],
    ] {
        let mut connection = Connection::new(Postgres);
        connection.sent(texts);
        assert_eq!(connection.context(), "\"app.x\" is set", "{texts:?}");
        connection.sent(texts);
        assert_eq!(connection.context(), "\"app.x\" is set", "{texts:?}, again");
    }
    // A setting that fails sets nothing; how far other failing statements have come is not known.
    let mut connection = Connection::new(Postgres);
    connection.send("SET app.x = 1", Err);
    assert_eq!(connection.context(), "");
    for text in [
        "SELECT set_config('app.x', '1', false), 1 / 0",
        "SET app.x = 1; SELECT 1 / 0",
    ] {
        let mut connection = Connection::new(Postgres);
        connection.sent(&["BEGIN"]);
        connection.send(text, Err);
        connection.sent(&["ROLLBACK"]);
        assert!(connection.is_lost(), "{text}");
    }
}

#[test]
fn a_commit_after_a_failure_may_have_been_a_rollback() {
    let mut connection = Connection::new(Postgres);
    connection.sent(&["BEGIN", "SET search_path = a"]);
    connection.send("SELECT 1 / 0", Err);
    connection.sent(&["COMMIT"]);
    assert!(connection.is_lost());
}

#[test]
fn each_statement_of_a_text_changes_the_context() {
    for (text, context) in [
        ("BEGIN; SET search_path = a; ROLLBACK", ""),
        ("BEGIN; SET search_path = a; COMMIT", "search_path = \"a\""),
        (
            "SET search_path = a; SET LOCAL statement_timeout = 1",
            "search_path = \"a\"",
        ),
        ("SET search_path = a; ROLLBACK", ""),
        ("SET LOCAL search_path = a; SELECT 1", ""),
        (
            "SET search_path = a; COMMIT; SET search_path = b; ROLLBACK",
            "search_path = \"a\"",
        ),
    ] {
        let mut connection = Connection::new(Postgres);
        connection.sent(&[text]);
        assert_eq!(connection.context(), context, "{text}");
    }
    // A BEGIN includes what came before it.
    let mut connection = Connection::new(Postgres);
    connection.sent(&["SET search_path = a; BEGIN; SELECT 1", "ROLLBACK"]);
    assert_eq!(connection.context(), "");
    // What was committed within the text stays, whatever fails after it.
    let mut connection = Connection::new(Postgres);
    connection.send("SET search_path = a; COMMIT; BEGIN; SELECT 1 / 0", Err);
    connection.sent(&["ROLLBACK"]);
    assert!(connection.is_lost());
}

#[test]
fn the_effects_of_a_routine_are_never_known() {
    for (dialect, routine) in [
        (Postgres, "CALL login('1')"),
        (Postgres, "DO $$ BEGIN END $$"),
        (Postgres, "EXECUTE p(1)"),
        (Postgres, "EXPLAIN ANALYZE EXECUTE p"),
        (Postgres, "CREATE TABLE t AS EXECUTE p"),
        (
            Postgres,
            "DECLARE c CURSOR WITH HOLD FOR SELECT set_config('app.x', '1', false)",
        ),
        (Postgres, "SET search_path = pg_temp, public"),
        (Postgres, "SELECT set_config('search_path', 'PG_TEMP', false)"),
        (Postgres, "SELECT set_config(name, setting, false) FROM settings"),
        (Mysql, "CALL login('1')"),
        (Mysql, "DO login('1')"),
        (Mysql, "EXECUTE p USING @a"),
        (Mysql, "EXECUTE IMMEDIATE 'USE x'"),
        (Mysql, "BEGIN NOT ATOMIC SET @a = 1; SELECT 1; END"),
        (Mysql, "IF 1 THEN USE x; END IF"),
        (Mysql, "SET wait_timeout = login('1')"),
        (Sqlite, "SELECT load_extension('x')"),
    ] {
        let mut connection = Connection::new(dialect);
        connection.sent(&["BEGIN", "SAVEPOINT s", routine, "ROLLBACK TO s", "ROLLBACK"]);
        assert!(connection.is_lost(), "{routine}");
        let mut connection = Connection::new(dialect);
        connection.sent(&["BEGIN"]);
        connection.send(routine, Err);
        connection.sent(&["COMMIT"]);
        assert!(connection.is_lost(), "{routine}, failed");
    }
}

#[test]
fn a_routine_leaves_no_transaction_open_on_postgres() {
    for routine in ["CALL p()", "DO 'BEGIN COMMIT; END'", "EXECUTE p", "COMMIT PREPARED 'x'"] {
        let mut connection = Connection::new(Postgres);
        connection.send(routine, Ok);
        assert_eq!(connection.transaction.open(), Open::No, "{routine}");
    }
    let mut connection = Connection::new(Postgres);
    connection.sent(&["BEGIN", "PREPARE TRANSACTION 'x'"]);
    assert_eq!(connection.transaction.open(), Open::No);
}

#[test]
fn the_end_of_an_xa_transaction_is_observed() {
    for end in [
        &["XA END 'a'", "XA PREPARE 'a'"][..],
        &["XA END 'a'", "XA PREPARE 'a'", "XA COMMIT 'a'"],
        &["XA END 'a'", "XA COMMIT 'a' ONE PHASE"],
        &["XA END 'a'", "XA ROLLBACK 'a'"],
    ] {
        let mut connection = Connection::new(Mysql);
        connection.sent(&["XA START 'a'", "UPDATE t SET a = 1", "XA RECOVER"]);
        assert_eq!(connection.transaction.open(), Open::Yes);
        connection.sent(end);
        assert_eq!(connection.transaction.open(), Open::No, "{end:?}");
    }
    let mut connection = Connection::new(Mysql);
    connection.sent(&["XA BEGIN 'a'", "UPDATE t SET a = 1", "XA END 'a'"]);
    assert_eq!(connection.send("XA COMMIT 'a' ONE PHASE", Ok), "t");
    assert_eq!(connection.send("XA COMMIT 'another'", Ok), "*");
}

#[test]
fn the_database_is_asked_once_whether_a_transaction_is_open() {
    let asked = |dialect: Dialect, texts: &[(&str, super::End)]| {
        let mut connection = Connection::new(dialect);
        for (text, end) in texts {
            connection.send(text, *end);
        }
        let question = connection.transaction.question(Some(dialect));
        connection.transaction.answer(&Question::Closed, false);
        assert_eq!(connection.transaction.question(Some(dialect)), None);
        question == Some(Question::Closed)
    };
    let batch = "BEGIN; UPDATE t SET a = 1; COMMIT; nonsense";
    for dialect in [Sqlite, Postgres, Mysql] {
        assert!(asked(dialect, &[(batch, Err)]), "{dialect:?}");
        assert!(!asked(dialect, &[("SELECT 1", Ok)]), "{dialect:?}");
        assert!(!asked(dialect, &[("BEGIN", Ok)]), "{dialect:?}");
    }
    assert!(asked(Mysql, &[("CALL p()", Ok)]));
    assert!(asked(Postgres, &[(batch, Err), ("SELECT 1", Ok)]));
    // PostgreSQL would not refuse a question in a transaction that has accepted a statement since, or that was not seen
    // to fail.
    assert!(!asked(Postgres, &[(batch, Err), ("ROLLBACK TO s", Ok)]));
    assert!(!asked(Postgres, &[(batch, Silence)]));
    let mut connection = Connection::new(Mysql);
    connection.sent(&["CALL p()"]);
    connection.transaction.answer(&Question::Closed, true);
    assert_eq!(connection.transaction.open(), Open::No);
    connection.sent(&["CALL p()"]);
    assert_eq!(connection.transaction.question(Some(Mysql)), Some(Question::Closed));
}

#[test]
fn prepared_statements_keep_their_settings() {
    for (sql, lost) in [
        ("USE a", true),
        ("SET NAMES latin1", true),
        ("SET collation_connection = utf8mb4_bin", true),
        ("SET sql_mode = (SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT'))", true),
        ("SET NAMES utf8mb4", false),
        ("SET @a = 1", false),
        ("SET time_zone = '+02:00'", false),
    ] {
        let mut connection = Connection::new(Mysql);
        connection.prepare("SELECT 1");
        connection.sent(&[sql]);
        assert_eq!(connection.is_lost(), lost, "{sql}");
    }
}

#[test]
fn a_documented_default_is_asked_about_once() {
    let question = |connection: &Connection| connection.transaction.question(Some(Postgres));
    let asks = |name: &str| Some(Question::IsNew(name.into()));
    let mut connection = Connection::new(Postgres);
    connection.sent(&["SET datestyle = ISO", "SET bytea_output TO 'hex'"]);
    assert_eq!(question(&connection), asks("datestyle"));
    connection
        .transaction
        .answer(&Question::IsNew("datestyle".into()), true);
    assert_eq!(connection.context(), "bytea_output = \"hex\"");
    connection
        .transaction
        .answer(&Question::IsNew("bytea_output".into()), false);
    assert_eq!(
        (connection.context(), question(&connection)),
        ("bytea_output = \"hex\"", None)
    );
    connection.sent(&["SET bytea_output = escape", "SET bytea_output = hex"]);
    assert_eq!(question(&connection), asks("bytea_output"));
    for texts in [
        &["BEGIN", "SET datestyle = ISO"][..],
        &["SET datestyle = German"],
        &["SET LOCAL datestyle = ISO"],
        &["SET datestyle = ISO", "LOAD 'x'"],
    ] {
        let mut connection = Connection::new(Postgres);
        connection.sent(texts);
        assert_eq!(question(&connection), None, "{texts:?}");
    }
}
