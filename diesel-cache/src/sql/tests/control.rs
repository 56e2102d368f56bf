//! Transactions, settings, and texts of several statements.

use super::{ALL, MYSQL, POSTGRES, SQLITE, kinds, show};
use crate::sql::{Dialect, StatementKind, Writes, analyse};

#[test]
fn transactions() {
    kinds(
        ALL,
        &StatementKind::Begin,
        &["BEGIN", "begin;", "BEGIN WORK", "START TRANSACTION", "-- now\nBEGIN"],
    );
    kinds(
        SQLITE,
        &StatementKind::Begin,
        &["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE TRANSACTION", "BEGIN DEFERRED"],
    );
    kinds(
        POSTGRES,
        &StatementKind::Begin,
        &[
            "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE",
            "BEGIN ISOLATION LEVEL REPEATABLE READ",
            "BEGIN NOT DEFERRABLE",
        ],
    );
    kinds(
        MYSQL,
        &StatementKind::Begin,
        &["START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"],
    );
    kinds(
        ALL,
        &StatementKind::Commit,
        &["COMMIT", "COMMIT WORK", "COMMIT AND NO CHAIN"],
    );
    kinds(
        &[Dialect::Sqlite, Dialect::Postgres],
        &StatementKind::Commit,
        &["END", "END TRANSACTION"],
    );
    kinds(
        MYSQL,
        &StatementKind::Unknown,
        &["END", "END IF", "BEGIN NOT ATOMIC SELECT 1; END"],
    );
    kinds(
        ALL,
        &StatementKind::Rollback,
        &[
            "ROLLBACK",
            "ROLLBACK TRANSACTION",
            "ABORT",
            "rollback work and no chain",
        ],
    );
    let name = || Box::from("a");
    kinds(
        ALL,
        &StatementKind::Savepoint(name()),
        &["SAVEPOINT a", "savepoint A", "SAVEPOINT \"a\""],
    );
    // In PostgreSQL, quoted names keep their case, and only the beginning of a long name counts.
    let long = "x".repeat(70);
    kinds(
        &[Dialect::Postgres],
        &StatementKind::Savepoint("A".into()),
        &["SAVEPOINT \"A\""],
    );
    kinds(
        &[Dialect::Postgres],
        &StatementKind::Savepoint(long[..63].into()),
        &[&format!("SAVEPOINT {long}"), &format!("SAVEPOINT \"{long}\"")],
    );
    kinds(
        &[Dialect::Mysql, Dialect::Sqlite],
        &StatementKind::RollbackTo(name()),
        &["ROLLBACK TO A"],
    );
    kinds(
        ALL,
        &StatementKind::Release(name()),
        &["RELEASE a", "RELEASE SAVEPOINT a"],
    );
    kinds(
        ALL,
        &StatementKind::RollbackTo(name()),
        &[
            "ROLLBACK TO a",
            "ROLLBACK TO SAVEPOINT a",
            "ROLLBACK WORK TO SAVEPOINT a",
        ],
    );
    kinds(
        ALL,
        &StatementKind::Savepoint("savepoint".into()),
        &["SAVEPOINT savepoint"],
    );
}

#[test]
fn a_chained_transaction_begins() {
    for (sql, first) in [
        ("COMMIT AND CHAIN", StatementKind::Commit),
        ("ROLLBACK WORK AND CHAIN", StatementKind::Rollback),
    ] {
        let analysis = analyse(sql, Dialect::Postgres);
        let kinds: Vec<_> = analysis.statements().iter().map(|facts| &facts.kind).collect();
        assert_eq!(kinds, [&first, &StatementKind::Begin], "{sql}");
    }
}

#[test]
fn settings() {
    kinds(
        POSTGRES,
        &StatementKind::Utility,
        &[
            "SET TIME ZONE 'UTC'",
            "SET CLIENT_ENCODING TO 'UTF8'",
            "SET statement_timeout = 500",
            "SET LOCAL lock_timeout TO '1s'",
            "SET SESSION application_name = 'x'",
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
            "SET CONSTRAINTS ALL DEFERRED",
            "RESET statement_timeout",
            "SHOW search_path",
            "EXPLAIN DELETE FROM a",
            "EXPLAIN ANALYZE SELECT * FROM a",
            "ANALYZE a",
            "VACUUM a",
            "VACUUM (ANALYZE, VERBOSE) a (b), c",
            "LISTEN x",
            "LOCK TABLE a IN ACCESS EXCLUSIVE MODE",
            "DECLARE c CURSOR FOR SELECT 1",
            "FETCH ALL FROM c",
            "COMMENT ON TABLE a IS 'x'",
            "RESET search_path",
            "RESET ROLE",
            "SET check_function_bodies = off",
            "DISCARD PLANS",
            "PREPARE p AS SELECT 1",
            "SELECT set_config('statement_timeout', '5', false)",
        ],
    );
    kinds(
        POSTGRES,
        &StatementKind::SessionChange,
        &[
            "SET search_path TO tenant_1, public",
            "SET SESSION search_path = x",
            "SET SCHEMA 'x'",
            "SET ROLE anna",
            "SET SESSION AUTHORIZATION anna",
            "SET app.tenant = '42'",
            "SET LOCAL app.tenant TO '42'",
            "SET TIME ZONE 'Europe/Vienna'",
            "SET timezone = LOCAL",
            "SET DateStyle = 'SQL'",
            "SET row_security = off",
            "SET client_encoding = 'LATIN1'",
            "SET synchronize_seqscans = off",
            "RESET TIME ZONE",
            "SELECT \"set_config\"('a.b', '1', true)",
            "SET session_replication_role = replica",
            "RESET ALL",
            "DISCARD ALL",
        ],
    );
    kinds(
        MYSQL,
        &StatementKind::Utility,
        &[
            "SET time_zone = '+00:00';",
            "SET character_set_client = 'utf8mb4'",
            "SET character_set_connection = 'utf8mb4'",
            "SET character_set_results = 'utf8mb4'",
            "SET NAMES utf8mb4",
            "SET SESSION wait_timeout = 5, @@session.lock_wait_timeout = 1",
            "SET @@SESSION.foreign_key_checks = 0",
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
            "DESCRIBE a",
            "UNLOCK TABLES",
        ],
    );
    kinds(
        MYSQL,
        &StatementKind::SessionChange,
        &[
            "USE shop",
            "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
            "SET collation_connection = utf8mb4_bin",
            "SET character_set_results = latin1",
            "SELECT @a := 1",
            "SET sql_mode = 'ANSI_QUOTES'",
            "SET sql_mode=(SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT'))",
            "SET wait_timeout = 5, sql_mode = ''",
            "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
            "SET wait_timeout = f()",
            "SET @x = 1",
        ],
    );
    kinds(
        MYSQL,
        &StatementKind::Autocommit(Some(false)),
        &[
            "SET autocommit = 0",
            "SET @@autocommit=OFF",
            "SET SESSION autocommit = 0",
        ],
    );
    kinds(
        MYSQL,
        &StatementKind::Autocommit(Some(true)),
        &["SET autocommit = 1", "set @@session.autocommit = ON"],
    );
    kinds(
        SQLITE,
        &StatementKind::Utility,
        &[
            "PRAGMA foreign_keys = ON",
            "PRAGMA main.journal_mode=WAL",
            "PRAGMA table_info(person)",
            "PRAGMA busy_timeout = 5000;",
            "PRAGMA case_sensitive_like",
            "PRAGMA main.read_uncommitted;",
            "PRAGMA \"whatever\"",
            "EXPLAIN QUERY PLAN DELETE FROM a",
            "ANALYZE",
            "REINDEX",
        ],
    );
    kinds(
        SQLITE,
        &StatementKind::SessionChange,
        &[
            "ATTACH DATABASE 'x.db' AS x",
            "ATTACH 'x.db' AS x",
            "DETACH x",
            "PRAGMA case_sensitive_like = ON",
            "PRAGMA reverse_unordered_selects(1)",
            "PRAGMA whatever = 1",
        ],
    );
}

#[test]
fn several_statements() {
    let batch = "begin; insert into a values (';'); /* ; */ update b set x = 1; -- ; commit\n commit;";
    for &dialect in ALL {
        let analysis = analyse(batch, dialect);
        let kinds: Vec<_> = analysis.statements().iter().map(|facts| facts.kind.clone()).collect();
        assert_eq!(
            kinds,
            [
                StatementKind::Begin,
                StatementKind::Write,
                StatementKind::Write,
                StatementKind::Commit
            ]
        );
        assert_eq!(show(&analysis.writes().tables()), "a b");
    }
    for sql in ["", "  ", ";;", "-- nothing", "/* nothing */ ;"] {
        assert!(analyse(sql, Dialect::Sqlite).statements().is_empty(), "{sql}");
        assert!(analyse(sql, Dialect::Sqlite).writes().is_empty(), "{sql}");
    }
}

#[test]
fn what_is_not_understood_does_not_hide_its_neighbours() {
    let analysis = analyse("BEGIN; WHATEVER THIS IS; COMMIT", Dialect::Mysql);
    let kinds: Vec<_> = analysis.statements().iter().map(|facts| facts.kind.clone()).collect();
    assert_eq!(
        kinds,
        [StatementKind::Begin, StatementKind::Unknown, StatementKind::Commit]
    );
    assert_eq!(analysis.writes(), Writes::Everything);
}

#[test]
fn bodies_are_not_statements() {
    for (sql, dialect) in [
        (
            "CREATE TRIGGER t AFTER UPDATE ON a BEGIN UPDATE b SET x = CASE WHEN y THEN 1 ELSE 2 END; DELETE FROM c; END; INSERT INTO d VALUES (1)",
            Dialect::Sqlite,
        ),
        (
            "CREATE PROCEDURE p() BEGIN IF x THEN DELETE FROM a; END IF; BEGIN SELECT 1; END; CASE x WHEN 1 THEN SELECT 1; END CASE; END; INSERT INTO d VALUES (1)",
            Dialect::Mysql,
        ),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; INSERT INTO d VALUES (1)",
            Dialect::Postgres,
        ),
        (
            "CREATE FUNCTION f() RETURNS void AS $$ BEGIN DELETE FROM a; END; $$ LANGUAGE plpgsql; INSERT INTO d VALUES (1)",
            Dialect::Postgres,
        ),
    ] {
        let analysis = analyse(sql, dialect);
        let verbs: Vec<_> = analysis
            .statements()
            .iter()
            .map(|facts| (&facts.kind, &*facts.verb))
            .collect();
        assert_eq!(verbs.len(), 2, "{sql}: {verbs:?}");
        assert_eq!(verbs[1], (&StatementKind::Write, "INSERT"), "{sql}");
        assert_eq!(analysis.writes(), Writes::Everything, "{sql}");
    }
}

#[test]
fn the_gate_of_raw_queries() {
    let found = |sql: &str| {
        analyse(sql, Dialect::Postgres)
            .single_select()
            .map(|facts| facts.verb.clone())
    };
    assert_eq!(found("SELECT 1;").as_deref(), Ok("SELECT"));
    assert_eq!(found("(SELECT 1) UNION (SELECT 2)").as_deref(), Ok("SELECT"));
    assert_eq!(found("WITH x AS (SELECT 1) SELECT * FROM x").as_deref(), Ok("WITH"));
    for (sql, expected) in [
        ("", "no statement"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("DELETE FROM a", "a statement that is not a SELECT (`DELETE`)"),
        (
            "WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x",
            "a statement that is not a SELECT (`DELETE`)",
        ),
        (
            "SELECT * INTO b FROM a",
            "a statement that is not a SELECT (`SELECT INTO`)",
        ),
        ("EXPLAIN SELECT 1", "a statement that is not a SELECT (`EXPLAIN`)"),
        (
            "SELECT a 1, update 2 3 FROM a",
            "a statement (`SELECT …`) that could not be parsed",
        ),
        ("'", "a text that could not be parsed"),
    ] {
        assert_eq!(found(sql).unwrap_err(), expected, "{sql}");
    }
}
