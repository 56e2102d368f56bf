use super::super::body::{body_writes, view_reads};
use super::{Dialect, show};

#[test]
fn views_show_what_their_query_reads() {
    for (definition, reads) in [
        ("CREATE VIEW v AS SELECT * FROM person", "person"),
        (
            "CREATE TEMP VIEW IF NOT EXISTS \"as\" (a, \"as\") AS SELECT 1, 2 FROM a JOIN b USING (id)",
            "a b",
        ),
        (
            "CREATE VIEW v AS WITH x AS (SELECT * FROM p) SELECT * FROM x UNION SELECT * FROM q",
            "p q",
        ),
        ("CREATE VIEW v AS SELECT 1", ""),
        ("CREATE VIEW v AS SELECT * FROM sqlite_master", "*"),
        ("CREATE VIEW v AS SELECT * FROM secret(1)", "*"),
        ("CREATE VIEW v", "*"),
        ("", "*"),
    ] {
        assert_eq!(show(&view_reads(definition, Dialect::Sqlite)), reads, "{definition}");
    }
}

#[test]
fn bodies_write_what_their_statements_write() {
    for (dialect, body, writes) in [
        (
            Dialect::Sqlite,
            "CREATE TRIGGER t AFTER UPDATE OF name ON person WHEN CASE new.id WHEN 1 THEN 0 ELSE 1 END BEGIN \
                 INSERT INTO log SELECT new.id, CASE 1 WHEN 1 THEN 'END;' END FROM other; UPDATE a SET x = 1; \
                 SELECT RAISE(ABORT, 'no'); END",
            Some("a log"),
        ),
        (
            Dialect::Sqlite,
            "CREATE TRIGGER t DELETE ON person BEGIN DELETE FROM \"Odd; name\" WHERE id = old.id; END;",
            Some("odd; name"),
        ),
        (Dialect::Mysql, "INSERT INTO log VALUES (NEW.id)", Some("log")),
        (Dialect::Mysql, "SET NEW.name = upper(NEW.name)", Some("")),
        (
            Dialect::Mysql,
            "BEGIN\n DECLARE n INT;\n SET n = 1; REPLACE INTO a VALUES (n); DELETE FROM b; END",
            Some("a b"),
        ),
        (
            Dialect::Mysql,
            "BEGIN IF NEW.id THEN INSERT INTO log VALUES (1); END IF; END",
            None,
        ),
        (
            Dialect::Mysql,
            "BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION DELETE FROM b; END",
            None,
        ),
        (Dialect::Mysql, "CALL other()", None),
        (Dialect::Postgres, "UPDATE person SET id = $1; SELECT 1", Some("person")),
        (Dialect::Postgres, "CREATE TABLE t AS SELECT 1", None),
        (Dialect::Sqlite, "CREATE TRIGGER t AFTER INSERT ON person", None),
    ] {
        assert_eq!(
            body_writes(body, dialect).as_ref().map(show).as_deref(),
            writes,
            "{body}"
        );
    }
}
