//! What introspection finds about functions, and about what calls them implicitly.

use diesel_cache_tests::AsyncBackend;

use crate::functions::scene::{Introspects, LinkOf, Scene};

/// Each text on `a` changes the count on `b`.
async fn each_changes<B: AsyncBackend, L: LinkOf<B> + Introspects>(setup: &[&str], cases: &[(&str, &str, i64)]) {
    let mut scene = Scene::<B, L>::introspected(setup).await;
    for (from, sql, after) in cases {
        let (before, _) = scene.count(from).await;
        assert_ne!(before, *after, "{sql} changes nothing");
        scene.changes(from, sql, before, *after).await;
    }
}

async fn postgres_functions<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        "CREATE TABLE log (id INT); CREATE TABLE far (id INT)",
        "CREATE MATERIALIZED VIEW recent AS SELECT * FROM person",
        "CREATE FUNCTION refresh_recent() RETURNS void LANGUAGE plpgsql AS 'BEGIN REFRESH MATERIALIZED VIEW recent; END'",
        "CREATE FUNCTION note(n INT) RETURNS INT LANGUAGE sql AS 'INSERT INTO log VALUES (n) RETURNING id'",
        "CREATE FUNCTION indirect(n INT) RETURNS INT LANGUAGE plpgsql AS 'BEGIN RETURN note(n); END'",
        "CREATE FUNCTION promises(n INT) RETURNS INT LANGUAGE sql STABLE AS 'SELECT note(n)'",
        "CREATE FUNCTION dynamic(t TEXT) RETURNS void LANGUAGE plpgsql AS $$ BEGIN \
             EXECUTE format('INSERT INTO %I VALUES (1)', t); END $$",
        "CREATE FUNCTION step(n INT, m INT) RETURNS INT LANGUAGE sql AS 'INSERT INTO log VALUES (m); SELECT n + m'",
        "CREATE AGGREGATE logged_sum (INT) (SFUNC = step, STYPE = INT, INITCOND = '0')",
        "CREATE FUNCTION atomic() RETURNS INT BEGIN ATOMIC INSERT INTO log VALUES (1) RETURNING id; END",
        "CREATE FUNCTION with_default(n INT DEFAULT note(1)) RETURNS INT LANGUAGE sql AS 'SELECT n'",
        "CREATE FUNCTION makes() RETURNS void LANGUAGE plpgsql AS 'BEGIN DROP TABLE IF EXISTS far; \
             CREATE TABLE far AS SELECT generate_series(1, 7) AS id; END'",
        "CREATE FUNCTION pair(a INT, b INT) RETURNS INT LANGUAGE sql AS 'SELECT note(a + b)'",
        "CREATE OPERATOR ~~~~ (LEFTARG = INT, RIGHTARG = INT, FUNCTION = pair)",
        "CREATE FUNCTION full_name(p person) RETURNS TEXT LANGUAGE sql AS 'SELECT CAST(note(p.id) AS TEXT)'",
        "CREATE TYPE mood AS (n INT)",
        "CREATE FUNCTION to_mood(n INT) RETURNS mood LANGUAGE sql AS 'SELECT CAST(ROW(note(n)) AS mood)'",
        "CREATE CAST (INT AS mood) WITH FUNCTION to_mood",
        "CREATE SCHEMA other",
        "CREATE FUNCTION other.\"Note\"() RETURNS INT LANGUAGE sql AS 'INSERT INTO log VALUES (1) RETURNING id'",
    ];
    let cases = [
        ("log", "SELECT note(1)", 1),
        ("log", "SELECT indirect(1)", 2),
        ("log", "SELECT promises(1)", 3),
        ("log", "SELECT dynamic('log')", 4),
        ("log", "SELECT logged_sum(id) FROM person WHERE id < 3", 6),
        ("log", "SELECT atomic()", 7),
        ("log", "SELECT with_default()", 8),
        ("log", "SELECT other.\"Note\"()", 9),
        ("log", "SELECT 1 ~~~~ 2", 10),
        ("log", "SELECT p.\"full_name\" FROM person AS p WHERE id = 1", 11),
        ("log", "SELECT 1::Mood", 12),
        (
            "recent",
            "DELETE FROM person WHERE id = 50; SELECT refresh_recent()",
            49,
        ),
        ("far", "SELECT makes()", 7),
    ];
    each_changes::<B, L>(&setup, &cases).await;
}

async fn postgres_calls_unasked<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        "CREATE TABLE log (id INT)",
        "CREATE FUNCTION note(n INT) RETURNS INT LANGUAGE sql AS 'INSERT INTO log VALUES (n) RETURNING id'",
        "CREATE FUNCTION fine(n INT) RETURNS BOOL LANGUAGE sql AS 'SELECT note(n) > 0'",
        "CREATE VIEW v AS SELECT note(1) AS id",
        "CREATE VIEW w AS SELECT * FROM v",
        "CREATE FUNCTION reads_w() RETURNS BIGINT LANGUAGE sql AS 'SELECT count(*) FROM w'",
        "CREATE TABLE with_default (id INT, n INT DEFAULT note(1))",
        "CREATE TABLE with_check (id INT CHECK (fine(id)))",
        "CREATE DOMAIN fine_int AS INT CHECK (fine(VALUE))",
        "CREATE TABLE with_domain (id fine_int)",
        "CREATE DOMAIN noted AS INT DEFAULT note(1)",
        "CREATE TABLE with_domain_default (id INT, n noted)",
        "CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TABLE with_condition (id INT)",
        "CREATE TRIGGER t BEFORE INSERT ON with_condition FOR EACH ROW WHEN (fine(NEW.id)) EXECUTE FUNCTION ignore()",
        "CREATE MATERIALIZED VIEW m AS SELECT note(1) AS id",
        "CREATE TABLE guarded (id INT); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; GRANT ALL ON guarded, log TO pg_read_all_data",
        "INSERT INTO guarded VALUES (1)",
        "CREATE POLICY p ON guarded USING (fine(id))",
        "DELETE FROM log",
    ];
    let statements = [
        "SELECT * FROM v",
        "SELECT count(*) FROM (SELECT * FROM w) AS x",
        "SELECT * FROM w",
        "SELECT reads_w() FROM person WHERE id = 1",
        "INSERT INTO with_default (id) VALUES (1)",
        "INSERT INTO with_check VALUES (1)",
        "INSERT INTO with_domain VALUES (1)",
        "INSERT INTO with_domain_default (id) VALUES (1)",
        "INSERT INTO with_condition VALUES (1)",
        "REFRESH MATERIALIZED VIEW m",
        "SET ROLE pg_read_all_data; SELECT * FROM guarded; RESET ROLE",
    ];
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    scene.sees_each(&["log"], &statements).await;
    assert!(scene.count("log").await.0 >= 10, "they all write");
    // A cached load of such a view would lose what the view does.
    for view in ["v", "w"] {
        assert_eq!(scene.count(view).await, (1, "bypass SideEffects".into()));
    }
    assert_eq!(scene.count("m").await.1, "miss Absent");
}

async fn postgres_event_triggers<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        "CREATE TABLE log (tag TEXT)",
        "CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (tg_tag); END'",
        "CREATE FUNCTION makes() RETURNS void LANGUAGE plpgsql AS 'BEGIN CREATE TABLE made (id INT); END'",
        "CREATE FUNCTION makes_later() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN CREATE TABLE made_later (id INT); RETURN NEW; END'",
        "CREATE TABLE makers (id INT); CREATE TRIGGER t AFTER INSERT ON makers FOR EACH ROW EXECUTE FUNCTION makes_later()",
        "CREATE MATERIALIZED VIEW m AS SELECT 1 AS id",
        "CREATE EVENT TRIGGER noting ON ddl_command_end EXECUTE FUNCTION note()",
    ];
    let cases = [
        ("log", "CREATE TABLE a (id INT)", 1),
        ("log", "ALTER TABLE a ADD COLUMN n INT", 2),
        ("log", "CREATE INDEX i ON a (id)", 3),
        ("log", "DROP INDEX i", 4),
        ("log", "DROP TABLE a", 5),
        ("log", "COMMENT ON TABLE person IS 'people'", 6),
        ("log", "GRANT SELECT ON person TO public", 7),
        ("log", "CREATE VIEW v AS SELECT 1", 8),
        ("log", "REFRESH MATERIALIZED VIEW m", 9),
        ("log", "SELECT 1 AS id INTO b", 10),
        ("log", "SELECT makes()", 11),
        ("log", "INSERT INTO makers VALUES (1)", 12),
        ("log", "CREATE TEMPORARY TABLE c (id INT)", 13),
        ("log", "SECURITY LABEL FOR nobody ON TABLE person IS NULL", 13),
    ];
    each_changes::<B, L>(&setup, &cases[..13]).await;
}

/// A setting that a function makes decides which rows a session sees.
async fn tenants_stay_apart<B: AsyncBackend, L: LinkOf<B> + Introspects>(setup: &[&str], role: &str, enter: &[&str]) {
    for enter in enter {
        let mut scene = Scene::<B, L>::introspected(setup).await;
        scene.a.batch(role).await.unwrap();
        scene.b.batch(role).await.unwrap();
        assert_eq!(scene.count("doc").await.0, 0);
        scene
            .b
            .execute(&enter.replace("{}", "1"))
            .await
            .unwrap_or_else(|error| panic!("{enter}: {error}"));
        assert_eq!(scene.count("doc").await.0, 1, "{enter}");
        std::mem::swap(&mut scene.a, &mut scene.b);
        assert_eq!(scene.count("doc").await.0, 0, "has entered nothing: {enter}");
        scene.b.batch(&enter.replace("{}", "2")).await.unwrap();
        assert_eq!(scene.count("doc").await.0, 2, "{enter}");
        scene.b.batch(&enter.replace("{}", "1")).await.unwrap();
        assert_eq!(scene.count("doc").await.0, 1, "{enter}");
    }
}

async fn postgres_tenants<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        "CREATE TABLE doc (tenant TEXT); INSERT INTO doc VALUES ('1'), ('2'), ('2')",
        "ALTER TABLE doc ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON doc USING (tenant = current_setting('app.tenant', true))",
        "CREATE TABLE visit (tenant TEXT)",
        "CREATE FUNCTION enter(t TEXT) RETURNS TEXT LANGUAGE sql AS $$ SELECT set_config('app.tenant', t, false) $$",
        "CREATE FUNCTION indirect(t TEXT) RETURNS TEXT LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN enter(t); END $$",
        "CREATE FUNCTION dynamic(t TEXT) RETURNS void LANGUAGE plpgsql AS \
             $$ BEGIN EXECUTE format('SET app.tenant = %L', t); END $$",
        "CREATE FUNCTION entering() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM enter(NEW.tenant); RETURN NEW; END $$",
        "CREATE TRIGGER t AFTER INSERT ON visit FOR EACH ROW EXECUTE FUNCTION entering()",
        "CREATE VIEW one AS SELECT enter('1')",
        "CREATE VIEW two AS SELECT set_config('app.tenant', '2', false)",
        "CREATE TABLE entrance_1 (id INT, n TEXT DEFAULT enter('1')); \
             CREATE TABLE entrance_2 (id INT, n TEXT DEFAULT set_config('app.tenant', '2', false))",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO pg_read_all_data",
    ];
    let enter = [
        "SELECT enter('{}')",
        "SELECT indirect('{}')",
        "SELECT dynamic('{}')",
        "INSERT INTO visit VALUES ('{}')",
        "SELECT 1 FROM person WHERE enter('{}') = 'x' AND id = 1",
        "INSERT INTO entrance_{} (id) VALUES (1)",
    ];
    tenants_stay_apart::<B, L>(&setup, "SET ROLE pg_read_all_data", &enter).await;
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    scene.b.batch("SET ROLE pg_read_all_data").await.unwrap();
    for (view, rows) in [("one", 1), ("two", 2), ("one", 1)] {
        scene.count("doc").await;
        scene.b.batch(&format!("SELECT * FROM {view}")).await.unwrap();
        assert_eq!(scene.count("doc").await.0, rows, "{view}");
    }
}

async fn mysql_functions<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        "CREATE TABLE log (id INT)",
        "CREATE FUNCTION note(n INT) RETURNS INT BEGIN INSERT INTO log VALUES (n); RETURN n; END",
        "CREATE FUNCTION indirect(n INT) RETURNS INT BEGIN DECLARE m INT; SET m = note(n); RETURN m; END",
        "CREATE PROCEDURE proc(n INT) INSERT INTO log VALUES (n)",
        "CREATE FUNCTION by_procedure(n INT) RETURNS INT BEGIN CALL proc(n); RETURN n; END",
        "CREATE VIEW v AS SELECT note(1) AS id",
        "CREATE VIEW w AS SELECT * FROM v",
    ];
    let statements = [
        "SELECT note(1)",
        "SELECT indirect(1)",
        "SELECT by_procedure(1)",
        "SET @a = `note` (1)",
        "SELECT * FROM v",
        "SELECT * FROM w",
        "SELECT id FROM person WHERE id = note(1) AND id = 1 LIMIT 1",
    ];
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    for sql in statements {
        let before = scene.outside_count("log").await;
        scene.sees_each(&["log"], &[sql]).await;
        assert!(scene.outside_count("log").await > before, "{sql}");
    }
    for view in ["v", "w"] {
        assert_eq!(scene.count(view).await, (1, "bypass SideEffects".into()));
    }
}

async fn mysql_tenants<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        "CREATE TABLE all_docs (tenant INT); INSERT INTO all_docs VALUES (1), (2), (2)",
        "CREATE FUNCTION inside() RETURNS INT RETURN @tenant",
        "CREATE VIEW doc AS SELECT * FROM all_docs WHERE tenant = inside()",
        "CREATE TABLE visit (tenant INT)",
        "CREATE FUNCTION enter(t INT) RETURNS INT BEGIN SET @tenant = t; RETURN t; END",
        "CREATE FUNCTION selecting(t INT) RETURNS INT BEGIN SELECT t INTO @tenant; RETURN t; END",
        "CREATE FUNCTION assigning(t INT) RETURNS INT RETURN (@tenant := t)",
        "CREATE TRIGGER tr BEFORE INSERT ON visit FOR EACH ROW SET @tenant = NEW.tenant",
        "CREATE VIEW one AS SELECT enter(1) AS n",
        "CREATE VIEW two AS SELECT enter(2) AS n",
    ];
    let enter = [
        "SELECT enter({})",
        "SELECT selecting({})",
        "SELECT assigning({})",
        "INSERT INTO visit VALUES ({})",
        "UPDATE person SET name = 'x' WHERE id = 1 AND enter({}) = 7",
    ];
    tenants_stay_apart::<B, L>(&setup, "SET lock_wait_timeout = 60", &enter).await;
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    for (view, rows) in [("one", 1), ("two", 2), ("one", 1)] {
        scene.count("doc").await;
        scene.b.batch(&format!("SELECT * FROM {view}")).await.unwrap();
        assert_eq!(scene.count("doc").await.0, rows, "{view}");
    }
}

/// Most functions only compute.
async fn postgres_others<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        "CREATE EXTENSION pgcrypto; CREATE EXTENSION pg_trgm",
        "CREATE FUNCTION twice(n INT) RETURNS INT LANGUAGE plpgsql AS 'DECLARE m INT; BEGIN m := n; RETURN m + n; END'",
        "CREATE FUNCTION of_person(n INT) RETURNS TEXT LANGUAGE plpgsql AS \
             'DECLARE s TEXT; BEGIN SELECT name INTO s FROM person WHERE id = n FOR UPDATE; RETURN s; END'",
        "CREATE FUNCTION estimate(t TEXT) RETURNS TEXT LANGUAGE plpgsql STABLE AS \
             $$ DECLARE s TEXT; BEGIN EXECUTE 'SELECT count(*) FROM ' || t INTO s; RETURN s; END $$",
        "CREATE FUNCTION of_extension(s TEXT) RETURNS TEXT LANGUAGE sql AS \
             $$ SELECT encode(pgp_sym_encrypt(s, 'x') || gen_random_bytes(1), 'hex') || similarity('a', 'b') $$",
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name = upper(NEW.name); RETURN NEW; END'",
        "CREATE TRIGGER t BEFORE UPDATE ON address FOR EACH ROW WHEN (false) EXECUTE FUNCTION touch()",
    ];
    let mut scene = Scene::<B, L>::introspected(&setup).await;
    let found = L::introspect(&scene.cache, scene.url());
    // The one is pg_trgm's `set_limit`: it sets what `%` goes by.
    assert_eq!((found.functions(), found.event_triggers()), (1, 0), "{found}");
    scene.count("person").await;
    for sql in [
        "SELECT twice(1), of_person(1), estimate('person'), of_extension('a')",
        "UPDATE address SET street = estimate('person') WHERE id = 1",
    ] {
        scene.b.batch(sql).await.unwrap();
        assert_eq!(scene.count("person").await.1, "hit Memory", "{sql}");
    }
    for expected in ["miss Absent", "hit Memory"] {
        let from = "person WHERE twice(id) > 2 AND of_person(id) <> estimate('person')";
        assert_eq!(scene.count(from).await.1, expected);
    }
    scene.count("person WHERE name % 'person 42'").await;
    scene.b.batch("SELECT set_limit(0.9)").await.unwrap();
    assert_eq!(
        scene.count("person WHERE name % 'person 42'").await,
        (1, "miss Absent".into())
    );
}

/// A function that could do anything, until its effects are declared.
async fn postgres_opaque<B: AsyncBackend, L: LinkOf<B> + Introspects>() {
    let setup = [
        "CREATE TABLE log (id INT)",
        "CREATE FUNCTION dynamic(t TEXT) RETURNS BIGINT LANGUAGE plpgsql AS $$ BEGIN \
             EXECUTE format('INSERT INTO %I VALUES (1)', t); RETURN 1; END $$",
        "CREATE FUNCTION count_of(t TEXT) RETURNS BIGINT LANGUAGE plpgsql AS $$ DECLARE n BIGINT; BEGIN \
             EXECUTE 'SELECT count(*) FROM ' || t INTO n; RETURN n; END $$",
        "CREATE FUNCTION note(n INT) RETURNS INT LANGUAGE sql AS 'INSERT INTO log VALUES (n) RETURNING id'",
    ];
    let mut unsaid = Scene::<B, L>::introspected(&setup).await;
    let found = L::introspect(&unsaid.cache, unsaid.url());
    assert_eq!(
        found.to_string(),
        "1 cascading foreign key, 3 functions with side effects\n\
         function `count_of` builds statements at run time: taken to change every table\n\
         function `dynamic` builds statements at run time: taken to change every table"
    );
    assert_eq!(
        unsaid.count("person WHERE id = count_of('address')").await.1,
        "bypass SideEffects"
    );
    unsaid.count("person").await;
    unsaid.b.batch("SELECT count_of('address')").await.unwrap();
    assert_eq!(
        unsaid.count("person").await.1,
        "miss Absent",
        "it may have changed the session"
    );
    drop(unsaid);
    let said = |builder: diesel_cache::CacheBuilder| {
        let builder = builder
            .function_writes("count_of", [""; 0])
            .function_writes("dynamic", ["log"]);
        builder.function_writes("note", [""; 0])
    };
    let mut said = Scene::<B, L>::new(&setup, said).await;
    L::introspect(&said.cache, said.url());
    assert_eq!(
        said.count("person WHERE id = count_of('address')").await.1,
        "miss Absent"
    );
    said.count("person").await;
    said.b
        .batch("SELECT count_of('address'), dynamic('log')")
        .await
        .unwrap();
    assert_eq!(said.count("person").await.1, "hit Memory");
    said.changes("log", "SELECT dynamic('log')", 1, 2).await;
    said.changes("log", "SELECT note(1)", 2, 3).await;
}

on! {
    postgres: PostgresDatabase [
        postgres_functions, postgres_calls_unasked, postgres_event_triggers, postgres_tenants, postgres_others, postgres_opaque,
    ],
    mysql: Mysql [mysql_functions, mysql_tenants],
}
