//! Transactions, which the observer recognises by their texts.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache_tests::{Database, Mysql, Postgres, Sqlite, on_every_database};

use crate::observer::world::{Loads, World};

const RENAME: &str = "UPDATE person SET name = 'Ada' WHERE id = 1";
const RENAME_AGAIN: &str = "UPDATE person SET name = 'Bob' WHERE id = 1";
const MOVE: &str = "UPDATE address SET street = 'elsewhere' WHERE id = 1";

fn commits_and_rollbacks<B: Loads>(db: Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    world.replay(&[
        ("BEGIN", ""),
        (RENAME, ""),
        ("COMMIT", "p"),
        ("BEGIN", ""),
        (RENAME_AGAIN, ""),
        (MOVE, ""),
        ("ROLLBACK", ""),
        ("BEGIN; UPDATE person SET name = 'Eve' WHERE id = 1; ROLLBACK", ""),
        (
            "BEGIN; UPDATE person SET name = 'Eve' WHERE id = 1; COMMIT; UPDATE address SET street = 'x' WHERE id = 1",
            "pa",
        ),
        ("BEGIN; UPDATE person SET name = 'Zoe' WHERE id = 1", ""),
        ("UPDATE address SET street = 'y' WHERE id = 1; COMMIT; BEGIN", "pa"),
        ("ROLLBACK", ""),
        (RENAME, "p"),
    ]);
}

fn savepoints<B: Loads>(db: Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    world.replay(&[
        ("BEGIN", ""),
        ("SAVEPOINT one", ""),
        (RENAME, ""),
        ("ROLLBACK TO one", ""),
        (MOVE, ""),
        ("SAVEPOINT two", ""),
        ("RELEASE SAVEPOINT two", ""),
        ("COMMIT", "a"),
        ("BEGIN", ""),
        ("SAVEPOINT one", ""),
        (RENAME, ""),
        ("SAVEPOINT one", ""),
        ("UPDATE address SET street = 'again' WHERE id = 1", ""),
        ("ROLLBACK TO SAVEPOINT one", ""),
        ("RELEASE SAVEPOINT one", ""),
        ("COMMIT", "p"),
    ]);
}

fn a_batch_that_fails_before_its_rollback<B: Loads>(db: Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    world.replay(&[
        (
            "!BEGIN; UPDATE person SET name = 'Ada' WHERE id = 1; UPDATE nowhere SET x = 1; ROLLBACK",
            "?",
        ),
        ("COMMIT", "?"),
        (RENAME_AGAIN, "p"),
        (
            "!BEGIN; UPDATE person SET name = 'Eve' WHERE id = 1; UPDATE nowhere SET x = 1; COMMIT",
            "?",
        ),
        ("COMMIT", "?"),
        (MOVE, "a"),
        (MOVE, "a"),
    ]);
}

fn a_transaction_that_goes_on_after_an_error<B: Loads>(db: Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    world.replay(&[
        ("BEGIN", ""),
        (RENAME, ""),
        ("!INSERT INTO person VALUES (2, 'twice')", ""),
        ("COMMIT", "p"),
        ("BEGIN", ""),
        (RENAME, ""),
        ("!INSERT INTO person VALUES (2, 'twice')", ""),
        ("ROLLBACK", ""),
        (MOVE, "a"),
    ]);
}

on_every_database! {
    commits_and_rollbacks, savepoints, a_batch_that_fails_before_its_rollback, a_transaction_that_goes_on_after_an_error
}

fn chains<B: Loads>() {
    let mut world = World::<B>::new();
    world.replay(&[
        ("BEGIN", ""),
        (RENAME, ""),
        ("COMMIT AND CHAIN", "p"),
        (RENAME_AGAIN, ""),
        ("ROLLBACK AND CHAIN", ""),
        (MOVE, ""),
        ("COMMIT", "a"),
        (RENAME_AGAIN, "p"),
    ]);
}

#[test]
fn chains_on_postgres() {
    chains::<Postgres>();
}

#[test]
fn chains_on_mysql() {
    chains::<Mysql>();
}

#[test]
fn sqlite_begins_by_savepoints_and_ends_by_errors() {
    let mut world = World::<Sqlite>::new();
    world.replay(&[
        ("SAVEPOINT s", ""),
        (RENAME, ""),
        ("SAVEPOINT s", ""),
        (MOVE, ""),
        ("RELEASE s", ""),
        ("RELEASE s", "pa"),
        ("SAVEPOINT s", ""),
        (RENAME_AGAIN, ""),
        ("ROLLBACK TO s", ""),
        ("RELEASE s", ""),
        (MOVE, "a"),
        ("SAVEPOINT s", ""),
        (RENAME_AGAIN, ""),
        ("ROLLBACK", ""),
        // The transaction is gone with the error.
        ("BEGIN", ""),
        (RENAME_AGAIN, ""),
        ("!INSERT OR ROLLBACK INTO person VALUES (2, 'twice')", "?"),
        (MOVE, "a"),
        ("UPDATE person SET name = 'Zoe' WHERE id = 1", "p"),
        ("!COMMIT", "?"),
        (RENAME, "p"),
        ("!BEGIN; BEGIN", "?"),
        (RENAME_AGAIN, "?"),
        ("END", "?"),
    ]);
}

#[test]
fn an_error_that_diesel_does_not_report_ends_a_transaction_of_sqlite() {
    use diesel::sql_types::Integer;
    let mut world = World::<Sqlite>::new();
    world.writer.batch_execute("BEGIN").unwrap();
    let sql = "INSERT OR ROLLBACK INTO person VALUES (2, 'twice') RETURNING id";
    let failed = diesel::select(diesel::dsl::sql::<Integer>("1")).execute(&mut world.writer);
    assert!(failed.is_ok());
    #[derive(QueryableByName)]
    struct Id {
        #[diesel(sql_type = Integer)]
        #[allow(dead_code)]
        id: i32,
    }
    assert!(diesel::sql_query(sql).load::<Id>(&mut world.writer).is_err());
    world.check("?", sql);
    world.replay(&[(RENAME, "p"), (MOVE, "a"), (RENAME_AGAIN, "p")]);
}

/// A deferred foreign key fails at the COMMIT: PostgreSQL's transaction is over, SQLite's stays open.
#[test]
fn a_commit_that_fails() {
    const DEFERRED: &str = "CREATE TABLE child (id INTEGER PRIMARY KEY, \
        person_id INTEGER REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED)";
    let mut world = World::<Postgres>::new();
    world.replay(&[
        (DEFERRED, ""),
        ("BEGIN", ""),
        (RENAME, ""),
        ("INSERT INTO child VALUES (1, 999)", ""),
        ("!COMMIT", "p"),
        (MOVE, "a"),
        (RENAME_AGAIN, "p"),
        ("BEGIN", ""),
        (RENAME, ""),
        ("!SELECT 1 / 0", ""),
        ("COMMIT", "p"),
        (MOVE, "a"),
    ]);
    let mut world = World::<Sqlite>::new();
    world.replay(&[
        (DEFERRED, ""),
        ("BEGIN", ""),
        (RENAME, ""),
        ("INSERT INTO child VALUES (1, 999)", ""),
        ("!COMMIT", "p"),
        ("DELETE FROM child", "?"),
        ("COMMIT", "p"),
    ]);
}

/// A reader in rollback-journal mode blocks SQLite's COMMIT: the transaction stays open, and is committed later.
#[test]
fn a_commit_that_finds_sqlite_busy() {
    let world = World::<Sqlite>::new();
    let url = world.db.directory().join("journal.sqlite").display().to_string();
    let connect = || SqliteConnection::establish(&url).unwrap();
    let (mut writer, mut reader, mut other) = (connect(), connect(), connect());
    other
        .batch_execute(
            "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO person VALUES (1, 'old')",
        )
        .unwrap();
    // The world's database has the same tables, so that these are kept apart from its entries.
    world.cache.namespace("journal").attach(&mut writer);
    world.reader.cache.namespace("journal").attach(&mut reader);
    let first = |conn: &mut SqliteConnection| Sqlite::cached_people(conn).map(|people| people[0].name.clone());
    assert_eq!(first(&mut reader).unwrap(), "old");
    writer
        .batch_execute("BEGIN; UPDATE person SET name = 'new' WHERE id = 1")
        .unwrap();
    other.batch_execute("BEGIN; SELECT * FROM person").unwrap();
    writer.batch_execute("COMMIT").expect_err("the other reads");
    // The writer keeps new readers out; the cache must have nothing to say either, or what is true.
    assert_ne!(first(&mut reader).unwrap_or_else(|_| "old".into()), "new");
    other.batch_execute("COMMIT").unwrap();
    writer.batch_execute("COMMIT").unwrap();
    assert_eq!(first(&mut reader).unwrap(), "new");
}

#[test]
fn mysql_commits_on_its_own() {
    let mut world = World::<Mysql>::new();
    world.replay(&[
        ("BEGIN", ""),
        (RENAME, ""),
        ("CREATE TABLE other (id INT)", "p"),
        // In no transaction now.
        (RENAME_AGAIN, "p"),
        (MOVE, "a"),
        ("ROLLBACK", ""),
        ("BEGIN", ""),
        (RENAME, ""),
        ("BEGIN", "p"),
        (RENAME_AGAIN, ""),
        ("ROLLBACK", "?"),
        ("BEGIN", ""),
        (RENAME, ""),
        ("CREATE TEMPORARY TABLE mine (id INT)", ""),
        ("ROLLBACK", ""),
        ("SAVEPOINT s", ""),
        (RENAME, "p"),
        (MOVE, "a"),
    ]);
}

#[test]
fn autocommit_of_mysql() {
    let mut world = World::<Mysql>::new();
    world.replay(&[
        ("SET autocommit = 0", ""),
        (RENAME, ""),
        ("COMMIT", "p"),
        (RENAME_AGAIN, ""),
        ("ROLLBACK", ""),
        (MOVE, ""),
        ("SET autocommit = 1", "a"),
        (RENAME_AGAIN, "p"),
        ("BEGIN", ""),
        (RENAME, ""),
        // On already: it does not commit.
        ("SET autocommit = 1", "?"),
        (MOVE, ""),
        ("COMMIT", "pa"),
        ("SET sql_safe_updates = 0, autocommit = 0", "?"),
        (RENAME_AGAIN, "?"),
        ("COMMIT", "p"),
        (RENAME, "?"),
        ("COMMIT", "p"),
        ("SET autocommit = 1", "?"),
        ("SET completion_type = 'CHAIN'", "?"),
        ("BEGIN", "?"),
        ("COMMIT", "?"),
        (RENAME_AGAIN, "?"),
        ("COMMIT", "p"),
    ]);
}

/// The victim's transaction is rolled back as a whole. The program swallows the error and continues outside any
/// transaction.
#[test]
fn a_deadlock_on_mysql() {
    let mut world = World::<Mysql>::new();
    world.replay(&[("BEGIN", ""), (RENAME, "")]);
    let mut other = world.db.connect();
    // The heavier transaction survives.
    other
        .batch_execute(
            "BEGIN; UPDATE person SET name = 'heavy' WHERE id > 10; UPDATE address SET street = 'heavy' WHERE id = 1",
        )
        .unwrap();
    let waits = std::thread::spawn(move || {
        other
            .batch_execute("UPDATE person SET name = 'heavier' WHERE id = 1")
            .unwrap();
        other
    });
    // Either of the two sees the deadlock, whoever comes second; both wait for each other in any case.
    assert!(
        world.writer.batch_execute(MOVE).is_err(),
        "the lighter one is the victim"
    );
    let mut other = waits.join().unwrap();
    other.batch_execute("ROLLBACK").unwrap();
    world.check("?", "a deadlock");
    world.replay(&[(RENAME_AGAIN, "p"), (MOVE, "a"), ("COMMIT", "?"), (RENAME, "p")]);
}
