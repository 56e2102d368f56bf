//! DDL.

use super::{ALL, MYSQL, POSTGRES, SQLITE, one, writes};
use crate::sql::Dialect;

#[test]
fn tables_and_views() {
    writes(
        ALL,
        &[
            (
                "CREATE TABLE person (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id))",
                "person",
            ),
            ("CREATE TABLE IF NOT EXISTS main.person (id INTEGER)", "person"),
            ("CREATE TEMPORARY TABLE person (id INTEGER)", "person"),
            ("CREATE TABLE fresh AS SELECT * FROM person", "fresh"),
            ("CREATE VIEW v AS SELECT * FROM person", "v"),
            ("DROP TABLE person", "person"),
            ("DROP TABLE IF EXISTS \"person\"", "person"),
            ("DROP VIEW v", "v"),
        ],
    );
    writes(
        SQLITE,
        &[
            ("CREATE TEMP VIEW IF NOT EXISTS v (a) AS SELECT 1", "v"),
            ("CREATE VIRTUAL TABLE note USING fts5(title, body)", "note"),
            ("CREATE TABLE t (a ANY) STRICT, WITHOUT ROWID", "t"),
        ],
    );
    writes(
        POSTGRES,
        &[
            (
                "CREATE UNLOGGED TABLE IF NOT EXISTS person (LIKE a INCLUDING ALL)",
                "person",
            ),
            ("CREATE TABLE p1 PARTITION OF public.p FOR VALUES IN (1)", "p p1"),
            (
                "CREATE FOREIGN TABLE p1 PARTITION OF p (id NOT NULL) DEFAULT SERVER s",
                "p p1",
            ),
            (
                "CREATE TABLE child (b INT, c INT CHECK (c > 0)) INHERITS (a, public.\"B\")",
                "a b child",
            ),
            ("CREATE TABLE p (id INT) PARTITION BY RANGE (id)", "p"),
            (
                "CREATE TABLE t AS WITH w AS (DELETE FROM a RETURNING id) SELECT id FROM w",
                "a t",
            ),
            (
                "CREATE TABLE t (a, b) WITH (fillfactor = 70) AS SELECT \"delete\" FROM a",
                "t",
            ),
            (
                "CREATE TABLE t (a INT GENERATED ALWAYS AS (1) STORED, b INT REFERENCES c ON DELETE CASCADE)",
                "t",
            ),
            ("CREATE TABLE t AS EXECUTE p", "*"),
            ("CREATE OR REPLACE VIEW v AS SELECT 1", "v"),
            ("CREATE MATERIALIZED VIEW v AS SELECT * FROM a WITH NO DATA", "v"),
            ("CREATE INDEX CONCURRENTLY i ON person USING gin (tags)", "pg_statistic"),
            ("DROP TABLE a, public.b RESTRICT", "a b"),
            ("DROP MATERIALIZED VIEW IF EXISTS v", "v"),
            (
                "ALTER TABLE IF EXISTS ONLY person ALTER COLUMN x TYPE bigint USING x::bigint",
                "person",
            ),
            ("ALTER TABLE person SET SCHEMA other", "person"),
            ("ALTER VIEW v RENAME TO w", "v w"),
            ("TRUNCATE a, ONLY b, c * RESTART IDENTITY", "a b c"),
            ("TRUNCATE TABLE public.person", "person"),
            ("GRANT SELECT ON person TO anna", "*"),
            ("CREATE EXTENSION citext", "*"),
            ("DROP OWNED BY anna", "*"),
            ("DROP SCHEMA s CASCADE", "*"),
            ("ALTER TYPE mood RENAME VALUE 'sad' TO 'bad'", "*"),
            ("ALTER ROLE anna SET app.tenant = '1'", "*"),
            ("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", "*"),
            ("ALTER FOREIGN TABLE f OPTIONS (SET filename 'x')", "f"),
            ("CREATE POLICY p ON person USING (true)", "*"),
        ],
    );
    writes(
        MYSQL,
        &[
            (
                "CREATE TABLE person (id INT) ENGINE=InnoDB COMMENT='DROP TABLE a'",
                "person",
            ),
            ("CREATE OR REPLACE ALGORITHM=MERGE VIEW v AS SELECT 1", "*"),
            ("TRUNCATE person", "person"),
            ("ALTER TABLE a CONVERT TO CHARACTER SET utf8mb4", "a"),
            ("ALTER TABLE a CONVERT PARTITION p TO TABLE b", "*"),
            ("ALTER TABLE a EXCHANGE PARTITION p WITH TABLE b", "*"),
            ("ALTER TABLE a TRUNCATE PARTITION p", "a"),
            ("RENAME TABLE a TO b, c TO d", "a b c d"),
            ("CREATE OR REPLACE TABLE a LIKE b", "a"),
            ("DROP TEMPORARY TABLE a, b", "a b"),
            ("ALTER TABLE `a` RENAME AS `b`, ADD COLUMN c INT", "a b"),
        ],
    );
}

#[test]
fn mysql_commits_before_it_defines() {
    for (sql, commits) in [
        ("CREATE TABLE a (id INT)", true),
        ("CREATE TEMPORARY TABLE a (id INT)", false),
        ("DROP TEMPORARY TABLE a", false),
        ("DROP TABLE a", true),
        ("TRUNCATE a", true),
        ("BEGIN", true),
        ("START TRANSACTION", true),
        ("LOCK TABLES a READ", true),
        ("ANALYZE TABLE a", true),
        ("CALL p()", true),
        ("INSERT INTO a VALUES (1)", false),
        ("SELECT 1", false),
        ("SET autocommit = 1", true),
    ] {
        assert_eq!(one(sql, Dialect::Mysql).commits, commits, "{sql}");
    }
    assert!(!one("CREATE TABLE a (id INT)", Dialect::Postgres).commits);
    assert!(!one("BEGIN", Dialect::Sqlite).commits);
}

#[test]
fn statements_that_change_the_catalog() {
    for (sql, defines) in [
        ("CREATE VIEW v AS SELECT 1", true),
        ("ALTER TABLE a ADD COLUMN x INTEGER", true),
        ("DROP TABLE a", true),
        ("CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END", true),
        ("TRUNCATE a", false),
        ("INSERT INTO a VALUES (1)", false),
    ] {
        assert_eq!(one(sql, Dialect::Sqlite).defines, defines, "{sql}");
    }
}
