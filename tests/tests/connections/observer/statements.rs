//! One statement at a time, outside any transaction.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Text};
use diesel_cache_tests::{Mysql, Postgres, Sqlite, on_every_database, people};

use crate::observer::world::{Loads, World};

fn writes_of_every_kind<B: Loads>(db: diesel_cache_tests::Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    world.replay(&[
        ("UPDATE person SET name = 'Ada' WHERE id = 1", "p"),
        ("SELECT * FROM person", ""),
        (
            "INSERT INTO address SELECT id + 100, id, 'copied', NULL FROM person WHERE id < 5",
            "a",
        ),
        ("DELETE FROM address WHERE id > 100", "a"),
        ("INSERT INTO person VALUES (60, 'x'), (61, 'y')", "p"),
        (
            "UPDATE person SET name = (SELECT street FROM address WHERE id = 2) WHERE id = 2",
            "p",
        ),
        ("CREATE TABLE other (id INTEGER PRIMARY KEY)", ""),
        (
            "INSERT INTO other VALUES (1); UPDATE person SET name = 'Bob' WHERE id = 1; DELETE FROM other",
            "p",
        ),
        ("ALTER TABLE other ADD COLUMN person_id INTEGER", ""),
        ("DROP TABLE other", ""),
        ("CREATE INDEX person_name ON person (name)", ""),
        ("!INSERT INTO person VALUES (1, 'twice')", "p"),
        ("!this is not SQL", "pa"),
    ]);
    world.replay_prepared(&[
        ("UPDATE person SET name = 'Eve' WHERE id = 1", "p"),
        ("UPDATE person SET name = 'Eva' WHERE id = 1", "p"),
        ("UPDATE person SET name = 'Eve' WHERE id = 1", "p"),
        ("DELETE FROM address WHERE street = 'street 03' -- binds: []", "a"),
        ("UPDATE person SET name = ' -- binds: [1]' WHERE id = 1", "p"),
        ("UPDATE person SET name = '\n -- binds: [1]' WHERE id = 1", "?"),
    ]);
    B::insert(&mut world.writer, &people(80)[70..]).unwrap();
    world.check("p", "an insert of several");
    B::insert(&mut world.writer, &people(1)).unwrap_err();
    world.check("?", "an insert that fails");
}

/// What a failing batch has done stays, unless the database undoes it.
fn a_batch_that_fails_half_way<B: Loads>(db: diesel_cache_tests::Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    world.replay(&[
        (
            "!UPDATE person SET name = 'Ada' WHERE id = 1; UPDATE nowhere SET x = 1",
            "p",
        ),
        (
            "!DELETE FROM address WHERE id = 1; INSERT INTO person VALUES (1, 'twice')",
            "pa",
        ),
    ]);
}

on_every_database! { writes_of_every_kind, a_batch_that_fails_half_way }

macro_rules! binds {
    ($($name:ident: $backend:ident, $sql:literal, $note:literal);*) => {$(
        #[test]
        fn $name() {
            let mut world = World::<$backend>::new();
            let huge = "x".repeat(1 << 20);
            for value in ["a\nb", " -- binds: [", "'\"`;\u{0}"[..4].into(), "] -- binds: [\r\n; COMMIT", "BEGIN"] {
                diesel::sql_query($sql).bind::<Text, _>(value).execute(&mut world.writer).unwrap();
                world.check("p", value);
            }
            diesel::sql_query($note).bind::<Text, _>(&huge).execute(&mut world.writer).ok();
            world.check("a", "a bind of a megabyte");
            diesel::sql_query($note).bind::<Binary, _>(vec![0_u8; 1 << 16]).execute(&mut world.writer).ok();
            world.check("a", "a binary bind");
        }
    )*};
}
binds! {
    odd_binds_on_sqlite: Sqlite, "UPDATE person SET name = ? WHERE id = 1", "UPDATE address SET note = ? WHERE id = 1";
    odd_binds_on_postgres: Postgres, "UPDATE person SET name = $1 WHERE id = 1", "UPDATE address SET note = substr(cast($1 as text), 1, 5) WHERE id = 1";
    odd_binds_on_mysql: Mysql, "UPDATE person SET name = ? WHERE id = 1", "UPDATE address SET note = substr(?, 1, 5) WHERE id = 1"
}

#[test]
fn sqlite_has_its_own() {
    let mut world = World::<Sqlite>::new();
    world.replay(&[
        ("REPLACE INTO person VALUES (60, 'x')", "p"),
        ("INSERT OR REPLACE INTO person VALUES (60, 'y')", "p"),
        ("INSERT OR IGNORE INTO person VALUES (60, 'z')", "p"),
        (
            "!INSERT OR FAIL INTO person VALUES (62, 'z'), (60, 'z'), (63, 'z')",
            "p",
        ),
        (
            "INSERT INTO person VALUES (60, 'u') ON CONFLICT (id) DO UPDATE SET name = excluded.name",
            "p",
        ),
        ("INSERT INTO person VALUES (60, 'u') ON CONFLICT DO NOTHING", "p"),
        ("INSERT INTO main.\"Person\" VALUES (64, 'x') RETURNING id", "p"),
        ("UPDATE [person] SET name = 'q' WHERE id = 1", "p"),
        (
            "UPDATE `person` SET name = 'q' FROM address WHERE address.id = person.id AND person.id = 2",
            "p",
        ),
        (
            "WITH x AS (SELECT 3 AS id) DELETE FROM address WHERE id IN (SELECT id FROM x)",
            "a",
        ),
        (
            "PRAGMA foreign_keys = OFF; ALTER TABLE address RENAME TO elsewhere",
            "a",
        ),
        ("ALTER TABLE elsewhere RENAME TO address", "a"),
        ("DROP TABLE address", "a"),
        (
            "CREATE TABLE address AS SELECT id, id AS person_id, name AS street, NULL AS note FROM person",
            "a",
        ),
        ("VACUUM", "?"),
    ]);
}

#[test]
fn postgres_has_its_own() {
    let mut world = World::<Postgres>::new();
    world.replay(&[
        ("INSERT INTO person VALUES (1, 'u') ON CONFLICT (id) DO UPDATE SET name = excluded.name", "p"),
        ("INSERT INTO person VALUES (1, 'v') ON CONFLICT DO NOTHING", "p"),
        ("MERGE INTO person USING (SELECT 1 AS id) x ON person.id = x.id WHEN MATCHED THEN UPDATE SET name = 'm'", "p"),
        ("WITH moved AS (DELETE FROM address WHERE id = 9 RETURNING id) INSERT INTO person SELECT id + 100, 'w' FROM moved", "pa"),
        ("WITH x AS (UPDATE person SET name = 'cte' WHERE id = 3 RETURNING id) SELECT * FROM x", "p"),
        ("UPDATE ONLY person SET name = 'q' FROM address WHERE address.id = person.id AND person.id = 2", "p"),
        ("DELETE FROM address USING person WHERE person.id = address.person_id AND person.id = 10", "a"),
        ("DO $$ BEGIN UPDATE person SET name = 'do' WHERE id = 1; END $$", "pa"),
        ("CREATE PROCEDURE change() LANGUAGE sql AS 'UPDATE person SET name = ''called'' WHERE id = 1'", "?"),
        ("CALL change()", "pa"),
        ("CREATE UNLOGGED TABLE other AS SELECT * FROM person", ""),
        ("ALTER TABLE address RENAME TO elsewhere", "a"),
        ("ALTER TABLE elsewhere RENAME TO address", "a"),
        ("EXPLAIN ANALYZE UPDATE person SET name = 'explained' WHERE id = 1", "p"),
        ("EXPLAIN UPDATE person SET name = 'only explained' WHERE id = 1", ""),
        ("TRUNCATE TABLE person, address", "pa"),
        ("INSERT INTO person VALUES (1, 'again')", "p"),
        ("TRUNCATE person CASCADE", "pa"),
        ("PREPARE x AS INSERT INTO person VALUES (5, 'prepared')", "?"),
        ("EXECUTE x", "pa"),
    ]);
}

#[test]
fn mysql_has_its_own() {
    let mut world = World::<Mysql>::new();
    world.replay(&[
        ("REPLACE INTO person VALUES (60, 'x')", "p"),
        ("INSERT IGNORE INTO person VALUES (60, 'z'), (61, 'z')", "p"),
        (
            "INSERT INTO person VALUES (60, 'u') ON DUPLICATE KEY UPDATE name = 'dup'",
            "p",
        ),
        ("INSERT INTO person SET id = 70, name = 'set'", "p"),
        (
            "UPDATE person p JOIN address a ON a.person_id = p.id SET p.name = 'j', a.street = 'j' WHERE p.id = 2",
            "pa",
        ),
        (
            "DELETE a FROM address a JOIN person p ON a.person_id = p.id WHERE p.id = 3",
            "pa",
        ),
        (
            "DELETE FROM a, p USING address a JOIN person p ON a.person_id = p.id WHERE p.id = 4",
            "pa",
        ),
        (
            "SET STATEMENT max_statement_time = 10 FOR UPDATE person SET name = 'set' WHERE id = 1",
            "p",
        ),
        (
            "CREATE PROCEDURE change_it() UPDATE person SET name = 'called' WHERE id = 1",
            "?",
        ),
        ("CALL change_it()", "pa"),
        (
            "BEGIN NOT ATOMIC UPDATE person SET name = 'block' WHERE id = 1; END",
            "pa",
        ),
        ("/*!UPDATE person SET name = 'comment' WHERE id = 1 */", "pa"),
        (
            "PREPARE x FROM 'UPDATE person SET name = ''prepared'' WHERE id = 1'",
            "?",
        ),
        ("EXECUTE x", "pa"),
        // It may have begun a transaction.
        ("COMMIT", "pa"),
        ("RENAME TABLE address TO elsewhere", "a"),
        ("ALTER TABLE elsewhere RENAME TO address", "a"),
        ("TRUNCATE address", "a"),
        ("UPDATE `person` SET `name` = 'quoted' WHERE id = 1", "p"),
    ]);
}

#[test]
fn copy_from_on_postgres() {
    use diesel::pg::CopyFormat;
    use diesel_cache_tests::person;

    let mut world = World::<Postgres>::new();
    let copied = diesel::copy_from(person::table)
        .from_raw_data(person::table, |sink| {
            writeln!(sink, "60,copied").map_err(|error| diesel::result::Error::QueryBuilderError(error.into()))
        })
        .with_format(CopyFormat::Csv)
        .execute(&mut world.writer);
    assert_eq!(copied, Ok(1));
    world.check("p", "COPY FROM");
    let failed = diesel::copy_from(person::table)
        .from_raw_data(person::table, |sink| {
            writeln!(sink, "61,copied").unwrap();
            QueryResult::Err(diesel::result::Error::RollbackTransaction)
        })
        .with_format(CopyFormat::Csv)
        .execute(&mut world.writer);
    assert!(failed.is_err());
    world.check("p", "COPY FROM that fails");
}
