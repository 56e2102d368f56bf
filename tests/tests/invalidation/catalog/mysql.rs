//! MariaDB's triggers, routines and views.

use diesel::connection::SimpleConnection;

type Db = diesel_cache_tests::Database<diesel_cache_tests::Mysql>;

#[test]
fn a_trigger_writes_a_log() {
    let db = Db::new();
    let found = cures!(
        db,
        "CREATE TABLE log (id INT); CREATE TABLE other (id INT); \
         CREATE TRIGGER t1 AFTER UPDATE ON person FOR EACH ROW INSERT INTO log SELECT id FROM other UNION ALL SELECT NEW.id; \
         CREATE TRIGGER t2 BEFORE UPDATE ON person FOR EACH ROW SET NEW.name = upper(NEW.name)",
        ("log", "UPDATE person SET name = 'Ada' WHERE id = 1", 0 => 1),
    );
    assert_eq!((found.triggers(), found.opaque().len()), (2, 0), "{found}");
}

#[test]
fn procedural_statements_are_read_and_procedures_that_they_call() {
    let db = Db::new();
    let found = cures!(
        db,
        "CREATE TABLE log (id INT); CREATE TABLE `Far log` (id INT); \
         CREATE PROCEDURE note(n INT) BEGIN INSERT INTO `Far log` VALUES (n); END; \
         CREATE TRIGGER t AFTER UPDATE ON person FOR EACH ROW BEGIN \
             IF NEW.id = 1 THEN INSERT INTO log VALUES (1); END IF; CALL note(NEW.id); END",
        ("log", "UPDATE person SET name = 'Ada' WHERE id = 1", 0 => 1),
        ("`Far log`", "UPDATE person SET name = 'Bob' WHERE id = 1", 1 => 2),
    );
    assert_eq!(found.to_string(), "1 cascading foreign key, 1 trigger");
}

#[test]
fn a_statement_that_is_not_parsed_changes_what_it_names() {
    let db = Db::new();
    let found = cures!(
        db,
        "CREATE TABLE log (id INT); INSERT INTO log VALUES (1), (2); \
         CREATE TRIGGER t AFTER UPDATE ON person FOR EACH ROW DELETE l FROM log AS l WHERE l.id = NEW.id",
        ("log", "UPDATE person SET name = 'Ada' WHERE id = 1", 2 => 1),
    );
    assert_eq!(
        found.to_string(),
        "1 cascading foreign key, 1 trigger\ntrigger `t` on `person` has statements that cannot be parsed: taken to change every \
         table that its text names: `log`"
    );
}

#[test]
fn a_view_is_written_through() {
    let db = Db::new();
    cures!(
        db,
        "CREATE VIEW v AS SELECT * FROM person; CREATE VIEW w AS SELECT * FROM v; DELETE FROM address",
        ("person", "DELETE FROM w WHERE id = 1", 50 => 49),
    );
}

#[test]
fn a_view_shows_what_its_functions_read() {
    let db = Db::new();
    cures!(
        db,
        "CREATE FUNCTION people() RETURNS INT READS SQL DATA RETURN (SELECT count(*) FROM person); \
         CREATE VIEW v AS SELECT id FROM address WHERE id < people()",
        ("v", "INSERT INTO person VALUES (51, 'Ada')", 49 => 50),
    );
}

#[test]
fn keys_to_another_database_are_followed_and_those_of_that_one() {
    let (far, db) = (Db::new(), Db::new());
    let name = far.url().rsplit_once('/').unwrap().1;
    cures!(
        db,
        &format!(
            "CREATE TABLE visit (id INT PRIMARY KEY, address_id INT, \
                 FOREIGN KEY (address_id) REFERENCES {name}.address (id) ON DELETE CASCADE); \
             INSERT INTO visit VALUES (1, 1), (2, 2)"
        ),
        ("visit", &format!("DELETE FROM {name}.person WHERE id = 1"), 2 => 1),
    );
    drop(db);
    far.connect().batch_execute("DELETE FROM person").unwrap();
}
