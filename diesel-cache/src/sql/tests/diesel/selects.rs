//! SELECTs.

use super::super::{MYSQL, POSTGRES, SQLITE, locking_selects, selects};

#[test]
fn selects_of_sqlite() {
    selects(
        SQLITE,
        &[
            ("SELECT `person`.`id`, `person`.`name` FROM `person`", "person"),
            (
                "SELECT `person`.`id` FROM `person` WHERE (`person`.`name` BETWEEN ? AND ?)",
                "person",
            ),
            (
                "SELECT `person`.`id` FROM `person` WHERE ((`person`.`id` = ?) AND (`person`.`name` LIKE ? ESCAPE '!'))  LIMIT ? OFFSET ?",
                "person",
            ),
            (
                "SELECT `person`.`id` FROM `person` WHERE (`person`.`name` NOT LIKE ?) LIMIT -1 OFFSET ?",
                "person",
            ),
            (
                "SELECT `person`.`id` FROM `person` WHERE (`person`.`name` IS ?)",
                "person",
            ),
            (
                "SELECT `person`.`id` FROM `person` WHERE (`person`.`name` IS NOT ?)",
                "person",
            ),
            (
                "SELECT `person`.`id` FROM `person` WHERE (`person`.`name` IS `person`.`nick`)",
                "person",
            ),
            (
                "SELECT `person`.`id` FROM `person` WHERE (`person`.`name` IS NOT NULL)",
                "person",
            ),
            (
                "SELECT `person`.`id` FROM `person` WHERE `person`.`id` IN (?, ?, ?)",
                "person",
            ),
            ("SELECT `person`.`id` FROM `person` WHERE (0=1)", "person"),
            (
                "SELECT `person`.`id` FROM `person` WHERE (`person`.`name` GLOB ?)",
                "person",
            ),
            (
                "SELECT `person`.`id` FROM `person` WHERE (`person`.`name` MATCH ?)",
                "person",
            ),
            (
                "SELECT `a`.`id`, `b`.`id` FROM (`a` INNER JOIN `b` ON (`b`.`a_id` = `a`.`id`))",
                "a b",
            ),
            (
                "SELECT `a`.`id` FROM ((`a` LEFT OUTER JOIN `b` ON (`b`.`a_id` = `a`.`id`)) INNER JOIN `c` ON (`c`.`b_id` = `b`.`id`)) WHERE (`c`.`x` > ?)",
                "a b c",
            ),
            (
                "SELECT `p2`.`id` FROM (`person` AS `p1` INNER JOIN `person` AS `p2` ON (`p1`.`id` = `p2`.`id`))",
                "person",
            ),
            (
                "SELECT EXISTS (SELECT `person`.`id` FROM `person` WHERE (`person`.`id` = ?))",
                "person",
            ),
            ("SELECT COUNT(*) FROM `person`", "person"),
            (
                "SELECT count(`person`.`id`), max(`person`.`age`) FROM `person` GROUP BY `person`.`name` HAVING (count(`person`.`id`) > ?)",
                "person",
            ),
            ("SELECT count(DISTINCT `person`.`name`) FROM `person`", "person"),
            (
                "SELECT DISTINCT `person`.`name` FROM `person` ORDER BY `person`.`name` DESC , `person`.`id` ASC",
                "person",
            ),
            ("SELECT `a`.`x` FROM `a` UNION SELECT `b`.`x` FROM `b`", "a b"),
            (
                "SELECT `a`.`x` FROM `a` EXCEPT SELECT `b`.`x` FROM `b` ORDER BY x LIMIT ? OFFSET ?",
                "a b",
            ),
            ("SELECT CAST(`person`.`age` AS BIGINT) FROM `person`", "person"),
            (
                "SELECT CASE WHEN (`person`.`age` > ?) THEN ? ELSE ? END FROM `person`",
                "person",
            ),
            ("SELECT (`person`.`name` || ?) FROM `person`", "person"),
            (
                "SELECT `person`.`data` ->> ? FROM `person` WHERE (`person`.`data` -> '$.a' = ?)",
                "person",
            ),
            ("SELECT json_extract(`person`.`data`, ?) FROM `person`", "person"),
            (
                "SELECT row_number() OVER (PARTITION BY `person`.`name` ORDER BY `person`.`id` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM `person`",
                "person",
            ),
            (
                "SELECT sum(`person`.`age`) FILTER (WHERE (`person`.`age` > ?)) FROM `person`",
                "person",
            ),
            ("SELECT 1", ""),
            ("SELECT CURRENT_TIMESTAMP", ""),
            ("SELECT (1 + ?)", ""),
            (
                "SELECT `person`.`id` FROM `person` WHERE (`person`.`id` = (SELECT max(`b`.`x`) FROM `b` LIMIT ?))",
                "b person",
            ),
            (
                "SELECT `person`.`id` FROM `person` WHERE ((`person`.`a`, `person`.`b`) IN (SELECT `b`.`x`, `b`.`y` FROM `b`))",
                "b person",
            ),
            (
                "SELECT `main`.`person`.`id` FROM `main`.`person` WHERE NOT (`main`.`person`.`dead`)",
                "person",
            ),
            (
                "SELECT datetime(`person`.`born`, 'utc') FROM `person` WHERE (date(`person`.`born`) = CURRENT_DATE)",
                "person",
            ),
        ],
    );
}

#[test]
fn selects_of_postgres() {
    selects(
        POSTGRES,
        &[
            (r#"SELECT "person"."id", "person"."name" FROM "person""#, "person"),
            (
                r#"SELECT "public"."person"."id" FROM "public"."person" WHERE ("public"."person"."id" = $1) LIMIT $2"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."id" = ANY($1))"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."id" != ALL($1))"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."id" = ANY(SELECT "b"."id" FROM "b"))"#,
                "b person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."id" IN (SELECT "b"."id" FROM "b" WHERE ("b"."x" = $1)))"#,
                "b person",
            ),
            (
                r#"SELECT DISTINCT ON ("person"."name") "person"."id" FROM "person" ORDER BY "person"."name", "person"."id" NULLS FIRST"#,
                "person",
            ),
            (
                r#"SELECT DISTINCT ON ("person"."name", "person"."id") "person"."id" FROM "person""#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."name" ILIKE $1 ESCAPE '!')"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."name" NOT ILIKE $1)"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."name" SIMILAR TO $1)"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."name" NOT SIMILAR TO $1)"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."name" IS NOT DISTINCT FROM $1)"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."name" IS DISTINCT FROM $1)"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."data" @> $1) AND ("person"."data" <@ $2)"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."data" ? $1)"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."data" ?| $1) AND ("person"."data" ?& $2)"#,
                "person",
            ),
            (
                r#"SELECT ("person"."data" -> $1), ("person"."data" ->> $2), ("person"."data" #> $3), ("person"."data" #>> $4) FROM "person""#,
                "person",
            ),
            (
                r#"SELECT ("person"."data" - $1), ("person"."data" #- $2), ("person"."data" || $3) FROM "person""#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."tags" && $1)"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."span" -|- $1) OR ("person"."span" << $2) OR ("person"."span" >> $3)"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."span" &< $1) OR ("person"."span" &> $2)"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."ip" <<= $1) OR ("person"."ip" >>= $2)"#,
                "person",
            ),
            (
                r#"SELECT ARRAY[$1, $2], "person"."tags"[$3], "person"."tags"[$4:$5] FROM "person""#,
                "person",
            ),
            (r#"SELECT ARRAY(SELECT "b"."id" FROM "b") FROM "person""#, "b person"),
            (r#"SELECT "person"."at" AT TIME ZONE $1 FROM "person""#, "person"),
            (
                r#"SELECT CAST("person"."age" AS int4), ("person"."age")::bigint FROM "person""#,
                "person",
            ),
            (r#"SELECT "person"."name" COLLATE "C" FROM "person""#, "person"),
            (
                r#"SELECT "a"."id" FROM ("a" INNER JOIN "b" ON ("b"."a_id" = "a"."id")) LEFT OUTER JOIN "c" ON ("c"."id" = "a"."id")"#,
                "a b c",
            ),
            (
                r#"SELECT "a"."x" FROM "a" UNION ALL (SELECT "b"."x" FROM "b" LIMIT $1) "#,
                "a b",
            ),
            (
                r#"(SELECT "a"."x" FROM "a") INTERSECT ALL (SELECT "b"."x" FROM "b")"#,
                "a b",
            ),
            (
                r#"SELECT EXISTS (SELECT "person"."id" FROM "person" WHERE ("person"."id" = $1)) AS "exists""#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" TABLESAMPLE SYSTEM(10) REPEATABLE(42.0)"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" TABLESAMPLE BERNOULLI($1)"#,
                "person",
            ),
            (r#"SELECT "person"."id" FROM ONLY "person""#, "person"),
            (
                r#"SELECT "p"."id" FROM "person" AS "p" WHERE ("p"."id" = $1)"#,
                "person",
            ),
            (
                r#"SELECT avg("person"."age") OVER (PARTITION BY "person"."name" ORDER BY "person"."id" RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING EXCLUDE TIES) FROM "person""#,
                "person",
            ),
            (
                r#"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY "person"."age") FROM "person""#,
                "person",
            ),
            (
                r#"SELECT string_agg("person"."name", $1 ORDER BY "person"."name") FROM "person""#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."data" @@ $1) OR ("person"."data" @? $2)"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."name" ~ $1) OR ("person"."name" !~* $2)"#,
                "person",
            ),
            (r#"SELECT "person"."data" IS JSON FROM "person""#, "person"),
            (
                r#"SELECT "person"."age" IS NOT NULL, "person"."ok" IS TRUE FROM "person" ORDER BY random()"#,
                "person",
            ),
            (r#"SELECT CURRENT_TIMESTAMP, now() - '1 day'::interval"#, ""),
            (
                r#"SELECT ("person"."a", "person"."b") = ($1, $2) FROM "person""#,
                "person",
            ),
        ],
    );
}

#[test]
fn selects_of_mysql() {
    selects(
        MYSQL,
        &[
            ("SELECT `person`.`id`, `person`.`name` FROM `person`", "person"),
            (
                "SELECT `shop`.`person`.`id` FROM `shop`.`person` WHERE (`shop`.`person`.`id` = ?) LIMIT ? OFFSET ?",
                "person",
            ),
            (
                "SELECT `person`.`id` FROM `person` LIMIT 18446744073709551615 OFFSET ?",
                "person",
            ),
            (
                "SELECT `person`.`id` FROM `person` WHERE (`person`.`name` <=> ?)",
                "person",
            ),
            (
                "SELECT `person`.`id` FROM `person` WHERE NOT (`person`.`name` <=> ?)",
                "person",
            ),
            (
                "SELECT `person`.`id` FROM `person` WHERE `person`.`id` IN (?, ?)",
                "person",
            ),
            (
                "SELECT CAST(`person`.`age` AS SIGNED), CAST(`person`.`age` AS CHAR) FROM `person`",
                "person",
            ),
            (
                "SELECT CAST(`person`.`age` AS UNSIGNED) FROM `person` WHERE (`person`.`name` LIKE ? ESCAPE '!')",
                "person",
            ),
            (
                "SELECT `a`.`id` FROM ((`a` INNER JOIN `b` ON (`b`.`a_id` = `a`.`id`)) INNER JOIN `c` ON (`c`.`b_id` = `b`.`id`))",
                "a b c",
            ),
            ("SELECT `a`.`x` FROM `a` UNION ALL SELECT `b`.`x` FROM `b`", "a b"),
            ("SELECT EXISTS (SELECT `person`.`id` FROM `person`)", "person"),
            (
                "SELECT `person`.`data` -> '$.a', `person`.`data` ->> '$.b' FROM `person`",
                "person",
            ),
            ("SELECT LAST_INSERT_ID()", ""),
            ("SELECT RAND(), `person`.`id` FROM `person` ORDER BY RAND()", "person"),
            (
                "SELECT `person`.`name` REGEXP ?, `person`.`name` RLIKE ? FROM `person`",
                "person",
            ),
            (
                "SELECT sum(`a`.`x`) OVER (ORDER BY `a`.`id` ROWS 3 PRECEDING) FROM `a`",
                "a",
            ),
        ],
    );
}

#[test]
fn locking_clauses() {
    locking_selects(
        POSTGRES,
        &[
            (r#"SELECT "person"."id" FROM "person" FOR UPDATE"#, "person"),
            (r#"SELECT "person"."id" FROM "person" FOR NO KEY UPDATE"#, "person"),
            (r#"SELECT "person"."id" FROM "person" FOR SHARE NOWAIT"#, "person"),
            (r#"SELECT "person"."id" FROM "person" FOR KEY SHARE"#, "person"),
            (
                r#"SELECT "person"."id" FROM "person" WHERE ("person"."id" = $1) FOR UPDATE SKIP LOCKED"#,
                "person",
            ),
            (
                r#"SELECT "person"."id" FROM "person" FOR NO KEY UPDATE OF "person" SKIP LOCKED"#,
                "person",
            ),
            (
                r#"SELECT "a"."id" FROM "a" WHERE ("a"."id" = (SELECT "b"."id" FROM "b" LIMIT 1 FOR UPDATE))"#,
                "a b",
            ),
            (r#"SELECT * FROM (SELECT "b"."id" FROM "b" FOR KEY SHARE) AS "x""#, "b"),
            (
                r#"WITH "x" AS (SELECT "b"."id" FROM "b" FOR UPDATE) SELECT * FROM "x""#,
                "b",
            ),
        ],
    );
    locking_selects(
        MYSQL,
        &[
            ("SELECT `person`.`id` FROM `person` FOR UPDATE", "person"),
            ("SELECT `person`.`id` FROM `person` LOCK IN SHARE MODE", "person"),
            (
                "SELECT `person`.`id` FROM `person` WHERE (`person`.`id` = ?) FOR SHARE SKIP LOCKED",
                "person",
            ),
            ("SELECT `person`.`id` FROM `person` LIMIT ? FOR UPDATE NOWAIT", "person"),
            (
                "SELECT `a`.`id` FROM `a` WHERE (`a`.`id` IN (SELECT `b`.`id` FROM `b` LOCK IN SHARE MODE))",
                "a b",
            ),
        ],
    );
}
