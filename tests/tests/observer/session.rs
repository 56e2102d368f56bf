//! What a connection has done to its session, by whatever statement: the same text is answered as that session answers it, and
//! entries are shared where sessions are alike.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_cache::{Cacheable, CachedDsl};
use diesel_cache_tests::{Backend, Database, Mysql, Postgres, Setup, Sqlite};

#[derive(QueryableByName, Cacheable, Clone, PartialEq, Debug)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    v: Option<String>,
}

/// What the tests send, on each database.
trait Asks: Backend<Conn: Connection> {
    fn load_cached(conn: &mut Self::Conn, sql: &str) -> QueryResult<Vec<Row>>;
    fn load_uncached(conn: &mut Self::Conn, sql: &str) -> QueryResult<Vec<Row>>;
    fn send(conn: &mut Self::Conn, sql: &str) -> QueryResult<()>;
    fn send_bound(conn: &mut Self::Conn, sql: &str, value: &str) -> QueryResult<()>;
}

macro_rules! asks {
    ($($backend:ty),*) => {$(
        impl Asks for $backend {
            fn load_cached(conn: &mut Self::Conn, sql: &str) -> QueryResult<Vec<Row>> {
                diesel::sql_query(sql).cached("default").load(conn)
            }
            fn load_uncached(conn: &mut Self::Conn, sql: &str) -> QueryResult<Vec<Row>> {
                diesel::sql_query(sql).load(conn)
            }
            fn send(conn: &mut Self::Conn, sql: &str) -> QueryResult<()> {
                conn.batch_execute(sql)
            }
            fn send_bound(conn: &mut Self::Conn, sql: &str, value: &str) -> QueryResult<()> {
                diesel::sql_query(sql).bind::<Text, _>(value).execute(conn).map(drop)
            }
        }
    )*};
}
asks! { Sqlite, Postgres, Mysql }

/// Sends statements one by one. One that begins with `!` fails.
fn tell<B: Asks>(setup: &mut Setup<B>, statements: &[&str]) {
    for sql in statements {
        match sql.strip_prefix('!') {
            Some(sql) => assert!(B::send(&mut setup.conn, sql).is_err(), "{sql}"),
            None => B::send(&mut setup.conn, sql).unwrap_or_else(|error| panic!("{sql}: {error}")),
        }
    }
}

fn is_right<B: Asks>(setup: &mut Setup<B>, query: &str, told: &[&str]) {
    for _ in 0..2 {
        let cached = B::load_cached(&mut setup.conn, query).ok();
        let truth = B::load_uncached(&mut setup.conn, query).ok();
        assert_eq!(cached, truth, "{query} after {told:?}");
    }
}

/// A connection that has filled the cache is told `statements`, and answers as its session does; so do others, told the
/// same or nothing.
fn answers_for_itself<B: Asks>(db: &Database<B>, query: &str, statements: &[&str]) {
    let query = &format!(
        "{query} /* {} */",
        statements.join(" ").replace("/*", "").replace("*/", "")
    );
    let (mut told, mut plain) = (Setup::new(db), Setup::new(db));
    is_right(&mut plain, query, &[]);
    is_right(&mut told, query, &[]);
    tell(&mut told, statements);
    is_right(&mut told, query, statements);
    is_right(&mut plain, query, &[]);
    // Told before anything was prepared.
    let mut told = Setup::new(db);
    tell(&mut told, statements);
    is_right(&mut told, query, statements);
    is_right(&mut Setup::new(db), query, &[]);
}

/// Does a connection that was told `statements` find what one that was told nothing has stored, by nothing but a look?
fn shares<B: Asks>(db: &Database<B>, query: &str, statements: &[&str]) {
    let query = &format!("{query} /* shared: {} */", statements.join(" "));
    let (mut told, mut plain) = (Setup::new(db), Setup::new(db));
    is_right(&mut plain, query, &[]);
    tell(&mut told, statements);
    told.statements.take();
    B::load_cached(&mut told.conn, query).unwrap();
    assert_eq!(told.statements.take(), [""; 0], "{query} after {statements:?}");
}

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
    let db = Database::<diesel_cache_tests::PostgresDatabase>::new();
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
        let cache = diesel_cache_tests::regions(&directory).build().unwrap();
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

/// How many statements two cached loads take.
fn asked_twice<B: Asks>(setup: &mut Setup<B>, query: &str) -> Vec<String> {
    setup.statements.take();
    for _ in 0..2 {
        B::load_cached(&mut setup.conn, query).unwrap();
    }
    setup.statements.take()
}

#[test]
fn a_procedure_does_not_end_caching() {
    let db = Database::<Mysql>::new();
    let mut setup = Setup::<Mysql>::new(&db);
    tell(
        &mut setup,
        &[
            "CREATE PROCEDURE plain() SELECT COUNT(*) FROM person",
            "CREATE PROCEDURE opens() START TRANSACTION",
            "CREATE PROCEDURE goes_on() SET autocommit = 0",
        ],
    );
    let query = "SELECT name AS v FROM person WHERE id = 1";
    for text in [
        "CALL plain()",
        "EXECUTE IMMEDIATE 'SELECT 1'",
        "BEGIN NOT ATOMIC DO 1; END",
    ] {
        tell(&mut setup, &[text]);
        // One question, one load.
        assert_eq!(asked_twice(&mut setup, query).len(), 2, "{text}");
        assert_eq!(asked_twice(&mut setup, query).len(), 0, "{text}");
    }
    for (text, end) in [("CALL opens()", "COMMIT"), ("CALL goes_on()", "SET autocommit = 1")] {
        tell(&mut setup, &[text]);
        // The question, once; and both loads.
        assert_eq!(asked_twice(&mut setup, query).len(), 3, "{text}");
        assert_eq!(asked_twice(&mut setup, query).len(), 2, "{text}");
        tell(&mut setup, &[end]);
        if text == "CALL goes_on()" {
            tell(&mut setup, &["COMMIT"]);
        }
        asked_twice(&mut setup, query);
        assert_eq!(asked_twice(&mut setup, query).len(), 0, "{text}; {end}");
    }
    // Settings that it has changed are its own.
    tell(
        &mut setup,
        &[
            "CREATE PROCEDURE bin() SET collation_connection = utf8mb4_bin",
            "CALL bin()",
        ],
    );
    is_right(&mut setup, "SELECT CAST('a' = 'A' AS CHAR) AS v", &["CALL bin()"]);
}

#[test]
fn a_routine_of_postgres_leaves_no_transaction_open() {
    let db = Database::<Postgres>::new();
    let mut setup = Setup::<Postgres>::new(&db);
    tell(
        &mut setup,
        &[
            "CREATE PROCEDURE plain() LANGUAGE sql AS 'SELECT 1'",
            "PREPARE p AS SELECT 1",
        ],
    );
    let query = "SELECT name AS v FROM person WHERE id = 1";
    for text in ["CALL plain()", "EXECUTE p", "DO 'BEGIN COMMIT; END'"] {
        tell(&mut setup, &[text]);
        assert_eq!(asked_twice(&mut setup, query).len(), 1, "{text}");
    }
}

#[test]
fn transactions_of_xa_end() {
    let db = Database::<Mysql>::new();
    let query = "SELECT name AS v FROM person WHERE id = 1";
    for (place, ends) in [
        &["XA END 'x'", "XA COMMIT 'x' ONE PHASE"][..],
        &["XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'"],
        &["XA END 'x'", "XA ROLLBACK 'x'"],
        &["XA END 'x'", "XA PREPARE 'x'", "XA ROLLBACK 'x'"],
    ]
    .iter()
    .enumerate()
    {
        let (mut writer, mut reader) = (Setup::<Mysql>::new(&db), Setup::<Mysql>::new(&db));
        is_right(&mut reader, query, ends);
        let update = format!("UPDATE person SET name = 'xa {place}' WHERE id = 1");
        // A name for each test, as the server has them in common.
        let name = format!("'xa_{}_{place}'", std::process::id());
        let named = |sql: &str| sql.replace("'x'", &name);
        tell(&mut writer, &[&named("XA START 'x'"), &update]);
        is_right(&mut reader, query, ends);
        for end in *ends {
            tell(&mut writer, &[&named(end)]);
            is_right(&mut reader, query, ends);
        }
        is_right(&mut writer, query, ends);
        assert_eq!(asked_twice(&mut writer, query).len(), 0, "{ends:?}");
    }
}

fn a_batch_that_fails_behind_its_commit_ends_nothing<B: Asks>(db: Database<B>) {
    let mut setup = Setup::<B>::new(&db);
    let query = "SELECT name AS v FROM person WHERE id = 1";
    tell(
        &mut setup,
        &["!BEGIN; UPDATE person SET name = 'Ada' WHERE id = 1; COMMIT; SELECT * FROM no_such_table;"],
    );
    assert_eq!(asked_twice(&mut setup, query).len(), 2, "a question and a load");
    assert_eq!(asked_twice(&mut setup, query).len(), 0);
    // One that fails before it leaves the transaction open.
    tell(
        &mut setup,
        &["!BEGIN; UPDATE person SET name = 'Grace' WHERE id = 1; SELECT * FROM no_such_table; COMMIT;"],
    );
    let _ = B::load_cached(&mut setup.conn, query);
    let mut reader = Setup::<B>::new(&db);
    assert_eq!(
        B::load_cached(&mut reader.conn, query).unwrap()[0].v.as_deref(),
        Some("Ada")
    );
    tell(&mut setup, &["ROLLBACK"]);
    is_right(&mut setup, query, &["ROLLBACK"]);
    assert_eq!(asked_twice(&mut setup, query).len(), 0);
}

diesel_cache_tests::on_every_database! { a_batch_that_fails_behind_its_commit_ends_nothing }
