//! The rows that writes change.

use super::changes;
use crate::sql::tests::{ALL, MYSQL, POSTGRES, SQLITE};

#[test]
fn inserts_have_the_rows_of_their_values() {
    changes(
        ALL,
        &[
            (
                "INSERT INTO person (id, team_id, name) VALUES (7, 3, 'x')",
                "none -> id=7 team_id=3",
            ),
            (
                "INSERT INTO person (id, team_id) VALUES (7, NULL), (8, 2)",
                "none -> id=7, none -> id=8 team_id=2",
            ),
            ("INSERT INTO person VALUES (7, 3)", "none -> "),
            ("INSERT INTO person (id) SELECT 7", "none -> "),
            ("INSERT INTO person (id) VALUES (3 + 4)", "none -> "),
        ],
    );
    changes(
        SQLITE,
        &[
            ("INSERT OR REPLACE INTO person (id) VALUES (7)", "*"),
            ("INSERT OR IGNORE INTO person (id) VALUES (7)", "none -> id=7"),
            ("REPLACE INTO person (id) VALUES (7)", "*"),
            ("INSERT INTO person (rowid, id) VALUES (7, 7)", "none -> "),
            (
                "INSERT INTO person (id) VALUES (7) ON CONFLICT DO NOTHING",
                "none -> id=7",
            ),
            (
                "INSERT INTO person (id) VALUES (7) ON CONFLICT (id) DO UPDATE SET name = 'x'",
                "id=7 -> id=7, none -> id=7",
            ),
            ("INSERT INTO person DEFAULT VALUES", "none -> "),
            (
                "INSERT INTO `person` (`team_id`, `id`) VALUES (?, ?)",
                "none -> id=?2 team_id=?1",
            ),
        ],
    );
    changes(
        POSTGRES,
        &[
            (
                "INSERT INTO person (id, team_id) VALUES (DEFAULT, $1)",
                "none -> team_id=?1",
            ),
            (
                "INSERT INTO person (id) VALUES ($1) ON CONFLICT (id) DO NOTHING",
                "none -> id=?1",
            ),
            (
                "INSERT INTO person (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET name = 'x'",
                "id=?1 -> id=?1, none -> id=?1",
            ),
            (
                "WITH x AS (SELECT 1) INSERT INTO person (id) VALUES ($1) RETURNING *",
                "none -> id=?1",
            ),
        ],
    );
    changes(
        POSTGRES,
        &[
            (
                "INSERT INTO person (id, team_id, rank) VALUES ($1, $2, 5) ON CONFLICT (id) \
                 DO UPDATE SET team_id = excluded.team_id, rank = 6 WHERE person.name = 'x' RETURNING id",
                "id=?1 -> id=?1 rank=6 team_id=?2, none -> id=?1 rank=5 team_id=?2",
            ),
            (
                "INSERT INTO person (id, team_id) VALUES (1, 2) ON CONFLICT (id, name) DO UPDATE SET id = person.id + 1",
                "id=1 -> , none -> id=1 team_id=2",
            ),
            (
                "INSERT INTO person (id) VALUES (1) ON CONFLICT (lower(name)) DO UPDATE SET id = 3",
                "*",
            ),
            (
                "INSERT INTO person (id) VALUES (1) ON CONFLICT (id) WHERE id > 3 DO UPDATE SET id = 3",
                "*",
            ),
            (
                "INSERT INTO person (id) VALUES (1) ON CONFLICT ON CONSTRAINT person_pkey DO UPDATE SET id = 3",
                "*",
            ),
            (
                "INSERT INTO person (id) SELECT 7 ON CONFLICT (id) DO UPDATE SET name = 'x'",
                "*",
            ),
        ],
    );
    changes(
        MYSQL,
        &[
            (
                "INSERT INTO person (id) VALUES (?) ON DUPLICATE KEY UPDATE name = 'x'",
                "*",
            ),
            ("REPLACE INTO person (id) VALUES (7)", "*"),
            ("INSERT INTO person SET id = 7", "none -> "),
            ("INSERT IGNORE INTO person (id) VALUES (7)", "none -> id=7"),
        ],
    );
}

#[test]
fn updates_have_rows_before_and_after() {
    changes(
        ALL,
        &[
            ("UPDATE person SET name = 'x' WHERE id = 7", "id=7 -> id=7"),
            ("UPDATE person SET team_id = 3 WHERE id = 7", "id=7 -> id=7 team_id=3"),
            ("UPDATE person SET id = 8 WHERE id = 7", "id=7 -> id=8"),
            ("UPDATE person SET id = id + 1 WHERE id = 7", "id=7 -> "),
            (
                "UPDATE person SET team_id = NULL WHERE id = 7 AND team_id = 3",
                "id=7 team_id=3 -> id=7",
            ),
            (
                "UPDATE person SET name = 'x' WHERE team_id IN (1, 2)",
                "team_id=1|2 -> team_id=1|2",
            ),
            ("UPDATE person SET name = 'x'", " -> "),
            ("UPDATE person SET name = 'x' WHERE id = 7 OR id = 8", " -> "),
            ("UPDATE person SET name = 'x' WHERE id = (SELECT 7)", " -> "),
            ("UPDATE person SET name = 'x' WHERE person.id = 7", "id=7 -> id=7"),
        ],
    );
    changes(
        SQLITE,
        &[
            ("UPDATE person SET rowid = 8 WHERE id = 7", "*"),
            ("UPDATE OR REPLACE person SET id = 8 WHERE id = 7", "*"),
            ("UPDATE OR IGNORE person SET id = 8 WHERE id = 7", "id=7 -> id=8"),
            ("UPDATE person SET name = team.name FROM team WHERE person.id = 7", "*"),
            (
                "UPDATE `person` SET `name` = ?, `team_id` = ? WHERE (`person`.`id` = ?)",
                "id=?3 -> id=?3 name=?1 team_id=?2",
            ),
        ],
    );
    changes(
        POSTGRES,
        &[
            ("UPDATE person SET (team_id, name) = (1, 'x') WHERE id = 7", "*"),
            (
                "UPDATE person p SET name = 'x' WHERE p.id = $1 RETURNING id",
                "id=?1 -> id=?1",
            ),
            ("UPDATE person SET boss.id = 3 WHERE id = 7", "*"),
            ("UPDATE person SET name = 'x' FROM team WHERE person.id = 7", "*"),
        ],
    );
    changes(
        MYSQL,
        &[
            ("UPDATE person, team SET person.name = 'x' WHERE person.id = 7", "*; *"),
            (
                "UPDATE person SET name = 'x' WHERE id = 7 ORDER BY id LIMIT 1",
                "id=7 -> id=7",
            ),
        ],
    );
}

#[test]
fn deletes_have_rows_before() {
    changes(
        ALL,
        &[
            ("DELETE FROM person WHERE id = 7", "id=7 -> none"),
            (
                "DELETE FROM person WHERE id IN (7, 8) AND team_id = 3",
                "id=7|8 team_id=3 -> none",
            ),
            ("DELETE FROM person", " -> none"),
            ("DELETE FROM person WHERE id = 7 OR 1 = 1", " -> none"),
        ],
    );
    changes(POSTGRES, &[("DELETE FROM person USING team WHERE person.id = 7", "*")]);
    changes(
        MYSQL,
        &[
            (
                "DELETE p FROM person p JOIN team t ON t.id = p.team_id WHERE p.id = 7",
                "*; *; *",
            ),
            ("DELETE FROM p USING person p WHERE p.id = 7", "*; *"),
        ],
    );
}

#[test]
fn everything_else_changes_any_row() {
    changes(
        ALL,
        &[
            ("TRUNCATE TABLE person", "*"),
            ("DROP TABLE person", "*"),
            ("CREATE TABLE person (id INTEGER PRIMARY KEY)", "*"),
        ],
    );
    changes(
        POSTGRES,
        &[(
            "MERGE INTO person USING team ON person.id = 7 WHEN MATCHED THEN DELETE",
            "*",
        )],
    );
}
