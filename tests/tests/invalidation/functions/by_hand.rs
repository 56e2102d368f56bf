//! Functions that are declared to the builder.

use diesel_cache::CacheBuilder;
use diesel_cache_tests::AsyncBackend;

use crate::functions::scene::{LinkOf, Scene};

const POSTGRES: &[&str] = &[
    "CREATE TABLE log (id INT)",
    "CREATE FUNCTION note(n INT) RETURNS INT LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (n); RETURN n; END $$",
];

const MYSQL: &[&str] = &[
    "CREATE TABLE log (id INT)",
    "CREATE FUNCTION note(n INT) RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO log VALUES (n); RETURN n; END",
];

fn note_writes(builder: CacheBuilder) -> CacheBuilder {
    builder.function_writes("public.\"Note\"", ["log"])
}

async fn postgres_calls_write<B: AsyncBackend, L: LinkOf<B>>() {
    let mut scene = Scene::<B, L>::new(POSTGRES, note_writes).await;
    let texts = [
        "SELECT note(1)",
        "SELECT public.\"note\" (1)",
        "SELECT * FROM note(1)",
        "SELECT id FROM person WHERE id = note(1) AND id = 1",
        "SELECT id FROM person JOIN note(1) AS n ON n = id",
        "SELECT 1 ORDER BY note(1)",
        "WITH c AS MATERIALIZED (SELECT note(1)) SELECT * FROM c",
        "VALUES (note(1))",
        "INSERT INTO person VALUES (100, cast(note(1) AS TEXT))",
        "UPDATE person SET name = cast(note(1) AS TEXT) WHERE id = 1",
        "UPDATE person SET name = 'x' WHERE id = 1 RETURNING note(1)",
        "DELETE FROM person WHERE id = 100 AND note(1) = 1",
        "MERGE INTO person AS p USING (SELECT note(1) AS n) AS s ON p.id = s.n WHEN MATCHED THEN DO NOTHING",
        "COPY (SELECT note(1)) TO '/dev/null'",
        "EXPLAIN ANALYZE SELECT note(1)",
        "CREATE TABLE copy AS SELECT note(1)",
        "DO $$ BEGIN PERFORM note(1); END $$",
        "SELECT set_config('app.x', cast(note(1) AS TEXT), false)",
    ];
    for (n, sql) in texts.into_iter().enumerate() {
        let sql = sql.replace("public.", "");
        scene.changes("log", &sql, n as i64, n as i64 + 1).await;
    }
}

async fn mysql_calls_write<B: AsyncBackend, L: LinkOf<B>>() {
    let mut scene = Scene::<B, L>::new(MYSQL, note_writes).await;
    let texts = [
        "SELECT note(1)",
        "SELECT `Note` (1)",
        "SELECT id FROM person WHERE id = note(1) LIMIT 1",
        "DO note(1)",
        "SET @a = note(1)",
        "SELECT note(1) INTO @a",
        "INSERT INTO person VALUES (100, note(1))",
        "UPDATE person SET name = note(1) WHERE id = 1",
        "DELETE FROM person WHERE id = 100 AND note(1) = 2",
        "INSERT INTO address SELECT note(1) + 100, 1, 'street', NULL",
        "CREATE TABLE copy AS SELECT note(1)",
    ];
    let mut before = 0;
    for sql in texts {
        scene.count("log").await;
        scene
            .a
            .batch(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        let (after, event) = scene.count("log").await;
        assert!(
            after > before && event.starts_with("miss"),
            "{sql}: {before} => {after}, {event}"
        );
        before = after;
    }
}

async fn a_transaction_shows_at_its_commit<B: AsyncBackend, L: LinkOf<B>>(setup: &[&str]) {
    let mut scene = Scene::<B, L>::new(setup, note_writes).await;
    for (end, rows) in [("ROLLBACK", 0), ("COMMIT", 1)] {
        scene.count("log").await;
        scene.a.batch("BEGIN").await.unwrap();
        scene
            .a
            .load(
                "SELECT CAST(note(1) AS SIGNED) AS n"
                    .replace("SIGNED", signed::<B>())
                    .as_str(),
            )
            .await
            .unwrap();
        assert_eq!(
            scene.count("log").await,
            (0, "hit Memory".into()),
            "not yet seen by others"
        );
        scene.a.batch(end).await.unwrap();
        assert_eq!(scene.count("log").await.0, rows, "{end}");
    }
}

fn signed<B: 'static>() -> &'static str {
    use std::any::TypeId;

    if TypeId::of::<B>() == TypeId::of::<diesel_cache_tests::Mysql>() {
        "SIGNED"
    } else {
        "BIGINT"
    }
}

async fn postgres_transactions<B: AsyncBackend, L: LinkOf<B>>() {
    a_transaction_shows_at_its_commit::<B, L>(POSTGRES).await;
}

async fn mysql_transactions<B: AsyncBackend, L: LinkOf<B>>() {
    a_transaction_shows_at_its_commit::<B, L>(MYSQL).await;
}

/// A hit would omit the effects of the function.
async fn a_cached_query_with_effects_is_not_cached<B: AsyncBackend, L: LinkOf<B>>(setup: &[&str]) {
    let mut scene = Scene::<B, L>::new(setup, note_writes).await;
    let sql = format!("SELECT CAST(note(1) AS {}) AS n", signed::<B>());
    for round in 1..=3 {
        scene.events.take();
        scene.a.load_cached(&sql).await.unwrap();
        assert_eq!(scene.events.words(), ["bypass SideEffects"]);
        assert_eq!(scene.count("log").await.0, round);
    }
    let stats = scene.cache.region("default").unwrap().stats();
    assert_eq!(stats.bypasses_by(diesel_cache::BypassReason::SideEffects), 3);
    scene.events.take();
    for expected in ["miss Absent", "hit Memory"] {
        let sql = format!("SELECT CAST(abs(id) AS {}) AS n FROM person", signed::<B>());
        scene.a.load_cached(&sql).await.unwrap();
        assert_eq!(scene.events.words()[0], expected, "another function is another matter");
    }
}

async fn postgres_cached<B: AsyncBackend, L: LinkOf<B>>() {
    a_cached_query_with_effects_is_not_cached::<B, L>(POSTGRES).await;
}

async fn mysql_cached<B: AsyncBackend, L: LinkOf<B>>() {
    a_cached_query_with_effects_is_not_cached::<B, L>(MYSQL).await;
}

const POSTGRES_TENANTS: &[&str] = &[
    "CREATE TABLE doc (tenant TEXT)",
    "INSERT INTO doc VALUES ('1'), ('2'), ('2')",
    "ALTER TABLE doc ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY p ON doc USING (tenant = current_setting('app.tenant', true))",
    "CREATE FUNCTION enter(t TEXT) RETURNS TEXT LANGUAGE sql AS $$ SELECT set_config('app.tenant', t, false) $$",
    "CREATE FUNCTION refuse(t TEXT) RETURNS TEXT LANGUAGE plpgsql AS $$ BEGIN PERFORM enter(t); RAISE 'no'; END $$",
];

const MYSQL_TENANTS: &[&str] = &[
    "CREATE TABLE doc_of_all (tenant INT)",
    "INSERT INTO doc_of_all VALUES (1), (2), (2)",
    "CREATE FUNCTION enter(t INT) RETURNS INT BEGIN SET @tenant = t; RETURN t; END",
    "CREATE FUNCTION refuse(t INT) RETURNS INT BEGIN SET @tenant = t; SIGNAL SQLSTATE '45000'; RETURN 1; END",
    "CREATE FUNCTION inside() RETURNS INT RETURN @tenant",
    "CREATE VIEW doc AS SELECT * FROM doc_of_all WHERE tenant = inside()",
];

fn enter_changes_session(builder: CacheBuilder) -> CacheBuilder {
    builder
        .function_changes_session("enter")
        .function_changes_session("refuse")
}

/// Neither tenant sees the other's rows. `role`: the tests' own user bypasses row security.
async fn tenants_stay_apart<B: AsyncBackend, L: LinkOf<B>>(setup: &[&str], role: &str) {
    for enter in [
        "SELECT enter('{}')",
        "SELECT id FROM person WHERE CAST(id AS CHAR) = enter('{}')",
    ] {
        let mut scene = Scene::<B, L>::new(setup, enter_changes_session).await;
        scene.a.batch(role).await.unwrap();
        scene.b.batch(role).await.unwrap();
        scene.count("doc").await;
        scene.b.execute(&enter.replace("{}", "1")).await.unwrap();
        assert_eq!(scene.count("doc").await.0, 1, "{enter}");
        std::mem::swap(&mut scene.a, &mut scene.b);
        assert_eq!(scene.count("doc").await.0, 0, "has entered nothing: {enter}");
        scene.b.batch(&enter.replace("{}", "2")).await.unwrap();
        assert_eq!(scene.count("doc").await.0, 2, "{enter}");
        // Back and forth on one connection.
        scene.b.batch(&enter.replace("{}", "1")).await.unwrap();
        assert_eq!(scene.count("doc").await.0, 1, "{enter}");
    }
}

async fn postgres_tenants<B: AsyncBackend, L: LinkOf<B>>() {
    tenants_stay_apart::<B, L>(POSTGRES_TENANTS, "SET ROLE pg_read_all_data").await;
}

async fn mysql_tenants<B: AsyncBackend, L: LinkOf<B>>() {
    tenants_stay_apart::<B, L>(MYSQL_TENANTS, "SET lock_wait_timeout = 60").await;
}

/// PostgreSQL undoes what was set in a transaction that fails; MariaDB undoes nothing. A rollback undoes the setting,
/// but afterwards `app.tenant` is `''` instead of NULL: the connection shares nothing any more, and still caches.
async fn postgres_tenants_in_transactions<B: AsyncBackend, L: LinkOf<B>>() {
    let mut scene = Scene::<B, L>::new(POSTGRES_TENANTS, enter_changes_session).await;
    scene.b.batch("SET ROLE pg_read_all_data").await.unwrap();
    scene.count("doc").await;
    for (texts, expected) in [
        (&["BEGIN", "SELECT enter('1')", "ROLLBACK"][..], 0),
        (&["SELECT refuse('1')"], 0),
        (&["BEGIN", "SELECT enter('1')", "COMMIT"], 1),
        (&["BEGIN", "SELECT enter('2')", "ROLLBACK"], 1),
        (
            &["BEGIN", "SAVEPOINT s", "SELECT enter('2')", "ROLLBACK TO s", "COMMIT"],
            1,
        ),
        (&["BEGIN; SELECT enter('2'); COMMIT"], 2),
    ] {
        for sql in texts {
            let failed = scene.b.batch(sql).await.is_err();
            assert_eq!(failed, sql.contains("refuse"), "{sql}");
        }
        assert_eq!(scene.count("doc").await.0, expected, "{texts:?}");
        assert_eq!(scene.count("doc").await, (expected, "hit Memory".into()), "{texts:?}");
    }
}

async fn mysql_tenants_in_transactions<B: AsyncBackend, L: LinkOf<B>>() {
    let mut scene = Scene::<B, L>::new(MYSQL_TENANTS, enter_changes_session).await;
    scene.count("doc").await;
    for (texts, expected) in [
        (&["BEGIN", "SELECT enter(1)", "ROLLBACK"][..], 1),
        (&["SELECT refuse(2)"], 2),
        (&["BEGIN", "SELECT enter(1)", "COMMIT"], 1),
        (
            &["BEGIN", "SAVEPOINT s", "SELECT refuse(2)", "ROLLBACK TO s", "COMMIT"],
            2,
        ),
    ] {
        for sql in texts {
            let failed = scene.b.batch(sql).await.is_err();
            assert_eq!(failed, sql.contains("refuse"), "{sql}");
        }
        assert_eq!(scene.count("doc").await.0, expected, "{texts:?}");
    }
}

on! {
    postgres: Postgres [
        postgres_calls_write, postgres_transactions, postgres_cached, postgres_tenants, postgres_tenants_in_transactions,
    ],
    mysql: Mysql [mysql_calls_write, mysql_transactions, mysql_cached, mysql_tenants, mysql_tenants_in_transactions],
}
