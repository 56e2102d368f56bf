//! INSERTs, UPDATEs and DELETEs.

use super::super::{MYSQL, POSTGRES, SQLITE, writes};

#[test]
fn writes_of_sqlite() {
    writes(
        SQLITE,
        &[
            ("INSERT INTO `person` (`name`) VALUES (?)", "person"),
            ("INSERT INTO `person` (`name`, `age`) VALUES (?, ?), (?, ?)", "person"),
            ("INSERT INTO `person` DEFAULT VALUES", "person"),
            ("INSERT OR IGNORE INTO `person` (`name`) VALUES (?)", "person"),
            ("INSERT OR REPLACE INTO `person` (`name`) VALUES (?)", "person"),
            ("REPLACE INTO `person` (`name`) VALUES (?)", "person"),
            (
                "INSERT INTO `person` (`name`) VALUES (?) RETURNING `person`.`id`, `person`.`name`",
                "person",
            ),
            (
                "INSERT INTO `person` (`id`, `name`) VALUES (?, ?) ON CONFLICT (`id`) DO UPDATE SET `name` = `excluded`.`name`",
                "person",
            ),
            (
                "INSERT INTO `person` (`id`) VALUES (?) ON CONFLICT  DO NOTHING",
                "person",
            ),
            (
                "INSERT INTO `person` (`id`) VALUES (?) ON CONFLICT (`id`, `name`) DO UPDATE SET `n` = (`person`.`n` + ?) WHERE (`person`.`n` > ?)",
                "person",
            ),
            (
                "INSERT INTO `person` (`name`) SELECT `b`.`name` FROM `b` WHERE (`b`.`x` = ?)",
                "person",
            ),
            (
                "INSERT INTO `person` (`name`) SELECT `b`.`name` FROM `b` WHERE 1=1 ON CONFLICT (`name`) DO NOTHING",
                "person",
            ),
            (
                "UPDATE `person` SET `name` = ?, `age` = (`person`.`age` + ?) WHERE (`person`.`id` = ?)",
                "person",
            ),
            ("UPDATE `person` SET `name` = ? RETURNING `person`.`id`", "person"),
            ("DELETE  FROM `person`", "person"),
            (
                "DELETE  FROM `person` WHERE (`person`.`id` = ?) RETURNING `person`.`id`",
                "person",
            ),
            (
                "DELETE  FROM `main`.`person` WHERE (`person`.`id` IN (SELECT `b`.`id` FROM `b`))",
                "person",
            ),
            (
                "INSERT INTO __diesel_schema_migrations (version) VALUES (?)",
                "__diesel_schema_migrations",
            ),
            (
                "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (\n       version VARCHAR(50) PRIMARY KEY NOT NULL,\n       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP\n);\n",
                "__diesel_schema_migrations",
            ),
        ],
    );
}

#[test]
fn writes_of_postgres() {
    writes(
        POSTGRES,
        &[
            (
                r#"INSERT INTO "person" ("name", "age") VALUES ($1, DEFAULT), ($2, $3)"#,
                "person",
            ),
            (
                r#"INSERT INTO "person" DEFAULT VALUES RETURNING "person"."id""#,
                "person",
            ),
            (
                r#"INSERT INTO "person" ("id") OVERRIDING SYSTEM VALUE VALUES ($1)"#,
                "person",
            ),
            (
                r#"INSERT INTO "person" ("id", "name") VALUES ($1, $2) ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name" RETURNING "person"."id""#,
                "person",
            ),
            (
                r#"INSERT INTO "person" ("id") VALUES ($1) ON CONFLICT ON CONSTRAINT "person_pkey" DO NOTHING"#,
                "person",
            ),
            (
                r#"INSERT INTO "person" ("id") VALUES ($1) ON CONFLICT ("id") WHERE ("person"."alive" = $2) DO UPDATE SET "n" = $3"#,
                "person",
            ),
            (r#"INSERT INTO "person" ("name") SELECT "b"."name" FROM "b""#, "person"),
            (r#"INSERT INTO "public"."person" ("name") VALUES ($1)"#, "person"),
            (r#"INSERT INTO "person" AS "p" ("name") VALUES ($1)"#, "person"),
            (
                r#"UPDATE "person" SET "name" = $1, "data" = $2 WHERE ("person"."id" = $3) RETURNING "person"."id", "person"."name""#,
                "person",
            ),
            (
                r#"UPDATE "public"."person" SET "tags" = array_append("public"."person"."tags", $1)"#,
                "person",
            ),
            (
                r#"DELETE  FROM "person" WHERE ("person"."id" = ANY($1)) RETURNING "person"."id""#,
                "person",
            ),
            (
                r#"COPY "person" ("id", "name") FROM STDIN WITH (FORMAT binary)"#,
                "person",
            ),
            (
                r#"COPY "public"."person" FROM STDIN WITH (FORMAT CSV, DELIMITER ',')"#,
                "person",
            ),
        ],
    );
}

#[test]
fn writes_of_mysql() {
    writes(
        MYSQL,
        &[
            ("INSERT INTO `person` (`name`, `age`) VALUES (?, DEFAULT)", "person"),
            ("INSERT INTO `person` () VALUES ()", "person"),
            ("INSERT IGNORE INTO `person` (`name`) VALUES (?)", "person"),
            ("REPLACE INTO `person` (`name`) VALUES (?)", "person"),
            (
                "INSERT INTO `person` (`id`, `n`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `n` = ?, `m` = VALUES(`m`)",
                "person",
            ),
            (
                "INSERT INTO `person` (`id`) VALUES (?) ON DUPLICATE KEY UPDATE `n` = `person`.`n` + ?",
                "person",
            ),
            ("INSERT INTO `person` (`name`) SELECT `b`.`name` FROM `b`", "person"),
            (
                "INSERT INTO `shop`.`person` (`name`) VALUES (?) RETURNING `id`",
                "person",
            ),
            ("UPDATE `person` SET `name` = ? WHERE (`person`.`id` = ?)", "person"),
            ("DELETE  FROM `person` WHERE (`person`.`id` = ?)", "person"),
        ],
    );
}
