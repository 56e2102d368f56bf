//! The rows that SELECTs read.

use super::{changes, reads};
use crate::sql::Dialect;
use crate::sql::tests::{ALL, MYSQL, POSTGRES, SQLITE};

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
            // Any row of `post` may be read.
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
