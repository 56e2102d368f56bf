//! PostgreSQL.

use diesel::connection::SimpleConnection;
use diesel_cache_tests::{Database, Postgres, PostgresDatabase, Setup};

use super::super::{is_right, tell};
use super::{Pair, are_told_apart};

#[test]
fn settings() {
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

/// A text that has ended a transaction, or rolled back in it, fails afterwards.
#[test]
fn after_a_failure() {
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

/// The statements of a pool that resets a connection before lending it again: the second time, the entries of the first
/// are found.
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
