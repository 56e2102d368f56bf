//! SQLite's triggers, virtual tables and attached databases.

use diesel::connection::SimpleConnection;

type Db = diesel_cache_tests::Database<diesel_cache_tests::Sqlite>;

#[test]
fn a_trigger_writes_a_log_and_its_log_another() {
    let db = Db::new();
    let found = cures!(
        db,
        "CREATE TABLE log (id INTEGER); CREATE TABLE \"Log of logs\" (id INTEGER); \
         CREATE TRIGGER t1 AFTER UPDATE OF name ON person WHEN new.id > 0 BEGIN \
             INSERT INTO log VALUES (CASE new.id WHEN 1 THEN 1 ELSE 2 END); SELECT RAISE(IGNORE) WHERE 0; END; \
         CREATE TRIGGER t2 INSERT ON log BEGIN INSERT INTO \"Log of logs\" SELECT new.id; END;",
        ("log", "UPDATE person SET name = 'Ada' WHERE id = 1", 0 => 1),
        ("\"log of logs\"", "UPDATE person SET name = 'Bob' WHERE id = 1", 1 => 2),
    );
    assert_eq!((found.triggers(), found.opaque().len()), (2, 0), "{found}");
}

#[test]
fn a_view_is_written_through_by_its_trigger() {
    let db = Db::new();
    cures!(
        db,
        "CREATE VIEW v AS SELECT id, name FROM person; \
         CREATE TRIGGER t INSTEAD OF DELETE ON v BEGIN DELETE FROM address WHERE id = old.id; END",
        ("address", "DELETE FROM v WHERE id = 1", 50 => 49),
    );
}

#[test]
fn full_text_search_shows_the_table_it_indexes() {
    let db = Db::new();
    cures!(
        db,
        "CREATE VIRTUAL TABLE streets USING fts5(street, content='address', content_rowid='id'); \
         CREATE TRIGGER t AFTER INSERT ON address BEGIN \
             INSERT INTO streets (rowid, street) VALUES (new.id, new.street); END; \
         INSERT INTO streets (streets) VALUES ('rebuild')",
        ("streets WHERE streets MATCH 'elm'", "INSERT INTO address VALUES (51, 1, 'elm', NULL)", 0 => 1),
    );
}

#[test]
fn attached_and_temporary_tables_count() {
    let db = Db::new();
    let (cache, mut conn, statements) = attached!(db);
    conn.batch_execute(
        "ATTACH ':memory:' AS \"o'ther \"\"one\"; CREATE TEMP TABLE notes (id INTEGER); \
         CREATE TABLE \"o'ther \"\"one\".city (id INTEGER PRIMARY KEY); \
         CREATE TABLE \"o'ther \"\"one\".street (id INTEGER PRIMARY KEY, city_id INTEGER REFERENCES city ON DELETE CASCADE); \
         CREATE TEMP TRIGGER t DELETE ON main.person BEGIN INSERT INTO notes VALUES (old.id); END; \
         INSERT INTO city VALUES (1); INSERT INTO street VALUES (1, 1)",
    )
    .unwrap();
    let found = cache.introspect(&mut conn).unwrap();
    assert_eq!((found.cascades(), found.triggers()), (2, 1), "{found}");
    assert_eq!(
        (
            count!(conn, statements, "notes").1,
            count!(conn, statements, "street").1
        ),
        (0, 1)
    );
    conn.batch_execute("DELETE FROM person WHERE id = 1").unwrap();
    conn.batch_execute("DELETE FROM city").unwrap();
    assert_eq!(count!(conn, statements, "notes"), (1, 1));
    assert_eq!(count!(conn, statements, "street"), (1, 0));
}
