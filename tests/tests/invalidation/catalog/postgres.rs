//! PostgreSQL's partitions, inheritance, rules, materialised views and functions.

use diesel::connection::SimpleConnection;

type Db = diesel_cache_tests::Database<diesel_cache_tests::PostgresDatabase>;

#[test]
fn partitions_and_their_table_are_one() {
    let db = Db::new();
    let found = cures!(
        db,
        "CREATE TABLE event (id INT NOT NULL, at INT) PARTITION BY RANGE (id); \
         CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (100); \
         CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (at); \
         CREATE TABLE event_2_1 PARTITION OF event_2 DEFAULT; INSERT INTO event VALUES (1, 1), (101, 1)",
        ("event_1", "INSERT INTO event VALUES (2, 1)", 1 => 2),
        ("event", "INSERT INTO event_1 VALUES (3, 1)", 3 => 4),
        ("event_2_1", "INSERT INTO event VALUES (102, 1)", 1 => 2),
        ("event", "DELETE FROM event_2_1", 5 => 3),
    );
    assert_eq!(found.children(), 3, "{found}");
}

#[test]
fn children_are_read_and_written_with_their_parent() {
    let db = Db::new();
    cures!(
        db,
        "CREATE TABLE pupil (school TEXT) INHERITS (person); INSERT INTO pupil VALUES (100, 'Ada', 'here')",
        ("person", "INSERT INTO pupil VALUES (101, 'Bob', 'here')", 51 => 52),
        ("pupil", "DELETE FROM person WHERE id = 100", 2 => 1),
    );
}

#[test]
fn rules_change_what_they_name() {
    let db = Db::new();
    let found = cures!(
        db,
        "CREATE TABLE log (id INT); CREATE RULE r AS ON UPDATE TO person DO ALSO INSERT INTO log VALUES (NEW.id); \
         CREATE VIEW v AS SELECT * FROM person; CREATE RULE d AS ON DELETE TO v DO INSTEAD DELETE FROM log",
        ("log", "UPDATE person SET name = 'Ada' WHERE id = 1", 0 => 1),
        ("log WHERE id > 0", "DELETE FROM v", 1 => 0),
    );
    assert_eq!((found.rules(), found.views()), (2, 1), "{found}");
}

#[test]
fn a_view_is_written_through() {
    let db = Db::new();
    cures!(
        db,
        "CREATE VIEW v AS SELECT * FROM person; CREATE VIEW \"W\" AS SELECT * FROM v",
        ("person", "DELETE FROM \"W\" WHERE id = 1", 50 => 49),
    );
}

#[test]
fn a_materialised_view_changes_when_it_is_refreshed() {
    let db = Db::new();
    let (cache, mut conn, statements) = attached!(db);
    conn.batch_execute("CREATE MATERIALIZED VIEW m AS SELECT * FROM person; CREATE VIEW v AS SELECT * FROM m")
        .unwrap();
    cache.introspect(&mut conn).unwrap();
    for table in ["m", "v"] {
        let before = count!(conn, statements, table).1;
        conn.batch_execute("DELETE FROM person WHERE id = (SELECT min(id) FROM person)")
            .unwrap();
        assert_eq!(
            count!(conn, statements, table),
            (0, before),
            "as the database itself says"
        );
        conn.batch_execute("REFRESH MATERIALIZED VIEW m").unwrap();
        assert_eq!(count!(conn, statements, table), (1, before - 1));
    }
}

#[test]
fn a_trigger_function_changes_what_it_writes() {
    let db = Db::new();
    let found = cures!(
        db,
        "CREATE TABLE \"Log\" (id INT); CREATE TABLE other (id INT); CREATE TABLE plpgsql (id INT); \
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             INSERT INTO \"Log\" SELECT NEW.id WHERE NOT EXISTS (SELECT 1 FROM other); RETURN NEW; END $$; \
         CREATE TRIGGER t AFTER UPDATE ON person FOR EACH ROW EXECUTE FUNCTION note()",
        ("\"Log\"", "UPDATE person SET name = 'Ada' WHERE id = 1", 0 => 1),
    );
    assert_eq!(found.to_string(), "1 cascading foreign key, 1 trigger");
    let (cache, mut conn, statements) = attached!(db);
    cache.introspect(&mut conn).unwrap();
    for table in ["other", "plpgsql"] {
        count!(conn, statements, table);
        conn.batch_execute("UPDATE person SET name = 'Bob' WHERE id = 1")
            .unwrap();
        assert_eq!(count!(conn, statements, table), (0, 0), "{table}");
    }
}

#[test]
fn functions_that_a_trigger_calls_count() {
    let db = Db::new();
    let found = cures!(
        db,
        "CREATE TABLE log (id INT); CREATE TABLE other (id INT); CREATE TABLE far (id INT); \
         CREATE FUNCTION deep(n INT) RETURNS void LANGUAGE sql BEGIN ATOMIC INSERT INTO far VALUES (n); END; \
         CREATE FUNCTION note(n INT) RETURNS void LANGUAGE sql AS 'INSERT INTO log SELECT n FROM other; \
             INSERT INTO log VALUES (n); SELECT deep(n)'; \
         CREATE FUNCTION call() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM note(NEW.id); RETURN NEW; END'; \
         CREATE TRIGGER t AFTER UPDATE ON person FOR EACH ROW EXECUTE FUNCTION call()",
        ("log", "UPDATE person SET name = 'Ada' WHERE id = 1", 0 => 1),
        ("far", "UPDATE person SET name = 'Bob' WHERE id = 1", 1 => 2),
    );
    assert_eq!(found.opaque().len(), 0, "{found}");
    let (cache, mut conn, statements) = attached!(db);
    cache.introspect(&mut conn).unwrap();
    count!(conn, statements, "other");
    conn.batch_execute("UPDATE person SET name = 'Cyd' WHERE id = 1")
        .unwrap();
    assert_eq!(count!(conn, statements, "other"), (0, 0), "it is only read");
}

#[test]
fn a_trigger_that_builds_statements_changes_everything() {
    let db = Db::new();
    let found = cures!(
        db,
        "CREATE TABLE log_1 (id INT); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ \
             BEGIN EXECUTE format('INSERT INTO %I VALUES (1)', 'log_' || NEW.id); RETURN NEW; END $$; \
         CREATE TRIGGER t AFTER UPDATE ON person FOR EACH ROW EXECUTE FUNCTION note()",
        ("log_1", "UPDATE person SET name = 'Ada' WHERE id = 1", 0 => 1),
    );
    assert_eq!(
        found.opaque()[0].to_string(),
        "trigger `t` on `person` builds statements at run time: taken to change every table"
    );
    assert_eq!(found.opaque()[0].tables(), None);
    let (cache, mut conn, statements) = attached!(db);
    cache.introspect(&mut conn).unwrap();
    count!(conn, statements, "log_1");
    conn.batch_execute("UPDATE address SET street = 'here' WHERE id = 1")
        .unwrap();
    assert_eq!(
        count!(conn, statements, "log_1").0,
        0,
        "another table is another matter"
    );
}

#[test]
fn a_function_that_cascades_changes_everything() {
    let db = Db::new();
    cures!(
        db,
        "CREATE FUNCTION forget() RETURNS void LANGUAGE sql AS 'TRUNCATE person CASCADE'; CREATE TABLE log (id INT); \
         CREATE FUNCTION call() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM forget(); RETURN NEW; END'; \
         CREATE TRIGGER t AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION call(); \
         ALTER TABLE address DROP CONSTRAINT address_person_id_fkey, ADD FOREIGN KEY (person_id) REFERENCES person",
        ("address", "INSERT INTO log VALUES (1)", 50 => 0),
    );
}

#[test]
fn a_trigger_that_refreshes_a_materialised_view_changes_it() {
    let db = Db::new();
    cures!(
        db,
        "CREATE MATERIALIZED VIEW m AS SELECT * FROM person; \
         CREATE FUNCTION refresh() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN REFRESH MATERIALIZED VIEW m; RETURN NULL; END'; \
         CREATE TRIGGER t AFTER INSERT OR DELETE ON person EXECUTE FUNCTION refresh()",
        ("m", "DELETE FROM person WHERE id = 1", 50 => 49),
    );
}

#[test]
fn views_show_what_their_operators_read() {
    let db = Db::new();
    cures!(
        db,
        "CREATE FUNCTION knows(INT, INT) RETURNS BOOL LANGUAGE sql STABLE AS \
             'SELECT EXISTS (SELECT 1 FROM person WHERE id = $1 + $2)'; \
         CREATE OPERATOR ~~~ (LEFTARG = INT, RIGHTARG = INT, FUNCTION = knows); \
         CREATE VIEW v AS SELECT id FROM address WHERE id ~~~ 1",
        ("v", "INSERT INTO person VALUES (51, 'Ada')", 49 => 50),
    );
}

#[test]
fn the_servers_own_trigger_functions_change_no_other_table() {
    let db = Db::new();
    let (cache, mut conn, _) = attached!(db);
    conn.batch_execute(
        "CREATE TRIGGER t BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); \
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name = upper(NEW.name); RETURN NEW; END'; \
         CREATE TRIGGER u BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION touch()",
    )
    .unwrap();
    assert_eq!(
        cache.introspect(&mut conn).unwrap().to_string(),
        "1 cascading foreign key, 2 triggers"
    );
}

#[test]
fn views_show_what_their_functions_and_catalogs_show() {
    let db = Db::new();
    let found = cures!(
        db,
        "CREATE FUNCTION people() RETURNS SETOF person LANGUAGE sql STABLE AS 'SELECT * FROM person'; \
         CREATE VIEW v AS SELECT * FROM people(); \
         CREATE FUNCTION any_of(t TEXT) RETURNS BIGINT LANGUAGE plpgsql STABLE AS \
             'DECLARE n BIGINT; BEGIN EXECUTE ''SELECT count(*) FROM '' || t INTO n; RETURN n; END'; \
         CREATE VIEW w AS SELECT g FROM generate_series(1, any_of('address')) AS g; \
         CREATE VIEW x AS SELECT relname FROM pg_class WHERE relname = 'novel'",
        ("v", "INSERT INTO person VALUES (51, 'Ada')", 50 => 51),
        ("w", "DELETE FROM address WHERE id = 1", 50 => 49),
        ("x", "CREATE TABLE novel ()", 0 => 1),
    );
    let opaque: Vec<_> = found.opaque().iter().map(diesel_cache::Opaque::name).collect();
    assert_eq!(opaque.len(), 2, "{found}");
    assert!(opaque.contains(&"w") && opaque.contains(&"x"), "{found}");
}

#[test]
fn keys_and_names_across_schemas_are_followed() {
    let db = Db::new();
    cures!(
        db,
        "CREATE SCHEMA other; CREATE TABLE other.\"Visit\" (id INT PRIMARY KEY, \
             address_id INT REFERENCES public.address ON DELETE CASCADE); INSERT INTO other.\"Visit\" VALUES (1, 1), (2, 2)",
        ("other.\"Visit\"", "DELETE FROM person WHERE id = 1", 2 => 1),
    );
}
