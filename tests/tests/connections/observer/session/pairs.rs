//! Two sessions that were told what looks alike and is not: neither is answered what the other has stored.

use std::fs;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache_tests::{Database, Mysql, Postgres, PostgresDatabase, Setup, Sqlite};

use super::{Asks, is_right, tell, wrong};

/// What is asked, what the first session is told before, what the second is.
type Pair<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

/// The first stores its answer, then the second asks, then others.
fn are_told_apart<B: Asks>(db: &Database<B>, pairs: &[Pair<'_>]) {
    let mut wrongs = Vec::new();
    for (n, (query, first, second)) in pairs.iter().enumerate() {
        let query = &format!("{query} /* {n} */");
        let mut plain = Setup::new(db);
        wrongs.extend(wrong(&mut plain, query, &[]));
        let mut told: Vec<_> = [first, second]
            .into_iter()
            .map(|statements| {
                let mut setup = Setup::<B>::new(db);
                tell(&mut setup, statements);
                wrongs.extend(wrong(&mut setup, query, statements));
                setup
            })
            .collect();
        wrongs.extend(wrong(&mut told[0], query, first));
        wrongs.extend(wrong(&mut plain, query, &[]));
        wrongs.extend(wrong(&mut Setup::new(db), query, &[]));
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

#[test]
fn of_postgres() {
    let db = Database::<Postgres>::new();
    let long = "a".repeat(70);
    let (name, string) = (format!("SET app.x = {long}"), format!("SET app.x = '{long}'"));
    let (name, string) = ([&*name], [&*string]);
    let x = "SELECT current_setting('app.x', true) AS v";
    let rows = "SELECT name AS v FROM person WHERE id = 1";
    let pairs: &[Pair<'_>] = &[
        // A temporary table, by a statement that runs another.
        (
            rows,
            &["EXPLAIN ANALYZE CREATE TEMP TABLE person AS SELECT 1 AS id, 'temp'::varchar AS name"],
            &[],
        ),
        (
            rows,
            &["EXPLAIN (ANALYZE, COSTS off) CREATE TEMPORARY TABLE person AS SELECT 1 AS id, 'temp'::varchar AS name"],
            &[],
        ),
        // Spellings with one key and two values.
        (x, &["SET app.x = 007"], &["SET app.x = '007'"]),
        (x, &name, &string),
        (
            x,
            &["SELECT set_config('app.x', '12'::char, false)"],
            &["SELECT set_config('app.x', '12', false)"],
        ),
        (
            x,
            &["SELECT set_config('app.x', ' 1 '::bpchar, false)"],
            &["SELECT set_config('app.x', ' 1 ', false)"],
        ),
        // A part of a setting.
        (
            "SELECT '01/02/2020'::date::text AS v",
            &["SET datestyle = 'SQL'", "SET datestyle = 'DMY'"],
            &["SET datestyle = 'DMY'"],
        ),
        // Savepoints that differ in their case.
        (
            x,
            &[
                "BEGIN",
                "SAVEPOINT \"A\"",
                "SET app.x = '1'",
                "SAVEPOINT a",
                "SET app.x = '2'",
                "ROLLBACK TO \"A\"",
                "COMMIT",
            ],
            &["SET app.x = '1'"],
        ),
        (
            x,
            &[
                "BEGIN",
                "SAVEPOINT é",
                "SET app.x = '1'",
                "SAVEPOINT É",
                "SET app.x = '2'",
                "ROLLBACK TO é",
                "COMMIT",
            ],
            &["SET app.x = '1'"],
        ),
        // Whoever the session belongs to, it has its own role.
        (
            "SELECT CAST(current_user AS text) AS v",
            &["SET ROLE pg_monitor", "SET SESSION AUTHORIZATION DEFAULT"],
            &["SET ROLE pg_monitor"],
        ),
        (
            "SELECT CAST(current_user AS text) AS v",
            &["SET SESSION AUTHORIZATION pg_monitor", "RESET ALL"],
            &["RESET ALL"],
        ),
        // What only a session shows.
        (
            "SELECT setting AS v FROM pg_show_all_settings() WHERE name = 'application_name'",
            &["SET application_name = 'z'"],
            &[],
        ),
        (
            "SELECT CAST(count(*) AS text) AS v FROM pg_prepared_statement()",
            &["PREPARE z AS SELECT 1"],
            &[],
        ),
        (
            "SELECT current_setting('application' || '_name') AS v",
            &["SET application_name = 'z'"],
            &[],
        ),
        (
            "SELECT current_setting('extra_float_digits') AS v",
            &["SET extra_float_digits = 3"],
            &[],
        ),
    ];
    are_told_apart(&db, pairs);
}

/// A text that has ended a transaction, or gone back in it, fails behind that.
#[test]
fn after_a_failure_of_postgres() {
    let db = Database::<PostgresDatabase>::new();
    let mut conn = db.connect();
    conn.batch_execute("CREATE SCHEMA apart; CREATE TABLE apart.person AS SELECT 1 AS id, 'apart'::varchar AS name")
        .unwrap();
    let x = "SELECT current_setting('app.x', true) AS v";
    let role = "SELECT CAST(current_user AS text) AS v";
    let rows = "SELECT name AS v FROM person WHERE id = 1";
    let one: &[&str] = &["SET app.x = '1'"];
    let pairs: &[Pair<'_>] = &[
        (x, &["BEGIN", "SET app.x = '1'", "!ROLLBACK; SELECT 1/0"], one),
        (x, &["BEGIN", "SET app.x = '1'", "!ABORT; SELECT * FROM nope"], one),
        (
            x,
            &["BEGIN", "SET app.x = '1'", "!SELECT 1/0", "!COMMIT; SELECT 1/0"],
            one,
        ),
        (
            x,
            &[
                "BEGIN",
                "SAVEPOINT a",
                "SET app.x = '1'",
                "!ROLLBACK TO a; COMMIT; SELECT 1/0",
            ],
            one,
        ),
        (
            x,
            &[
                "BEGIN",
                "SET app.x = '1'",
                "SAVEPOINT a",
                "SET app.x = '2'",
                "!ROLLBACK TO a; COMMIT; SELECT 1/0",
            ],
            &["SET app.x = '2'"],
        ),
        (
            x,
            &["SET app.x = '5'", "BEGIN", "SET app.x = '1'", "!ROLLBACK; SELECT 1/0"],
            one,
        ),
        // Set and taken back, or never set.
        (x, &["!SET app.x = '5'; SELECT 1/0"], &["!SAVEPOINT a; SET app.x = '5'"]),
        (
            x,
            &["BEGIN", "!SELECT 1/0", "!SET app.x = '5'", "ROLLBACK"],
            &["!SET app.x = '5'; SELECT 1/0"],
        ),
        (
            role,
            &["BEGIN", "SET ROLE pg_monitor", "!ROLLBACK; SELECT 1/0"],
            &["SET ROLE pg_monitor"],
        ),
        (
            role,
            &["SET ROLE pg_monitor", "BEGIN", "RESET ROLE", "!ROLLBACK; SELECT 1/0"],
            &[],
        ),
        (
            rows,
            &["BEGIN", "SET search_path = apart", "!ROLLBACK; SELECT 1/0"],
            &["SET search_path = apart"],
        ),
    ];
    are_told_apart(&db, pairs);
}

#[test]
fn of_mysql() {
    let db = Database::<Mysql>::new();
    let name = db.url().rsplit('/').next().unwrap().to_owned();
    let (bin, ci) = (format!("{name}_bin"), format!("{name}_ci"));
    let mut conn = db.connect();
    conn.batch_execute(&format!(
        "CREATE TABLE numbers (n INT); INSERT INTO numbers VALUES (0); CREATE DATABASE {bin} COLLATE utf8mb4_bin; CREATE DATABASE {ci} COLLATE utf8mb4_general_ci"
    ))
    .unwrap();
    let (use_bin, use_ci) = (format!("USE {bin}"), format!("USE {ci}"));
    let (use_bin, use_ci) = (&*use_bin, &*use_ci);
    let pipes = "SELECT CAST(1 || 0 AS CHAR) AS v";
    let equal = "SELECT CAST('a' = 'A' AS CHAR) AS v";
    let charset = "SET CHARACTER SET utf8mb4";
    let collation = "SET collation_connection = @@collation_database";
    let pairs: &[Pair<'_>] = &[
        (
            "SELECT name AS v FROM person WHERE id = 1",
            &[
                "SET STATEMENT max_statement_time = 5 FOR CREATE TEMPORARY TABLE person AS SELECT 1 AS id, 'temp' AS name",
            ],
            &[],
        ),
        // A value that is a variable's.
        (
            pipes,
            &["SET @a = 'PIPES_AS_CONCAT'", "SET sql_mode = @a", "SET @a = ''"],
            &["SET @a = ''", "SET sql_mode = @a", "SET @a = ''"],
        ),
        (equal, &[use_bin, collation, use_ci], &[use_ci, collation, use_ci]),
        // What is taken from the database in use, and what is not reset.
        (equal, &[use_bin, charset, use_ci], &[charset, use_ci]),
        (equal, &["SET collation_database = utf8mb4_bin", charset], &[charset]),
        (
            equal,
            &[
                "SET collation_database = utf8mb4_bin",
                charset,
                "SET collation_database = utf8mb4_general_ci",
            ],
            &[charset, "SET collation_database = utf8mb4_general_ci"],
        ),
        (
            "SELECT @@collation_server AS v",
            &["SET collation_server = latin1_bin", "SET NAMES utf8mb4"],
            &[],
        ),
        (
            "SELECT @@collation_database AS v",
            &["SET collation_database = latin1_bin", "SET NAMES utf8mb4"],
            &[],
        ),
        (
            "SELECT @@character_set_filesystem AS v",
            &["SET character_set_filesystem = latin1", "SET NAMES utf8mb4"],
            &[],
        ),
        // A part of a setting.
        (
            "SELECT MD5(@@optimizer_switch) AS v",
            &[
                "SET optimizer_switch = 'index_merge=off'",
                "SET optimizer_switch = 'mrr=on'",
            ],
            &["SET optimizer_switch = 'mrr=on'"],
        ),
        // Escapes.
        ("SELECT HEX(@a) AS v", &["SET @a = '\\f'"], &["SET @a = '\u{c}'"]),
        (
            "SELECT HEX(@a) AS v",
            &["SELECT @a := '\\a'"],
            &["SELECT @a := '\u{7}'"],
        ),
        // Variables right behind a word.
        ("SELECT @a AS v", &["INSERT INTO numbers SELECT@a:=5"], &[]),
        ("SELECT @a AS v", &["SELECT 1 UNION SELECT@a:=2"], &[]),
        ("SELECT @a AS v", &["SELECT 5 INTO@a"], &[]),
        ("SELECT @a AS v", &["DELETE FROM numbers WHERE n = 0 OR@a:=5"], &[]),
        // What only a session shows.
        (
            "SELECT SESSION_VALUE AS v FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_NAME = 'WAIT_TIMEOUT'",
            &["SET wait_timeout = 1234"],
            &[],
        ),
        (
            "SELECT @@tx_isolation AS v",
            &["SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"],
            &[],
        ),
    ];
    are_told_apart(&db, pairs);
    conn.batch_execute(&format!("DROP DATABASE {bin}; DROP DATABASE {ci}"))
        .unwrap();
}

#[test]
fn of_sqlite() {
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

/// What a pool sends before it lends a connection again: the second time, what the first has stored is found.
#[test]
fn a_connection_that_is_reset_again_and_again_has_one_key() {
    let db = Database::<Postgres>::new();
    let query = "SELECT name AS v FROM person WHERE id = 1";
    let clean = "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); \
         DISCARD TEMP; DISCARD SEQUENCES";
    for reset in [
        clean,
        "SET SESSION AUTHORIZATION DEFAULT",
        "RESET SESSION AUTHORIZATION",
        "DISCARD ALL",
        "RESET ALL",
    ] {
        let query = &format!("{query} /* {reset} */");
        let mut setup = Setup::<Postgres>::new(&db);
        let mut asked = Vec::new();
        for _ in 0..4 {
            // Each in its own statement, as some pools do: one that fails does not keep the others back.
            reset.split("; ").for_each(|sql| tell(&mut setup, &[sql]));
            setup.statements.take();
            is_right(&mut setup, query, &[reset]);
            asked.push(setup.statements.take().len() - 2);
        }
        assert_eq!(asked[1..], [0; 3], "{reset}");
    }
}
