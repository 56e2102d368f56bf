//! What hand-written statements write.

use super::{ALL, MYSQL, POSTGRES, SQLITE, everything, one, show, writes};
use crate::sql::{Dialect, StatementKind};

#[test]
fn rows() {
    writes(
        ALL,
        &[
            ("INSERT INTO Person SELECT * FROM a JOIN b ON a.id = b.id", "person"),
            ("INSERT INTO main.person VALUES (1, (SELECT max(x) FROM a))", "person"),
            ("insert into person(id) values (1);", "person"),
            (
                "UPDATE person SET x = (SELECT y FROM a WHERE a.id = person.id)",
                "person",
            ),
            ("DELETE FROM person WHERE id IN (SELECT id FROM a)", "person"),
            ("/* a comment */ DELETE FROM person -- and another", "person"),
            ("DELETE FROM person WHERE note = '; DELETE FROM a'", "person"),
            ("ALTER TABLE person ADD COLUMN x INTEGER", "person"),
            ("ALTER TABLE person RENAME TO people", "people person"),
            ("ALTER TABLE person RENAME COLUMN x TO y", "person x y"),
        ],
    );
    writes(
        SQLITE,
        &[
            ("UPDATE OR IGNORE person SET x = 1", "person"),
            ("UPDATE person SET x = a.x FROM a WHERE a.id = person.id", "person"),
            (
                "WITH x AS (SELECT id FROM a) DELETE FROM person WHERE id IN (SELECT id FROM x)",
                "person",
            ),
            (
                "INSERT INTO \"person\" VALUES (1) ON CONFLICT (lower(name)) WHERE alive DO UPDATE SET n = n + 1 WHERE n < 5",
                "person",
            ),
            ("INSERT INTO 'person' VALUES (1)", "person"),
        ],
    );
    writes(
        POSTGRES,
        &[
            ("UPDATE ONLY person SET x = a.x FROM a WHERE a.id = person.id", "person"),
            ("UPDATE person AS p SET (x, y) = (SELECT 1, 2)", "person"),
            ("DELETE FROM ONLY person USING a WHERE a.id = person.id", "person"),
            (
                "WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone",
                "a b",
            ),
            ("WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone", "a"),
            (
                "WITH n AS (INSERT INTO a VALUES (1) RETURNING id), m AS (UPDATE b SET x = 1) SELECT 1",
                "a b",
            ),
            ("SELECT * INTO fresh FROM person", "fresh"),
            ("SELECT * INTO TEMP TABLE mine.fresh FROM person", "fresh"),
            (
                "MERGE INTO person AS p USING a ON p.id = a.id WHEN MATCHED THEN UPDATE SET x = a.x WHEN NOT MATCHED THEN INSERT (id) VALUES (a.id)",
                "person",
            ),
            (
                "MERGE INTO person USING (SELECT * FROM a) s ON s.id = person.id WHEN MATCHED THEN DELETE",
                "person",
            ),
            ("COPY person FROM STDIN", "person"),
            ("COPY person (a, b) FROM '/tmp/x' WITH (FORMAT csv)", "person"),
            ("COPY (DELETE FROM person RETURNING *) TO STDOUT", "person"),
            ("EXPLAIN ANALYZE INSERT INTO person VALUES (1)", "person"),
            ("EXPLAIN (ANALYZE, BUFFERS) UPDATE person SET x = 1", "person"),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY person_view", "person_view"),
        ],
    );
    writes(
        MYSQL,
        &[
            ("INSERT person SET x = 1", "person"),
            ("INSERT LOW_PRIORITY IGNORE INTO person VALUES (1)", "person"),
            ("REPLACE person VALUES (1)", "person"),
            ("UPDATE LOW_PRIORITY IGNORE person SET x = 1", "person"),
            ("UPDATE IGNORE person SET x = 1 ORDER BY id LIMIT 1", "person"),
            (
                "UPDATE person p JOIN address a ON a.id = p.id SET p.x = 1, a.x = 2",
                "address person",
            ),
            (
                "DELETE p, a FROM person p JOIN address a ON a.id = p.id",
                "a address p person",
            ),
            (
                "DELETE FROM p USING person AS p JOIN address a ON a.id = p.id",
                "address p person",
            ),
            (
                "DELETE LOW_PRIORITY QUICK IGNORE FROM person WHERE id = 1 LIMIT 1",
                "person",
            ),
            (
                "LOAD DATA LOCAL INFILE 'x.csv' REPLACE INTO TABLE shop.person FIELDS TERMINATED BY ','",
                "person",
            ),
            ("EXPLAIN ANALYZE DELETE FROM person", "person"),
            ("ANALYZE FORMAT=JSON UPDATE person SET x = 1", "person"),
            ("RENAME TABLE a TO b, shop.c TO shop.d", "a b c d"),
        ],
    );
}

#[test]
fn what_is_not_understood_writes_everything() {
    everything(
        ALL,
        &[
            "CALL refresh()",
            "EXECUTE statement",
            "SELEKT * FROM person",
            "DROP SCHEMA mine",
            "DROP DATABASE mine",
            "DROP TABLE person CASCADE",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END",
            "GRANT SELECT ON person TO anna",
            "'unfinished",
            "SELECT 1 /* unfinished",
            "SELECT 1 \0; DELETE FROM a",
        ],
    );
    everything(
        POSTGRES,
        &[
            "DO $$ BEGIN DELETE FROM person; END $$",
            "TRUNCATE person CASCADE",
            "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER TABLE child INHERIT parent",
            "COMMIT PREPARED 'x'",
            "SELECT update FROM (SELECT 1 + + 2 AS 3)",
            "SELECT a <<< FROM t; UPDATE (SELECT 1) SET x = 1",
            "DELETE FROM U&\"p!0065rson\" UESCAPE '!'",
            "COPY U&\"p!0065rson\" UESCAPE '!' FROM STDIN",
        ],
    );
    everything(
        MYSQL,
        &[
            "SELECT * FROM a /*!40000 , b */",
            "/*M!100100 DELETE FROM a */",
            "XA COMMIT 'x'",
            "INSERT(1, 2, 3, 4)",
            "WITH x AS (SELECT 1) DELETE",
            "HANDLER person OPEN",
            "SELECT x INTO @y FROM person",
            "ALTER TABLE a EXCHANGE PARTITION p WITH TABLE b",
            "BEGIN NOT ATOMIC DELETE FROM a; END",
        ],
    );
    everything(
        SQLITE,
        &[
            "PRAGMA writable_schema = ON",
            "PRAGMA read_uncommitted = 1",
            "PRAGMA unheard_of = 1",
        ],
    );
}

#[test]
fn reads_of_a_write() {
    let facts = one(
        "INSERT INTO person SELECT * FROM a JOIN b ON a.id = b.id",
        Dialect::Postgres,
    );
    assert_eq!(show(&facts.reads), "a b person");
    let facts = one("COPY (SELECT * FROM a) TO STDOUT", Dialect::Postgres);
    assert_eq!(
        (facts.kind, show(&facts.reads), show(&facts.writes.tables())),
        (StatementKind::Utility, "a".into(), String::new())
    );
    let facts = one("COPY person (id) TO STDOUT", Dialect::Postgres);
    assert_eq!(
        (facts.kind, show(&facts.reads), show(&facts.writes.tables())),
        (StatementKind::Utility, "person".into(), String::new())
    );
}
