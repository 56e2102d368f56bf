//! Settings of MariaDB and SQLite, and state that only a session has.

use diesel::connection::SimpleConnection;
use diesel_cache_tests::{Database, Mysql, Postgres, Setup, Sqlite};

use super::{Asks, answers_for_itself, asked_twice, is_right, shares, tell};

#[test]
fn variables_of_mysql_by_any_statement() {
    let db = Database::<Mysql>::new();
    Setup::new(&db)
        .conn
        .batch_execute(
            "CREATE TABLE other (id int, s text); INSERT INTO other VALUES (1, 'x'); \
             CREATE PROCEDURE gives(OUT x INT) SET x = 15; \
             CREATE PROCEDURE enter(x INT) SET @a = x; \
             CREATE FUNCTION entered(x INT) RETURNS INT NO SQL BEGIN SET @a = x; RETURN 1; END",
        )
        .unwrap();
    for statements in [
        &["SET @a = 1"][..],
        &["SET @a := 2, @b = @a"],
        &["SET @b = 3", "SET @a = @b", "SET @b = 4"],
        &["SELECT @a := 5"],
        &["SELECT @`a` := id FROM other"],
        &["SELECT 6 INTO @a"],
        &["UPDATE other SET s = (@a := 7)"],
        &["INSERT INTO other SELECT 2, @a := 8"],
        &["DELETE FROM other WHERE (@a := 9) IS NULL"],
        &["SET @a = (SELECT MAX(id) FROM other)"],
        &["SET max_statement_time = (@a := 60)"],
        &["SET STATEMENT max_statement_time = 60 FOR UPDATE other SET s = (@a := 10)"],
        &["EXECUTE IMMEDIATE 'SET @a = 11'"],
        &["PREPARE p FROM 'SET @a = 12'", "EXECUTE p"],
        &["BEGIN NOT ATOMIC SET @a = 13; END"],
        &["IF 1 THEN SET @a = 14; END IF"],
        &["CALL gives(@a)"],
        &["CALL enter(16)"],
        &["BEGIN", "CALL enter(17)", "COMMIT"],
        &["BEGIN", "CALL enter(18)", "ROLLBACK"],
        &["DO entered(19)"],
        &["SET max_statement_time = entered(60)"],
        &["GET DIAGNOSTICS @a = NUMBER"],
        &["!UPDATE other SET s = (@a := 20), id = no_such_column"],
        &["SET @a = 1", "SELECT 21 INTO @a FROM other LIMIT 1"],
        &["CREATE OR REPLACE TABLE made AS SELECT @a := 22 AS a"],
    ] {
        answers_for_itself(&db, "SELECT CAST(@a AS CHAR) AS v", statements);
    }
}

#[test]
fn settings_of_mysql_that_change_what_a_text_means() {
    let db = Database::<Mysql>::new();
    let same = "SELECT CAST(CAST(10 AS CHAR) = 'a' OR HEX(id) = 'a' AS CHAR) AS v FROM person WHERE id = 10";
    for (query, statements) in [
        (same, &["SET collation_connection = utf8mb4_bin"][..]),
        (same, &["SET NAMES utf8mb4 COLLATE utf8mb4_bin"]),
        (same, &["SET NAMES utf8mb4 COLLATE utf8mb4_bin", "SET NAMES utf8mb4"]),
        (same, &["SET autocommit = 1, collation_connection = utf8mb4_bin"]),
        (
            "SELECT CAST(CHAR_LENGTH('é') AS CHAR) AS v",
            &["SET character_set_client = latin1"],
        ),
        (
            "SELECT CAST(CHAR_LENGTH('é') AS CHAR) AS v",
            &["SET CHARACTER SET latin1"],
        ),
        (
            "SELECT CAST(DATE_FORMAT('2020-01-01', '%M') AS CHAR) AS v",
            &["SET lc_time_names = 'de_DE'"],
        ),
        ("SELECT CAST(1 / 7 AS CHAR) AS v", &["SET div_precision_increment = 10"]),
        (
            "SELECT CAST(WEEK('2020-01-01') AS CHAR) AS v",
            &["SET default_week_format = 3"],
        ),
        (
            "SELECT GROUP_CONCAT(name) AS v FROM person",
            &["SET group_concat_max_len = 10"],
        ),
        (
            "SELECT CAST(1 || 0 AS CHAR) AS v",
            &["SET sql_mode = 'PIPES_AS_CONCAT'"],
        ),
        (
            "SELECT CAST(1 || 0 AS CHAR) AS v",
            &["SET sql_mode = (SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT'))"],
        ),
        (
            "SELECT name AS v FROM person ORDER BY id",
            &["SET sql_select_limit = 3"],
        ),
        (
            "SELECT CAST(UNIX_TIMESTAMP('2020-01-01') AS CHAR) AS v",
            &["SET time_zone = '+05:00'"],
        ),
        (
            "SELECT CAST(UNIX_TIMESTAMP('2020-01-01') AS CHAR) AS v",
            &["SET time_zone = '+05:00'", "SET time_zone = '+00:00'"],
        ),
    ] {
        answers_for_itself(&db, query, statements);
    }
    let query = "SELECT name AS v FROM person WHERE id = 1";
    for statements in [
        &["SET wait_timeout = 1000", "SET foreign_key_checks = 0"][..],
        &["SET NAMES utf8mb4"],
        &["SET NAMES latin1", "SET NAMES utf8mb4"],
        &["SET time_zone = '+05:00'", "SET time_zone = '+00:00'"],
        &["SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"],
        &["SET STATEMENT max_statement_time = 60 FOR SELECT COUNT(*) FROM person"],
        &["PREPARE p FROM 'SELECT 1'"],
    ] {
        shares(&db, query, statements);
    }
}

#[test]
fn settings_of_sqlite() {
    let db = Database::<Sqlite>::new();
    for (query, statements) in [
        (
            "SELECT CAST('a' LIKE 'A' AS TEXT) AS v",
            &["PRAGMA case_sensitive_like = ON"][..],
        ),
        (
            "SELECT CAST('a' LIKE 'A' AS TEXT) AS v",
            &["PRAGMA case_sensitive_like(1)", "PRAGMA case_sensitive_like = 0"],
        ),
        (
            "SELECT name AS v FROM person",
            &["PRAGMA reverse_unordered_selects = 1"],
        ),
    ] {
        answers_for_itself(&db, query, statements);
    }
    let query = "SELECT name AS v FROM person WHERE id = 1";
    for statements in [
        &["PRAGMA temp_store = MEMORY"][..],
        &["PRAGMA case_sensitive_like"],
        &["PRAGMA main.foreign_keys"],
        &["PRAGMA busy_timeout = 1000"],
        &["PRAGMA whatever"],
    ] {
        shares(&db, query, statements);
    }
    // Each has a database of its own, of one name.
    let (mut one, mut other) = (Setup::<Sqlite>::new(&db), Setup::<Sqlite>::new(&db));
    for (setup, name) in [(&mut one, "one"), (&mut other, "other")] {
        let table = format!("CREATE TABLE m.t AS SELECT '{name}' AS v");
        tell(setup, &["ATTACH ':memory:' AS m", &table]);
    }
    for (setup, path) in [(&mut one, "one.db"), (&mut other, "other.db")] {
        let path = db.directory().join(path).display().to_string();
        Sqlite::send_bound(&mut setup.conn, "ATTACH ? AS bound", &path).unwrap();
        let table = format!("CREATE TABLE bound.u AS SELECT '{path}' AS v");
        tell(setup, &[&table]);
    }
    for setup in [&mut one, &mut other] {
        is_right(setup, "SELECT v FROM m.t", &[]);
        is_right(setup, "SELECT v FROM bound.u", &[]);
    }
}

fn what_the_session_alone_has_is_not_cached<B: Asks>(db: &Database<B>, queries: &[&str]) {
    let mut setup = Setup::<B>::new(db);
    for query in queries {
        assert_eq!(asked_twice(&mut setup, query).len(), 2, "{query}");
    }
}

#[test]
fn the_state_of_a_session_is_not_cached() {
    let db = Database::<Postgres>::new();
    db.connect().batch_execute("CREATE SEQUENCE s").unwrap();
    what_the_session_alone_has_is_not_cached(
        &db,
        &[
            "SELECT CAST(nextval('s') AS text) AS v",
            "SELECT CAST(currval('s') AS text) AS v",
            "SELECT CAST(lastval() AS text) AS v",
            "SELECT CAST(pg_backend_pid() AS text) AS v",
            "SELECT current_setting('statement_timeout') AS v",
            "SELECT setting AS v FROM pg_settings WHERE name = 'work_mem'",
        ],
    );
    let db = Database::<Mysql>::new();
    what_the_session_alone_has_is_not_cached(
        &db,
        &[
            "SELECT CAST(LAST_INSERT_ID() AS CHAR) AS v",
            "SELECT CAST(FOUND_ROWS() AS CHAR) AS v",
            "SELECT CAST(CONNECTION_ID() AS CHAR) AS v",
            "SELECT CAST(@@identity AS CHAR) AS v",
            "SELECT CAST(@@session.wait_timeout AS CHAR) AS v",
        ],
    );
    let db = Database::<Sqlite>::new();
    what_the_session_alone_has_is_not_cached(
        &db,
        &[
            "SELECT CAST(last_insert_rowid() AS TEXT) AS v",
            "SELECT CAST(total_changes() AS TEXT) AS v",
            "SELECT CAST(foreign_keys AS TEXT) AS v FROM pragma_foreign_keys",
        ],
    );
}
