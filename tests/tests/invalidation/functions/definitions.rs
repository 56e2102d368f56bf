//! DDL: a statement that changes the rows for which a name stands is a write of that name.

use diesel_cache_tests::AsyncBackend;

use crate::functions::scene::{LinkOf, Scene};

/// The counted relation, DDL, and the count after it. The first case of a relation fills the cache.
type Cases = [(&'static str, &'static str, i64)];

async fn all<B: AsyncBackend, L: LinkOf<B>>(mut scene: Scene<B, L>, cases: &Cases) {
    for (from, sql, after) in cases {
        let (before, _) = scene.count(from).await;
        assert_ne!(before, *after, "{sql} changes nothing");
        scene.changes(from, sql, before, *after).await;
    }
}

async fn of_postgres<B: AsyncBackend, L: LinkOf<B>>() {
    let setup = [
        "CREATE EXTENSION file_fdw",
        "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw",
        "CREATE TABLE pt (id INT) PARTITION BY LIST (id)",
        "CREATE TABLE p1 PARTITION OF pt FOR VALUES IN (1)",
        "CREATE TABLE p9 AS SELECT 9 AS id",
        "CREATE TABLE parent (id INT)",
        "CREATE TABLE child (id INT)",
        "INSERT INTO pt VALUES (1)",
        "INSERT INTO child VALUES (1)",
        "CREATE TABLE a AS SELECT 1 AS id",
        "CREATE TABLE b AS SELECT generate_series(1, 2) AS id",
        "CREATE VIEW v AS SELECT * FROM a",
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        "CREATE TABLE moods AS SELECT CAST('sad' AS mood) AS mood",
        "CREATE FUNCTION few() RETURNS INT LANGUAGE sql AS 'SELECT 3'",
        "CREATE MATERIALIZED VIEW m AS SELECT * FROM a",
        "CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.x AS SELECT 1; CREATE TABLE two.x AS SELECT 1 UNION SELECT 2",
        "CREATE TABLE gone AS SELECT 1 AS id",
    ];
    let mut scene = Scene::<B, L>::new(&setup, |builder| builder).await;
    scene.b.batch("SET search_path = public, one, two").await.unwrap();
    let cases = [
        (
            "pt",
            "CREATE FOREIGN TABLE p2 PARTITION OF pt FOR VALUES IN (2) SERVER files OPTIONS (program 'echo 2; echo 2')",
            3,
        ),
        (
            "pt",
            "ALTER FOREIGN TABLE p2 OPTIONS (SET program 'echo 2'); ALTER TABLE pt DETACH PARTITION p2",
            1,
        ),
        ("pt", "ALTER TABLE pt ATTACH PARTITION p9 FOR VALUES IN (9)", 2),
        ("pt", "ALTER TABLE pt DETACH PARTITION p9 CONCURRENTLY", 1),
        (
            "p2",
            "ALTER FOREIGN TABLE p2 OPTIONS (SET program 'echo 2; echo 2; echo 2')",
            3,
        ),
        (
            "parent",
            "CREATE FOREIGN TABLE more () INHERITS (parent) SERVER files OPTIONS (program 'echo 7')",
            1,
        ),
        ("parent", "ALTER TABLE child INHERIT parent", 2),
        ("parent", "ALTER TABLE child NO INHERIT parent", 1),
        ("a", "ALTER TABLE a RENAME TO c; ALTER TABLE b RENAME TO a", 2),
        (
            "v",
            "CREATE OR REPLACE VIEW v AS SELECT 1 AS id UNION SELECT 2 UNION SELECT 3",
            3,
        ),
        ("v", "DROP VIEW v; CREATE VIEW v AS SELECT 1 AS id", 1),
        (
            "m",
            "DROP MATERIALIZED VIEW m; CREATE MATERIALIZED VIEW m AS SELECT * FROM a",
            2,
        ),
        (
            "moods WHERE CAST(mood AS TEXT) = 'sad'",
            "ALTER TYPE mood RENAME VALUE 'sad' TO 'bad'",
            0,
        ),
        (
            "person WHERE id <= few()",
            "CREATE OR REPLACE FUNCTION few() RETURNS INT LANGUAGE sql AS 'SELECT 4'",
            4,
        ),
        ("x", "ALTER TABLE one.x RENAME TO y", 2),
        ("x", "ALTER TABLE one.y RENAME TO x", 1),
        ("x", "DROP SCHEMA one CASCADE", 2),
        (
            "gone",
            "CREATE TABLE copy AS WITH w AS (DELETE FROM gone RETURNING id) SELECT * FROM w",
            0,
        ),
        (
            "gone",
            "SELECT * INTO copy_2 FROM person; CREATE TABLE x9 AS SELECT 1; INSERT INTO gone SELECT 1",
            1,
        ),
    ];
    all(scene, &cases).await;
}

async fn row_security_of_postgres<B: AsyncBackend, L: LinkOf<B>>() {
    let setup = ["GRANT ALL ON ALL TABLES IN SCHEMA public TO pg_read_all_data"];
    let mut scene = Scene::<B, L>::new(&setup, |builder| builder).await;
    scene.b.batch("SET ROLE pg_read_all_data").await.unwrap();
    let cases = [
        ("person", "ALTER TABLE person ENABLE ROW LEVEL SECURITY", 0),
        ("person", "CREATE POLICY p ON person USING (id < 4)", 3),
        ("person", "ALTER POLICY p ON person USING (id < 3)", 2),
        ("person", "CREATE POLICY q ON person USING (id = 50)", 3),
        ("person", "DROP POLICY q ON person", 2),
        ("person", "ALTER TABLE person OWNER TO pg_read_all_data", 50),
        ("person", "ALTER TABLE person FORCE ROW LEVEL SECURITY", 2),
        ("person", "ALTER TABLE person DISABLE ROW LEVEL SECURITY", 50),
        (
            "person",
            "ALTER TABLE person OWNER TO CURRENT_USER, ENABLE ROW LEVEL SECURITY",
            2,
        ),
    ];
    all(scene, &cases).await;
}

/// Only the catalog shows which tables have parts.
async fn of_postgres_with_introspection<B: AsyncBackend, L: LinkOf<B> + crate::functions::scene::Introspects>() {
    let setup = [
        "CREATE TABLE pt (id INT) PARTITION BY LIST (id)",
        "CREATE TABLE p1 PARTITION OF pt FOR VALUES IN (1)",
        "CREATE TABLE p2 PARTITION OF pt FOR VALUES IN (2)",
        "INSERT INTO pt VALUES (1), (2)",
        "CREATE VIEW v AS SELECT * FROM pt",
        "CREATE VIEW w AS SELECT * FROM v",
    ];
    let scene = Scene::<B, L>::introspected(&setup).await;
    let cases = [
        ("p1", "TRUNCATE pt", 0),
        ("pt", "INSERT INTO p1 VALUES (1), (1)", 2),
        ("v", "DROP TABLE p1", 0),
        ("w", "INSERT INTO p2 VALUES (2)", 1),
        ("w", "CREATE OR REPLACE VIEW v AS SELECT 1 AS id UNION SELECT 2", 2),
    ];
    all(scene, &cases).await;
}

async fn of_mysql<B: AsyncBackend, L: LinkOf<B>>() {
    let setup = [
        "CREATE TABLE pt (id INT) PARTITION BY LIST (id) (PARTITION p1 VALUES IN (1), PARTITION p2 VALUES IN (2))",
        "INSERT INTO pt VALUES (1), (2)",
        "CREATE TABLE t2 (id INT)",
        "INSERT INTO t2 VALUES (1), (1), (1)",
        "CREATE TABLE a (id INT)",
        "CREATE TABLE b AS SELECT 1 AS id UNION SELECT 2",
        "CREATE VIEW v AS SELECT 1 AS id",
    ];
    let scene = Scene::<B, L>::new(&setup, |builder| builder).await;
    let cases = [
        ("pt", "ALTER TABLE pt EXCHANGE PARTITION p1 WITH TABLE t2", 4),
        ("t2", "ALTER TABLE pt EXCHANGE PARTITION p1 WITH TABLE t2", 3),
        ("pt", "ALTER TABLE pt TRUNCATE PARTITION p1", 1),
        ("pt", "ALTER TABLE pt DROP PARTITION p2", 0),
        (
            "pt",
            "ALTER TABLE pt ADD PARTITION (PARTITION p3 VALUES IN (3)); INSERT INTO pt VALUES (3)",
            1,
        ),
        ("pt", "ALTER TABLE pt CONVERT PARTITION p3 TO TABLE t3", 0),
        ("pt", "ALTER TABLE pt CONVERT TABLE t3 TO PARTITION p4 VALUES IN (3)", 1),
        ("a", "RENAME TABLE a TO c, b TO a, c TO b", 2),
        (
            "b",
            "ALTER TABLE a RENAME c; ALTER TABLE b RENAME a; ALTER TABLE c RENAME TO b",
            2,
        ),
        ("a", "CREATE OR REPLACE TABLE a AS SELECT 1 AS id", 1),
        ("a", "CREATE OR REPLACE TABLE a LIKE b", 0),
        ("v", "CREATE OR REPLACE VIEW v AS SELECT 1 AS id UNION SELECT 2", 2),
        ("v", "ALTER VIEW v AS SELECT 1 AS id", 1),
        ("b", "TRUNCATE b", 0),
    ];
    all(scene, &cases).await;
}

async fn of_sqlite<B: AsyncBackend, L: LinkOf<B> + crate::functions::scene::Introspects>() {
    let setup = [
        "CREATE TABLE a (id INT)",
        "CREATE TABLE b AS SELECT 1 AS id UNION SELECT 2",
        "CREATE VIEW v AS SELECT * FROM a",
    ];
    let scene = Scene::<B, L>::introspected(&setup).await;
    let cases = [
        ("v", "DROP VIEW v; CREATE VIEW v AS SELECT * FROM b", 2),
        (
            "a",
            "ALTER TABLE a RENAME TO c; ALTER TABLE b RENAME TO a; ALTER TABLE c RENAME TO b",
            2,
        ),
        ("a", "DROP TABLE a; CREATE TABLE a AS SELECT 1 AS id", 1),
        // A parent that goes takes its children along, as a DELETE does.
        ("address", "DROP TABLE person", 0),
    ];
    all(scene, &cases).await;
}

on! {
    postgres: PostgresDatabase [of_postgres, row_security_of_postgres, of_postgres_with_introspection],
    mysql: Mysql [of_mysql],
    sqlite: Sqlite [of_sqlite],
}
