//! Settings of PostgreSQL.

use diesel::connection::SimpleConnection;
use diesel_cache_tests::{Database, Postgres, PostgresDatabase, Setup, regions};

use super::{Asks, answers_for_itself, asked_twice, is_right, shares, tell};

const CUSTOM: &str = "SELECT current_setting('app.x', true) AS v";

#[test]
fn custom_settings_of_postgres_by_any_statement() {
    let db = Database::<Postgres>::new();
    Setup::new(&db)
        .conn
        .batch_execute(
            "CREATE TABLE other (id int, s text); INSERT INTO other VALUES (1, 'x'); \
             CREATE PROCEDURE enter(x text) LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('app.x', x, false); END $$",
        )
        .unwrap();
    for statements in [
        &["SET app.x = '1'"][..],
        &["SELECT \"set_config\"('app.x', '2', false)"],
        &["SELECT pg_catalog.set_config('app.x', '3', false)"],
        &["SELECT set_config($$app.x$$, '4', false) FROM other"],
        &["UPDATE other SET s = set_config('app.x', '5', false)"],
        &["INSERT INTO other SELECT 2, set_config('app.x', '6', false)"],
        &["DELETE FROM other WHERE set_config('app.x', '7', false) IS NULL"],
        &[
            "MERGE INTO other USING (SELECT 1) AS s ON id = 1 WHEN MATCHED THEN UPDATE SET s = set_config('app.x', '8', false)",
        ],
        &["COPY (SELECT set_config('app.x', '9', false)) TO '/dev/null'"],
        &["EXPLAIN ANALYZE SELECT set_config('app.x', '10', false)"],
        &["CREATE TEMP TABLE made AS SELECT set_config('app.x', '11', false) AS s"],
        &["WITH s AS (SELECT set_config('app.x', '12', false)) SELECT * FROM s"],
        &["PREPARE p AS SELECT set_config('app.x', '13', false)", "EXECUTE p"],
        &["DO $$ BEGIN PERFORM set_config('app.x', '14', false); END $$"],
        &["CALL enter('15')"],
        &["BEGIN", "CALL enter('16')", "COMMIT"],
        &["BEGIN", "CALL enter('17')", "ROLLBACK"],
        &["SET app.x = '1'", "BEGIN", "CALL enter('18')", "ROLLBACK"],
        &[
            "BEGIN",
            "DECLARE c CURSOR FOR SELECT set_config('app.x', '19', false)",
            "SET app.x = '1'",
            "FETCH ALL FROM c",
            "COMMIT",
        ],
        &["SET app.x = '1'", "DISCARD ALL"],
        &["CALL enter('20')", "DISCARD ALL"],
        &["SET app.x = '1'; SET app.x = '2'"],
        &["BEGIN; SET app.x = '3'; COMMIT"],
    ] {
        answers_for_itself(&db, CUSTOM, statements);
    }
}

#[test]
fn what_local_settings_leave_behind() {
    let db = Database::<Postgres>::new();
    for statements in [
        &["BEGIN", "SET LOCAL app.x = '1'", "COMMIT"][..],
        &["BEGIN", "SET LOCAL app.x = '1'", "ROLLBACK"],
        &["BEGIN", "SELECT set_config('app.x', '1', true)", "COMMIT"],
        &["BEGIN", "SET app.x = '1'", "ROLLBACK"],
        &["BEGIN", "SAVEPOINT s", "SET app.x = '1'", "ROLLBACK TO s", "COMMIT"],
        &["BEGIN; SET LOCAL app.x = '1'; COMMIT"],
        &["BEGIN", "SET LOCAL app.x = '1'", "!SELECT 1 / 0", "COMMIT"],
        &["!SELECT set_config('app.x', '1', false), 1 / 0"],
        &["!SET app.x = '1'; SELECT 1 / 0"],
        &["SET LOCAL app.x = '1'"],
        &["SELECT set_config('app.x', '1', true)"],
        &["SET app.x = '1'", "RESET app.x"],
        &["RESET app.x"],
    ] {
        answers_for_itself(&db, CUSTOM, statements);
    }
}

#[test]
fn settings_of_postgres_that_change_what_a_text_means() {
    let db = Database::<Postgres>::new();
    let date = "SELECT CAST(DATE '2020-01-31' AS text) AS v";
    let zone = "SELECT CAST(TIMESTAMPTZ '2020-01-31 12:00+00' AS text) AS v";
    for (query, statements) in [
        (
            "SELECT CAST(length('é') AS text) AS v",
            &["SET client_encoding = 'LATIN1'"][..],
        ),
        ("SELECT CAST(length('é') AS text) AS v", &["SET NAMES 'LATIN1'"]),
        (date, &["SET datestyle = German"]),
        (date, &["SET datestyle = German", "SET datestyle = ISO"]),
        (date, &["BEGIN", "SET datestyle = German", "ROLLBACK"]),
        (date, &["BEGIN; SET datestyle = German; COMMIT"]),
        (date, &["SET datestyle = German", "BEGIN; RESET datestyle; ROLLBACK"]),
        (date, &["SET datestyle = German; ROLLBACK"]),
        (date, &["SET datestyle = German; BEGIN; SELECT 1", "ROLLBACK"]),
        (zone, &["SET TIME ZONE 'Europe/Vienna'"]),
        (zone, &["SET TIME ZONE 'Europe/Vienna'", "SET TIME ZONE 'UTC'"]),
        (zone, &["SET TIME ZONE 'Europe/Vienna'", "RESET ALL"]),
        (
            "SELECT CAST(CAST('\\xff' AS bytea) AS text) AS v",
            &["SET bytea_output = 'escape'"],
        ),
        (
            "SELECT CAST(CAST(0.1 AS float8) * 3 AS text) AS v",
            &["SET extra_float_digits = 0"],
        ),
        (
            "SELECT CAST(INTERVAL '1 day 2 hours' AS text) AS v",
            &["SET intervalstyle = iso_8601"],
        ),
        (
            "SELECT CAST(NULL = NULL AS text) AS v",
            &["SET transform_null_equals = on"],
        ),
        (
            "SELECT CAST(to_tsvector('running') AS text) AS v",
            &["SET default_text_search_config = 'simple'"],
        ),
        (
            "SELECT quote_ident('a') || pg_get_indexdef(indexrelid) AS v FROM pg_index LIMIT 1",
            &["SET quote_all_identifiers = on"],
        ),
        (
            "SELECT CAST(CAST('{NULL}' AS text[]) AS text) || 'x' AS v",
            &["SET array_nulls = off"],
        ),
        ("SELECT CAST(current_user AS text) AS v", &["SET ROLE pg_monitor"]),
        (
            "SELECT CAST(current_user AS text) AS v",
            &["SET ROLE pg_monitor", "RESET ROLE"],
        ),
        (
            "SELECT CAST(current_user AS text) AS v",
            &["SELECT set_config('role', 'pg_monitor', false)"],
        ),
        (
            "SELECT CAST(current_user AS text) AS v",
            &[
                "SET ROLE pg_monitor",
                "SET SESSION AUTHORIZATION DEFAULT",
                "SET ROLE pg_monitor",
            ],
        ),
        (
            "SELECT CAST(current_schemas(false) AS text) AS v",
            &["SET SCHEMA 'pg_catalog'"],
        ),
    ] {
        answers_for_itself(&db, query, statements);
    }
}

#[test]
fn settings_of_postgres_that_are_shared() {
    let db = Database::<Postgres>::new();
    let query = "SELECT name AS v FROM person WHERE id = 1";
    for statements in [
        &["SET application_name = 'x'"][..],
        &["SET statement_timeout = 50000"],
        &["SET LOCAL statement_timeout = 50000"],
        &["SET work_mem = '64MB'", "SET jit = off"],
        &["SET check_function_bodies = off"],
        &["DISCARD PLANS"],
        &["DISCARD SEQUENCES"],
        &["SET TIME ZONE 'UTC'", "SET CLIENT_ENCODING TO 'UTF8'"],
        &["SET TIME ZONE 'Europe/Vienna'", "SET TIME ZONE 'UTC'"],
        &["SET search_path = pg_catalog", "RESET search_path"],
        &["SET ROLE pg_monitor", "RESET ROLE"],
        &["SELECT set_config('statement_timeout', '50000', false)"],
        &["BEGIN; SET LOCAL statement_timeout = 50000; COMMIT"],
        &["BEGIN; SET LOCAL search_path = pg_catalog; COMMIT"],
        &["BEGIN", "SET LOCAL datestyle = German", "COMMIT"],
        &["SET search_path = pg_catalog; ROLLBACK"],
        &["PREPARE p AS SELECT 1"],
    ] {
        shares(&db, query, statements);
    }
}

#[test]
fn what_a_new_connection_has_is_shared_if_the_database_says_so() {
    let db = Database::<Postgres>::new();
    let query = "SELECT CAST(DATE '2020-01-31' AS text) AS v";
    for (place, text) in [
        "SET extra_float_digits = 3",
        "SET datestyle = ISO",
        "SET DateStyle TO 'ISO, MDY'",
        "SET standard_conforming_strings = on",
        "SET bytea_output = 'hex'",
        "SET row_security = on",
        "SET intervalstyle = postgres; SET datestyle = iso",
    ]
    .iter()
    .enumerate()
    {
        let query = format!("{query}, {place} AS place");
        let (mut told, mut plain) = (Setup::new(&db), Setup::<Postgres>::new(&db));
        is_right(&mut plain, &query, &[]);
        tell(&mut told, &[text]);
        told.statements.take();
        Postgres::load_cached(&mut told.conn, &query).unwrap();
        let asked = told.statements.take();
        assert!(!asked.iter().any(|sql| sql.starts_with(&query)), "{text}: {asked:?}");
        assert_eq!(asked_twice(&mut told, &query).len(), 0, "{text}");
        // Where the role has another default, they do not share.
        let mut german = Setup::<Postgres>::new(&db);
        tell(
            &mut german,
            &["SET datestyle = German; SET bytea_output = escape", text],
        );
        is_right(&mut german, &query, &[text]);
    }
}

#[test]
fn a_role_may_have_other_defaults() {
    let db = Database::<PostgresDatabase>::new();
    let name = db
        .url()
        .rsplit('/')
        .next()
        .unwrap()
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    db.connect()
        .batch_execute(&format!(
            "ALTER DATABASE {name} SET datestyle = 'German'; ALTER DATABASE {name} SET extra_float_digits = 0"
        ))
        .unwrap();
    let directory = db.directory().join("cache");
    let query = "SELECT CAST(DATE '2020-01-31' AS text) || CAST(CAST(0.1 AS float8) * 3 AS text) AS v";
    for text in ["SET datestyle = ISO", "SET extra_float_digits = 3"] {
        let cache = regions(&directory).build().unwrap();
        let (mut told, mut plain) = (db.connect(), db.connect());
        for conn in [&mut told, &mut plain] {
            cache.attach(conn);
        }
        told.batch_execute(text).unwrap();
        for conn in [&mut plain, &mut told] {
            let cached = Postgres::load_cached(conn, query).unwrap();
            assert_eq!(cached, Postgres::load_uncached(conn, query).unwrap(), "{text}");
        }
    }
}

#[test]
fn a_pool_that_names_a_tenant_for_each_transaction_shares() {
    let db = Database::<Postgres>::new();
    let query = "SELECT name AS v FROM person WHERE id = 2";
    let (mut one, mut other) = (Setup::<Postgres>::new(&db), Setup::<Postgres>::new(&db));
    let request = |setup: &mut Setup<Postgres>, tenant: &str| {
        tell(setup, &["BEGIN"]);
        Postgres::send_bound(&mut setup.conn, "SELECT set_config('app.tenant', $1, true)", tenant).unwrap();
        tell(setup, &["COMMIT"]);
        setup.statements.take();
        Postgres::load_cached(&mut setup.conn, query).unwrap();
        setup.statements.selects()
    };
    assert_eq!(request(&mut one, "1"), 1);
    assert_eq!(request(&mut one, "2"), 0);
    assert_eq!(request(&mut other, "3"), 0);
    tell(&mut other, &["BEGIN; SET LOCAL app.tenant = '4'; COMMIT"]);
    assert_eq!(request(&mut other, "5"), 0);
    // A tenant for the session whose name is bound is known to nobody, until it is named again.
    Postgres::send_bound(&mut other.conn, "SELECT set_config('app.tenant', $1, false)", "6").unwrap();
    assert_eq!(request(&mut other, "7"), 1);
    tell(&mut one, &["SET app.tenant = '8'"]);
    tell(&mut other, &["SELECT set_config('app.tenant', '8', false)"]);
    assert_eq!(request(&mut one, "9"), 1);
    assert_eq!(request(&mut other, "9"), 0);
}
