//! Functions that are called through another named object, such as a view, a type or an operator, in the code of
//! functions as well as in statements.

use diesel_cache_tests::AsyncBackend;

use crate::functions::scene::{Introspects, LinkOf, Scene};

const NOTE: &str = "CREATE TABLE log (id INT); CREATE TABLE src (id INT); INSERT INTO src VALUES (1); \
     CREATE FUNCTION note(n INT) RETURNS INT LANGUAGE sql AS 'INSERT INTO log VALUES (n) RETURNING id'; \
     CREATE FUNCTION fine(n INT) RETURNS BOOL LANGUAGE sql AS 'SELECT note(n) > 0'";

async fn views_of_postgres<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        NOTE,
        "CREATE VIEW av AS SELECT note(1) AS s",
        "CREATE VIEW \"odd View\" AS SELECT s FROM av",
        "CREATE VIEW shown AS SELECT * FROM \"odd View\"",
        "CREATE TABLE t1 (id INT); CREATE TABLE t2 (id INT); CREATE TABLE t3 (x INT); INSERT INTO t3 VALUES (0)",
        "CREATE TABLE t4 (id INT); CREATE TABLE t5 (id INT); CREATE TABLE t6 (id INT); CREATE TABLE t7 (id INT)",
        "CREATE FUNCTION f1() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM s FROM av; RETURN NEW; END'",
        "CREATE TRIGGER g AFTER INSERT ON t1 FOR EACH ROW EXECUTE FUNCTION f1()",
        "CREATE FUNCTION f4() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN INSERT INTO src SELECT s FROM \"odd View\"; RETURN NEW; END'",
        "CREATE TRIGGER g AFTER INSERT ON t4 FOR EACH ROW EXECUTE FUNCTION f4()",
        "CREATE RULE r AS ON INSERT TO t2 DO ALSO SELECT s FROM av",
        "CREATE RULE r AS ON INSERT TO t5 DO ALSO UPDATE t3 SET x = (SELECT s FROM shown)",
        "CREATE MATERIALIZED VIEW mv AS SELECT s FROM shown",
        "CREATE FUNCTION f6() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN REFRESH MATERIALIZED VIEW mv; RETURN NEW; END'",
        "CREATE TRIGGER g AFTER INSERT ON t6 FOR EACH ROW EXECUTE FUNCTION f6()",
        "CREATE FUNCTION reads() RETURNS BIGINT LANGUAGE sql AS 'SELECT count(*) FROM shown'",
        "CREATE FUNCTION f7() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id := reads(); RETURN NEW; END'",
        "CREATE TRIGGER g BEFORE INSERT ON t7 FOR EACH ROW EXECUTE FUNCTION f7()",
        "CREATE TABLE guarded (id INT); INSERT INTO guarded VALUES (1); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON guarded USING (id IN (SELECT s FROM shown))",
        "CREATE TABLE checked (id INT); ALTER TABLE checked ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON checked FOR INSERT WITH CHECK (id IN (SELECT s FROM shown))",
        "CREATE FUNCTION of_guarded() RETURNS BIGINT LANGUAGE sql AS 'SELECT count(*) FROM guarded'",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO pg_read_all_data",
    ];
    let statements = [
        "INSERT INTO t1 VALUES (1)",
        "INSERT INTO t2 VALUES (1)",
        "INSERT INTO t4 VALUES (1)",
        "INSERT INTO t5 VALUES (1)",
        "REFRESH MATERIALIZED VIEW mv",
        "INSERT INTO t6 VALUES (1)",
        "INSERT INTO t7 VALUES (1)",
        "SELECT reads()",
        "SELECT * FROM shown",
        "CREATE TABLE copied AS SELECT * FROM shown",
        "CREATE TABLE copied_as_table AS TABLE shown",
        "EXPLAIN ANALYZE CREATE TABLE copied_to_be_explained AS SELECT * FROM shown",
        "SELECT * INTO copied_too FROM shown",
        "CREATE MATERIALIZED VIEW copied_again AS SELECT * FROM shown",
        "COPY (SELECT * FROM shown) TO '/dev/null'",
        "EXPLAIN ANALYZE SELECT * FROM shown",
        "EXPLAIN (ANALYZE, COSTS OFF) SELECT * FROM shown",
        "BEGIN; DECLARE c CURSOR FOR SELECT * FROM shown; FETCH ALL FROM c; COMMIT",
        "PREPARE p AS SELECT * FROM shown; EXECUTE p",
        "DO $$ BEGIN PERFORM * FROM shown; END $$",
        "WITH w AS MATERIALIZED (SELECT * FROM shown) SELECT * FROM w",
        "TABLE shown",
        "INSERT INTO src SELECT s FROM shown",
        "UPDATE src SET id = s FROM shown",
        "DELETE FROM src USING shown",
        "MERGE INTO src USING shown ON true WHEN NOT MATCHED THEN INSERT VALUES (1)",
        "SET ROLE pg_read_all_data; SELECT * FROM guarded; RESET ROLE",
        "SET ROLE pg_read_all_data; SELECT of_guarded(); RESET ROLE",
        "SET ROLE pg_read_all_data; INSERT INTO checked VALUES (1); RESET ROLE",
    ];
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    scene.sees_each(&["log", "src"], &statements).await;
}

async fn types_of_postgres<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        NOTE,
        "CREATE DOMAIN dd AS INT CHECK (fine(VALUE))",
        "CREATE DOMAIN d2 AS dd",
        "CREATE DOMAIN listed AS INT[] CHECK (fine(VALUE[1]))",
        "CREATE TYPE pair AS (a dd, b INT)",
        "CREATE TYPE nested AS (p pair)",
        "CREATE TABLE t1 (id d2)",
        "CREATE TABLE t2 (id dd[])",
        "CREATE TABLE t3 (id nested)",
        "CREATE TABLE t4 (id INT)",
        "CREATE TABLE t5 (id INT)",
        "CREATE VIEW av AS SELECT CAST(src.id AS dd) AS s FROM src",
        "CREATE FUNCTION takes(n d2) RETURNS INT LANGUAGE plpgsql AS 'BEGIN RETURN n; END'",
        "CREATE FUNCTION gives() RETURNS dd LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION declares() RETURNS INT LANGUAGE plpgsql AS 'DECLARE x dd := 5; BEGIN RETURN x; END'",
        "CREATE FUNCTION of_column() RETURNS INT LANGUAGE plpgsql AS 'DECLARE x t1.id%TYPE; BEGIN x := 5; RETURN x; END'",
        "CREATE FUNCTION f4() RETURNS trigger LANGUAGE plpgsql AS 'DECLARE x pair; BEGIN x.a := 5; RETURN NEW; END'",
        "CREATE TRIGGER g AFTER INSERT ON t4 FOR EACH ROW EXECUTE FUNCTION f4()",
        "CREATE RULE r AS ON INSERT TO t5 DO ALSO SELECT CAST(5 AS dd)",
        "CREATE TYPE mood AS (n INT)",
        "CREATE FUNCTION to_mood(n INT) RETURNS mood LANGUAGE sql AS 'SELECT CAST(ROW(note(n)) AS mood)'",
        "CREATE CAST (INT AS mood) WITH FUNCTION to_mood AS ASSIGNMENT",
        "CREATE TABLE t6 (id mood)",
        "CREATE FUNCTION makes_row() RETURNS t1 LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION takes_row(r t1) RETURNS INT LANGUAGE plpgsql AS 'BEGIN RETURN r.id; END'",
        "CREATE FUNCTION to_json_of(m mood) RETURNS json LANGUAGE sql AS 'SELECT to_json(note(m.n))'",
        "CREATE CAST (mood AS json) WITH FUNCTION to_json_of",
        "CREATE FUNCTION any_of(a anyelement) RETURNS INT LANGUAGE sql AS 'SELECT note(1)'",
        "CREATE FUNCTION more_of(s src, n INT DEFAULT 1) RETURNS INT LANGUAGE sql AS 'SELECT note(n)'",
        "CREATE FUNCTION casts() RETURNS INT LANGUAGE plpgsql AS 'BEGIN PERFORM 1::mood; RETURN 1; END'",
    ];
    let statements = [
        "SELECT 5::dd",
        "SELECT CAST(5 AS d2)",
        "SELECT dd '5'",
        "SELECT '{5}'::dd[]",
        "SELECT '{5}'::listed",
        "SELECT ROW(5, 1)::pair",
        "SELECT CAST('(\"(5,1)\")' AS nested)",
        "SELECT '(5)'::t1",
        "SELECT json_populate_record(CAST(NULL AS t1), '{\"id\": 5}')",
        "SELECT * FROM json_to_record('{\"a\": 5}') AS x (a dd)",
        "INSERT INTO t1 VALUES (5)",
        "INSERT INTO t2 VALUES ('{5}')",
        "INSERT INTO t3 VALUES (ROW(ROW(5, 1)))",
        "INSERT INTO t4 VALUES (1)",
        "INSERT INTO t5 VALUES (1)",
        "INSERT INTO t6 VALUES (1)",
        "SELECT * FROM av",
        "SELECT takes(5)",
        "SELECT gives()",
        "SELECT declares()",
        "SELECT of_column()",
        "SELECT casts()",
        "SELECT makes_row()",
        "SELECT takes_row('(5)')",
        "SELECT t1 '(5)'",
        "SELECT '(5)'::/* a */t1",
        "SELECT * FROM json_to_record('{\"f\": {\"id\": 5}}') AS x(f t1)",
        "SELECT m::json FROM (SELECT ROW(1)::mood AS m) AS x",
        "SELECT s.any_of FROM src AS s",
        "SELECT s . /* of */ more_of FROM src AS s",
    ];
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    scene.sees_each(&["log"], &statements).await;
}

async fn operators_of_postgres<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        NOTE,
        "CREATE FUNCTION pair(a INT, b INT) RETURNS INT LANGUAGE sql AS 'SELECT note(a + b)'",
        "CREATE OPERATOR ~~~~ (LEFTARG = INT, RIGHTARG = INT, FUNCTION = pair)",
        "CREATE VIEW av AS SELECT 1 ~~~~ 2 AS s",
        "CREATE FUNCTION like_it(s src, n INT) RETURNS BOOL LANGUAGE sql AS 'SELECT fine(n)'",
        "CREATE OPERATOR ~~ (LEFTARG = src, RIGHTARG = INT, FUNCTION = like_it)",
        "CREATE FUNCTION inside() RETURNS INT LANGUAGE sql AS 'SELECT 1~~~~2'",
        "CREATE FUNCTION outer_inside() RETURNS INT LANGUAGE plpgsql AS 'BEGIN RETURN inside(); END'",
        "CREATE FUNCTION named() RETURNS INT LANGUAGE sql AS 'SELECT 1 OPERATOR(public.~~~~) 2'",
        "CREATE FUNCTION f1() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id := NEW.id ~~~~ 1; RETURN NEW; END'",
        "CREATE TABLE t1 (id INT)",
        "CREATE TRIGGER g BEFORE INSERT ON t1 FOR EACH ROW EXECUTE FUNCTION f1()",
        "CREATE TABLE t2 (id INT, n INT DEFAULT 1 ~~~~ 2)",
        "CREATE TABLE t3 (id INT)",
        "CREATE RULE r AS ON INSERT TO t3 DO ALSO SELECT 1 ~~~~ 2",
    ];
    let statements = [
        "SELECT inside()",
        "SELECT outer_inside()",
        "SELECT named()",
        "INSERT INTO t1 VALUES (1)",
        "INSERT INTO t2 (id) VALUES (1)",
        "INSERT INTO t3 VALUES (1)",
        "SELECT * FROM av",
        "SELECT s LIKE 1 FROM src AS s",
    ];
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    scene.sees_each(&["log"], &statements).await;
}

async fn conditions_of_postgres<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        NOTE,
        "CREATE TABLE parent (id INT PRIMARY KEY); CREATE TABLE child (id INT REFERENCES parent ON DELETE CASCADE)",
        "CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        "CREATE TRIGGER g AFTER DELETE ON child FOR EACH ROW WHEN (fine(OLD.id)) EXECUTE FUNCTION ignore()",
        "CREATE TRIGGER h BEFORE DELETE ON src FOR EACH STATEMENT WHEN (fine(1)) EXECUTE FUNCTION ignore()",
        "CREATE TRIGGER i AFTER TRUNCATE ON src WHEN (fine(2)) EXECUTE FUNCTION ignore()",
        "INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1), (2), (2)",
    ];
    let statements = [
        "DELETE FROM child WHERE id = 1",
        "DELETE FROM parent WHERE id = 2",
        "DELETE FROM src",
        "TRUNCATE src",
    ];
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    scene.sees_each(&["log"], &statements).await;
}

/// The functions promise not to write, and do.
async fn partitions_and_indexes_of_postgres<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        NOTE,
        "CREATE FUNCTION promises(n INT) RETURNS INT IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM note(n); RETURN n; END'",
        "CREATE TABLE pt (id INT) PARTITION BY LIST ((promises(id)))",
        "CREATE TABLE middle PARTITION OF pt FOR VALUES IN (1) PARTITION BY LIST (id)",
        "CREATE TABLE leaf PARTITION OF middle FOR VALUES IN (1)",
        "CREATE TABLE indexed (id INT); INSERT INTO indexed SELECT generate_series(1, 3)",
        "CREATE INDEX i ON indexed (promises(id))",
        "CREATE TABLE measured (id INT); INSERT INTO measured SELECT generate_series(1, 3)",
        "CREATE FUNCTION steady() RETURNS INT STABLE LANGUAGE plpgsql AS 'BEGIN RETURN note(1); END'",
        "CREATE STATISTICS s ON (promises(id)), id FROM measured",
    ];
    let statements = [
        "INSERT INTO pt VALUES (1)",
        "INSERT INTO leaf VALUES (1)",
        "INSERT INTO indexed VALUES (4)",
        "REINDEX TABLE indexed",
        "ANALYZE measured",
        "ANALYZE indexed",
        "VACUUM FULL indexed",
        "CLUSTER indexed USING i",
        "EXPLAIN SELECT promises(1)",
        "EXPLAIN DELETE FROM indexed WHERE id = steady()",
    ];
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    scene.sees_each(&["log"], &statements).await;
}

/// A trigger on one leaf moves the row to another.
async fn rows_sent_elsewhere_of_postgres<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        "CREATE TABLE log (id INT); CREATE TABLE pt (id INT, note TEXT) PARTITION BY LIST (id)",
        "CREATE TABLE p1 PARTITION OF pt FOR VALUES IN (1)",
        "CREATE TABLE p2 PARTITION OF pt FOR VALUES IN (2, 3) PARTITION BY LIST (id)",
        "CREATE TABLE p22 PARTITION OF p2 FOR VALUES IN (2)",
        "CREATE FUNCTION send() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id := 2; RETURN NEW; END'",
        "CREATE TRIGGER g BEFORE UPDATE ON p1 FOR EACH ROW EXECUTE FUNCTION send()",
        "CREATE FUNCTION logs() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (1); RETURN NULL; END'",
        "CREATE TRIGGER h AFTER INSERT ON p22 FOR EACH ROW EXECUTE FUNCTION logs()",
        "INSERT INTO pt VALUES (1, ''), (1, ''), (2, ''); DELETE FROM log",
    ];
    let statements = ["UPDATE pt SET note = 'x' WHERE id = 1"];
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    scene.sees_each(&["p1", "p2", "p22", "log"], &statements).await;
}

async fn views_of_mysql<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        "CREATE TABLE log (id INT); CREATE TABLE src (id INT); INSERT INTO src VALUES (1)",
        "CREATE FUNCTION note(n INT) RETURNS INT BEGIN INSERT INTO log VALUES (n); RETURN n; END",
        "CREATE VIEW av AS SELECT note(1) AS s",
        "CREATE VIEW `odd View` AS SELECT s FROM av",
        "CREATE FUNCTION rd() RETURNS INT RETURN (SELECT s FROM `odd View`)",
        "CREATE TABLE t1 (id INT); CREATE TABLE t2 (id INT); CREATE TABLE t3 (id INT); CREATE TABLE t4 (id INT)",
        "CREATE TRIGGER g1 AFTER INSERT ON t1 FOR EACH ROW SET @x = (SELECT s FROM av)",
        "CREATE TRIGGER g2 BEFORE INSERT ON t2 FOR EACH ROW SET NEW.id = rd()",
        "CREATE TRIGGER g3 AFTER INSERT ON t3 FOR EACH ROW INSERT INTO src SELECT s FROM `odd View`",
        "CREATE PROCEDURE pr() SELECT s INTO @x FROM av",
        "CREATE TRIGGER g4 AFTER INSERT ON t4 FOR EACH ROW CALL pr()",
    ];
    let statements = [
        "INSERT INTO t1 VALUES (1)",
        "INSERT INTO t2 VALUES (1)",
        "INSERT INTO t3 VALUES (1)",
        "INSERT INTO t4 VALUES (1)",
        "DO rd()",
        "CALL pr()",
        "INSERT INTO src SELECT s FROM `odd View`",
    ];
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    scene.sees_each(&["log", "src"], &statements).await;
}

/// A view over a function that changes a setting, read by statements that are not queries.
async fn settings_of_postgres<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        "CREATE FUNCTION enter(t TEXT) RETURNS TEXT LANGUAGE sql AS $$ SELECT set_config('app.x', t, false) $$",
        "CREATE VIEW entering AS SELECT enter('31') AS a",
    ];
    for sql in [
        "SELECT * FROM entering",
        "CREATE TABLE copied AS SELECT * FROM entering",
        "CREATE TABLE copied AS TABLE entering",
        "EXPLAIN (ANALYZE) CREATE TABLE copied AS SELECT * FROM entering",
        "BEGIN; DECLARE c CURSOR FOR SELECT * FROM entering; FETCH c; COMMIT",
        "BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT * FROM entering; COMMIT",
    ] {
        let mut scene = Scene::<B, L>::introspected(&setup).await;
        let from = "(SELECT 1) AS one WHERE current_setting('app.x', true) = '31'";
        assert_eq!(scene.count(from).await.0, 0);
        scene.b.batch(sql).await.unwrap();
        assert_eq!(scene.count(from).await.0, 1, "{sql}");
    }
}

/// Functions of a package, which are also called by its name.
async fn packages_of_mysql<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        "CREATE TABLE log (id INT); CREATE TABLE src (id INT); INSERT INTO src VALUES (1)",
        "SET sql_mode = ORACLE; CREATE PACKAGE pkg AS FUNCTION f RETURN INT; END; SET sql_mode = DEFAULT",
        "SET sql_mode = ORACLE; CREATE PACKAGE BODY pkg AS FUNCTION f RETURN INT AS \
             BEGIN INSERT INTO log VALUES (1); RETURN 1; END; END; SET sql_mode = DEFAULT",
    ];
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    scene.a.batch("SET sql_mode = ORACLE").await.unwrap();
    scene.changes("log", "SELECT pkg.f()", 0, 1).await;
    scene
        .changes("log", "DELETE FROM src WHERE id = \"pkg\" . \"f\" ()", 1, 2)
        .await;
}

on! {
    postgres: PostgresDatabase [
        views_of_postgres, types_of_postgres, operators_of_postgres, partitions_and_indexes_of_postgres,
        rows_sent_elsewhere_of_postgres, settings_of_postgres, conditions_of_postgres,
    ],
    mysql: Mysql [views_of_mysql, packages_of_mysql],
}
