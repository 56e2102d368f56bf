//! The rows that statements read and write.

use super::{ALL, MYSQL, POSTGRES, SQLITE, failures, one};
use crate::sql::{Dialect, Image, Operand, RowChanges, StatementKind, Value};

/// Spells an image: `id=7 post_id=?1|?2`.
fn image(image: &Image) -> String {
    let operand = |operand: &Operand| match operand {
        Operand::Value(Value::Integer(value)) => value.to_string(),
        Operand::Value(Value::Bool(value)) => value.to_string(),
        Operand::Value(Value::Uuid(value)) => format!("{value:x}"),
        Operand::Bind(number) => format!("?{}", number + 1),
        Operand::Elements(number) => format!("any ?{}", number + 1),
    };
    let mut columns: Vec<_> = image
        .iter()
        .map(|(column, operands)| {
            let operands: Vec<_> = operands.iter().map(operand).collect();
            format!("{column}={}", operands.join("|"))
        })
        .collect();
    columns.sort();
    columns.join(" ")
}

/// Asserts that each SELECT has exactly these conditions: `person: id=7; address: person_id=7`. An exclamation mark
/// stands where a result that is not empty shows that there is such a row.
fn reads(dialects: &[Dialect], cases: &[(&str, &str)]) {
    failures(dialects.iter().flat_map(|&dialect| {
        cases.iter().map(move |&(sql, expected)| {
            let facts = one(sql, dialect);
            let mut found: Vec<_> = facts
                .occurrences
                .iter()
                .map(|occurrence| {
                    let proof = if occurrence.proves { "!" } else { "" };
                    format!("{}{proof}: {}", occurrence.table, image(&occurrence.rows))
                })
                .collect();
            found.sort();
            let found = found.join("; ");
            let is_select = matches!(facts.kind, StatementKind::Select { .. });
            if is_select && found == expected {
                Ok(())
            } else {
                Err(format!("{dialect:?}: {sql}\n    {found}\n    {expected}"))
            }
        })
    }));
}

/// Asserts that each write changes exactly these rows: `id=7 -> id=7 name=1`, `-> id=7`, `id=7 ->`, or `*` for any.
fn changes(dialects: &[Dialect], cases: &[(&str, &str)]) {
    failures(dialects.iter().flat_map(|&dialect| {
        cases.iter().map(move |&(sql, expected)| {
            let facts = one(sql, dialect);
            let tables = facts
                .writes
                .known()
                .iter()
                .map(|(_, operations)| match &operations.rows {
                    RowChanges::Any => "*".to_owned(),
                    RowChanges::These(changes) => {
                        let one = |rows: &Option<Image>| rows.as_ref().map_or("none".to_owned(), image);
                        let changes = changes
                            .iter()
                            .map(|change| format!("{} -> {}", one(&change.before), one(&change.after)));
                        changes.collect::<Vec<_>>().join(", ")
                    }
                });
            let found = tables.collect::<Vec<_>>().join("; ");
            if found == expected {
                Ok(())
            } else {
                Err(format!("{dialect:?}: {sql}\n    {found}\n    {expected}"))
            }
        })
    }));
}

#[test]
fn conjunctive_equalities_fix_rows() {
    reads(
        ALL,
        &[
            ("SELECT * FROM person WHERE id = 7", "person!: id=7"),
            (
                "SELECT name FROM person WHERE (7 = id) AND (name = 'x' AND (age > 3))",
                "person!: id=7",
            ),
            (
                "SELECT name FROM person p WHERE p.id = -7 AND p.name LIKE 'a%'",
                "person!: id=-7",
            ),
            (
                "SELECT p.name FROM person AS p WHERE p.id IN (1, 2, 3) ORDER BY p.name LIMIT 3",
                "person!: id=1|2|3",
            ),
            ("SELECT id FROM person WHERE id = 7 AND id = 8", "person!: id=7"),
            (
                "SELECT id FROM person WHERE team_id = 3 AND id = 8",
                "person!: id=8 team_id=3",
            ),
            ("SELECT count(*) FROM person WHERE team_id = 3", "person: team_id=3"),
            (
                "SELECT team_id, 1 FROM person WHERE team_id = 3 GROUP BY team_id",
                "person: team_id=3",
            ),
            (
                "SELECT DISTINCT name FROM person WHERE team_id = 3",
                "person!: team_id=3",
            ),
        ],
    );
}

#[test]
fn other_conditions_fix_nothing() {
    reads(
        ALL,
        &[
            ("SELECT * FROM person", ""),
            ("SELECT * FROM person WHERE id = 7 OR name = 'x'", ""),
            ("SELECT * FROM person WHERE NOT (id = 7)", ""),
            ("SELECT * FROM person WHERE id <> 7", ""),
            ("SELECT * FROM person WHERE id >= 7", ""),
            ("SELECT * FROM person WHERE id NOT IN (7, 8)", ""),
            ("SELECT * FROM person WHERE id IN (7, age)", ""),
            ("SELECT * FROM person WHERE id IN (SELECT 7)", ""),
            ("SELECT * FROM person WHERE id = 7.0", ""),
            ("SELECT * FROM person WHERE id = 07", ""),
            ("SELECT * FROM person WHERE id = 1e3", ""),
            ("SELECT * FROM person WHERE id = '7'", ""),
            ("SELECT * FROM person WHERE id = NULL", ""),
            ("SELECT * FROM person WHERE id = 7 + 0", ""),
            ("SELECT * FROM person WHERE id + 0 = 7", ""),
            ("SELECT * FROM person WHERE (id = 7) = (age = 7)", ""),
            ("SELECT * FROM person WHERE CASE WHEN id = 7 THEN 1 ELSE 1 END = 1", ""),
            ("SELECT team_id FROM person GROUP BY team_id HAVING team_id = 3", ""),
            ("SELECT * FROM person WHERE other.id = 7", ""),
            ("SELECT * FROM person p WHERE P.id = 7", ""),
            ("SELECT sum(id) FILTER (WHERE id = 7) FROM person", ""),
        ],
    );
}

#[test]
fn what_the_parser_may_read_in_another_way_fixes_nothing() {
    reads(
        MYSQL,
        &[
            ("SELECT id FROM person WHERE id = 7 AND alive = 1 || id = 2", ""),
            ("SELECT id FROM person WHERE alive XOR alive AND id = 7", ""),
            ("SELECT id FROM person WHERE id = 7 && alive = 1", ""),
            ("SELECT id FROM person WHERE id = 7 AND ! alive = 1", ""),
            ("SELECT id FROM person WHERE id = 7 AND age DIV 2 = 1", ""),
            ("SELECT id FROM person WHERE id = 7 AND age MOD 2 = 1", ""),
            ("SELECT id FROM person WHERE id <=> 7", ""),
        ],
    );
    reads(
        SQLITE,
        &[
            ("SELECT id FROM person WHERE id IS NOT 7", ""),
            ("SELECT id FROM person WHERE id IS 7", ""),
            (
                "SELECT id FROM person WHERE id = 7 AND name IS NOT NULL",
                "person!: id=7",
            ),
            ("SELECT id FROM person WHERE id = 7 AND name NOT GLOB 'x'", ""),
            ("SELECT id FROM person WHERE id = 7 << 1", ""),
            ("SELECT name || 'x' FROM person WHERE id = 7", "person: id=7"),
            ("SELECT name FROM person WHERE id = true", ""),
        ],
    );
    reads(
        POSTGRES,
        &[
            ("SELECT id FROM person WHERE id OPERATOR(pg_catalog.=) 7", ""),
            ("SELECT id FROM person WHERE (person).id = 7", ""),
            ("SELECT name::text FROM person WHERE id = 7", "person: id=7"),
            ("SELECT name::of_my_own FROM person WHERE id = 7", ""),
            ("SELECT id FROM person WHERE id = 7 AND tags @> '{a}'", ""),
            ("SELECT a FROM person AS p (a, id) WHERE id = 7", ""),
        ],
    );
    reads(
        ALL,
        &[
            ("SELECT id FROM person WHERE id = 7 ORDER BY count(*)", "person: id=7"),
            ("SELECT id FROM person WHERE id = 7 ORDER BY name DESC", "person!: id=7"),
            (
                "SELECT lower(name), count(*) OVER (PARTITION BY age) FROM person WHERE id = 7",
                "person: id=7",
            ),
            ("SELECT friends_of(id) FROM person WHERE id = 7", ""),
            ("SELECT other.f(id) FROM person WHERE id = 7", ""),
            (
                "SELECT CAST(name AS VARCHAR(20)) FROM person WHERE id = 7",
                "person: id=7",
            ),
            ("SELECT CAST(name AS of_my_own) FROM person WHERE id = 7", ""),
        ],
    );
    changes(
        MYSQL,
        &[
            ("UPDATE person SET name = 'x' WHERE id = 7 AND alive = 1 || id = 2", "*"),
            ("DELETE FROM person WHERE id = 7 XOR alive", "*"),
            ("UPDATE person SET _rowid = 8 WHERE id = 7", "*"),
            ("UPDATE person SET name = other.f(1) WHERE id = 7", "*"),
            ("UPDATE person SET name = now() WHERE id = 7", "id=7 -> id=7"),
        ],
    );
    changes(SQLITE, &[("UPDATE person SET name = 'x' WHERE id IS NOT 7", "*")]);
    changes(
        POSTGRES,
        &[(
            "INSERT INTO person (id, name) OVERRIDING USER VALUE VALUES (7, 'c')",
            "*",
        )],
    );
}

#[test]
fn equalities_spread_over_joins() {
    reads(
        ALL,
        &[
            (
                "SELECT * FROM post JOIN comment ON comment.post_id = post.id WHERE post.id = 7",
                "comment!: post_id=7; post!: id=7",
            ),
            (
                "SELECT * FROM (post INNER JOIN comment ON (comment.post_id = post.id)) WHERE (comment.post_id = 7)",
                "comment!: post_id=7; post!: id=7",
            ),
            (
                "SELECT * FROM post, comment WHERE comment.post_id = post.id AND post.id IN (7, 8)",
                "comment!: post_id=7|8; post!: id=7|8",
            ),
            (
                "SELECT * FROM a JOIN b ON b.x = a.x JOIN c ON c.x = b.x AND c.y = 3 WHERE a.x = 1",
                "a!: x=1; b!: x=1; c!: x=1 y=3",
            ),
            // Without a qualifier, the column may be that of any of the tables.
            (
                "SELECT * FROM post JOIN comment ON comment.post_id = post.id WHERE title = 7",
                "",
            ),
            // Half of what is read is any row.
            (
                "SELECT * FROM post JOIN comment ON comment.post_id = post.id WHERE comment.id = 7",
                "comment!: id=7",
            ),
            (
                "SELECT * FROM person a JOIN person b ON b.boss_id = a.id WHERE a.id = 7",
                "person!: boss_id=7; person!: id=7",
            ),
            (
                "SELECT * FROM person a JOIN person b ON b.boss_id < a.id WHERE a.id = 7",
                "",
            ),
            ("SELECT * FROM person a, person WHERE a.id = 7", ""),
            ("SELECT * FROM person a JOIN person A ON a.id = 7", ""),
        ],
    );
}

#[test]
fn an_outer_join_filters_its_right_side_alone() {
    reads(
        ALL,
        &[
            (
                "SELECT * FROM post LEFT JOIN comment ON comment.post_id = post.id WHERE post.id = 7",
                "comment: post_id=7; post!: id=7",
            ),
            (
                "SELECT * FROM post LEFT JOIN comment ON comment.post_id = post.id AND post.id = 7",
                "",
            ),
            (
                "SELECT * FROM post LEFT JOIN comment ON comment.post_id = 7 AND post.id = comment.post_id",
                "comment: post_id=7",
            ),
            (
                "SELECT * FROM post LEFT JOIN comment ON comment.post_id = post.id WHERE comment.id = 7",
                "comment: id=7",
            ),
            (
                "SELECT * FROM post LEFT JOIN comment ON comment.post_id = post.id WHERE comment.post_id = 7 AND post.id = comment.post_id",
                "comment: post_id=7; post!: id=7",
            ),
            (
                "SELECT * FROM a LEFT JOIN b ON b.x = a.x LEFT JOIN c ON c.x = b.x WHERE a.x = 1",
                "a!: x=1; b: x=1; c: x=1",
            ),
            (
                "SELECT * FROM post RIGHT JOIN comment ON comment.post_id = post.id WHERE post.id = 7",
                "",
            ),
            (
                "SELECT * FROM a LEFT JOIN (b JOIN c ON c.x = b.x) ON b.x = a.x WHERE a.x = 1",
                "",
            ),
        ],
    );
}

#[test]
fn each_select_filters_its_own_tables() {
    reads(
        ALL,
        &[
            (
                "SELECT * FROM person WHERE id = 7 UNION SELECT * FROM person WHERE id = 8",
                "person: id=7; person: id=8",
            ),
            (
                "SELECT * FROM person WHERE id = 7 UNION SELECT * FROM person WHERE age = id",
                "",
            ),
            ("SELECT EXISTS (SELECT 1 FROM person WHERE id = 7)", "person: id=7"),
            (
                "SELECT * FROM post WHERE id IN (SELECT post_id FROM comment WHERE comment.id = 7)",
                "comment: id=7",
            ),
            (
                "SELECT * FROM post WHERE id = 3 AND EXISTS (SELECT 1 FROM comment c WHERE c.post_id = post.id)",
                "post!: id=3",
            ),
            (
                "SELECT * FROM (SELECT * FROM person WHERE id = 7) AS person WHERE person.id = 8",
                "person: id=7",
            ),
            (
                "SELECT (SELECT name FROM person WHERE id = 7) FROM person WHERE id = 8",
                "person: id=7; person: id=8",
            ),
            (
                "WITH person AS (SELECT * FROM human WHERE id = 7) SELECT * FROM person WHERE id = 8",
                "human: id=7",
            ),
            ("WITH a AS (SELECT * FROM person) SELECT * FROM person WHERE id = 8", ""),
        ],
    );
}

#[test]
fn binds_are_numbered_in_the_order_of_the_text() {
    reads(
        &[Dialect::Sqlite, Dialect::Mysql],
        &[
            (
                "SELECT ? FROM person WHERE id = ? AND team_id IN (?, 5, ?) LIMIT ? OFFSET ?",
                "person!: id=?2 team_id=?3|5|?4",
            ),
            (
                "SELECT * FROM `a` INNER JOIN `b` ON `b`.`x` = ? WHERE `a`.`x` = ?",
                "a!: x=?2; b!: x=?1",
            ),
        ],
    );
    reads(
        POSTGRES,
        &[
            (
                "SELECT $1 FROM person WHERE id = $3 AND team_id IN ($2, 5)",
                "person!: id=?3 team_id=?2|5",
            ),
            (
                "SELECT name FROM person WHERE person.id = ANY($1)",
                "person!: id=any ?1",
            ),
            ("SELECT name FROM person WHERE person.id <> ANY($1)", ""),
            ("SELECT name FROM person WHERE person.id > ALL($1)", ""),
            ("SELECT name FROM public.person WHERE person.id = $1", "person!: id=?1"),
            ("SELECT name FROM person AS \"P\", person AS p WHERE p.id = $1", ""),
            ("SELECT name FROM person AS \"P\" WHERE p.id = $1", ""),
            ("SELECT name FROM person AS p (a, b) WHERE p.id = $1", ""),
            ("SELECT name FROM ONLY person WHERE id = $1", "person!: id=?1"),
            ("SELECT name FROM person TABLESAMPLE system (1) WHERE id = 7", ""),
        ],
    );
    reads(
        SQLITE,
        &[
            ("SELECT name FROM person WHERE id = ?2 AND team_id = ?1", ""),
            ("SELECT name FROM person WHERE id = :id", ""),
            ("SELECT name FROM person WHERE id = $1", ""),
            ("SELECT name FROM person WHERE id = ? AND team_id = ?1", ""),
            ("SELECT name FROM person WHERE rowid = 7", ""),
            ("SELECT name FROM main.person WHERE id = 7", ""),
        ],
    );
    reads(MYSQL, &[("SELECT name FROM other.person WHERE id = 7", "")]);
}

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
            (
                "MERGE INTO person USING team ON person.id = 7 WHEN MATCHED THEN DELETE",
                "*",
            ),
        ][..3],
    );
    changes(
        POSTGRES,
        &[(
            "MERGE INTO person USING team ON person.id = 7 WHEN MATCHED THEN DELETE",
            "*",
        )],
    );
}
