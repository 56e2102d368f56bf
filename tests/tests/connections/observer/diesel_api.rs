//! Statements that are sent by Diesel's own methods.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::{DefaultLoadingMode, SimpleConnection, TransactionManager};
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::result::Error::RollbackTransaction;
use diesel::sql_query;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Mysql, Person, Postgres, Sqlite, on_every_database, people, person};

use crate::observer::world::{Loads, World};

fn nested_transactions<B: Loads>(db: Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    let World { writer, .. } = &mut world;
    writer
        .transaction(|conn| {
            conn.transaction(|conn| {
                conn.transaction(|conn| B::rename(conn, "Ada"))?;
                Err::<(), _>(RollbackTransaction)
            })
            .unwrap_err();
            conn.transaction(|conn| B::raw(conn, "UPDATE address SET street = 'x' WHERE id = 1"))
        })
        .unwrap();
    world.check("a", "a rolled back savepoint");
    world
        .writer
        .transaction(|conn| conn.transaction(|conn| B::rename(conn, "Ada")))
        .unwrap();
    world.check("p", "a released savepoint");
    let undone = world.writer.transaction(|conn| {
        B::rename(conn, "Bob")?;
        Err::<(), _>(RollbackTransaction)
    });
    assert_eq!(undone, Err(RollbackTransaction));
    world.check("", "a rollback");
}

fn a_test_transaction_is_never_seen<B: Loads>(db: Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    world.writer.test_transaction(|conn| {
        B::rename(conn, "Ada")?;
        conn.transaction(|conn| B::rename(conn, "Bob"))?;
        assert_eq!(B::cached_people(conn)?[0].name, "Bob");
        QueryResult::Ok(())
    });
    world.check("", "a test transaction");
    assert_eq!(B::cached_people(&mut world.writer).unwrap()[0].name, "person 01");
}

/// The connection is used again, although its transaction was left open.
fn a_panic_in_a_transaction<B: Loads>(db: Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    let writer = &mut world.writer;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        writer.transaction(|conn| -> QueryResult<()> {
            B::rename(conn, "Ada")?;
            panic!("on purpose")
        })
    }));
    assert!(panicked.is_err());
    world.check("", "a panic");
    world
        .writer
        .transaction(|conn| B::raw(conn, "UPDATE address SET street = 'x' WHERE id = 1"))
        .unwrap();
    world.check("", "a savepoint inside of what the panic left");
    world.writer.batch_execute("COMMIT").unwrap();
    world.check("pa", "the commit of what the panic left");
}

fn a_connection_dropped_in_a_transaction<B: Loads>(db: Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    let mut doomed = world.db.connect();
    world.cache.attach(&mut doomed);
    doomed.batch_execute("BEGIN").unwrap();
    B::rename(&mut doomed, "Ada").unwrap();
    drop(doomed);
    world.check("", "a connection dropped in a transaction");
}

/// A transaction of Diesel's runs first, so that the raw one could be mistaken for its remains.
fn a_raw_transaction_after_one_of_diesels<B: Loads>(db: Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    world.writer.transaction(|conn| B::rename(conn, "Ada")).unwrap();
    world.check("p", "Diesel's transaction");
    world.writer.batch_execute("BEGIN").unwrap();
    B::rename(&mut world.writer, "Bob").unwrap();
    assert_eq!(B::cached_people(&mut world.writer).unwrap()[0].name, "Bob");
    world.check("", "a cached load in a raw transaction");
    assert_eq!(B::people_in_transaction(&mut world.writer).unwrap()[0].name, "Bob");
    world.writer.batch_execute("COMMIT").unwrap();
    world.check("p", "a raw transaction");
}

fn hits_in_a_transaction<B: Loads>(db: Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    let statements = diesel_cache_tests::Statements::new();
    world.cache.attach_with(&mut world.writer, statements.clone());
    let asks = |conn: &mut B::Conn| {
        statements.take();
        B::people_in_transaction(conn).unwrap();
        statements.selects() > 0
    };
    world.writer.batch_execute("BEGIN").unwrap();
    assert!(!asks(&mut world.writer), "nothing written");
    world.writer.batch_execute("SAVEPOINT s").unwrap();
    B::rename(&mut world.writer, "Ada").unwrap();
    assert!(asks(&mut world.writer), "written");
    world.writer.batch_execute("ROLLBACK TO SAVEPOINT s").unwrap();
    assert!(!asks(&mut world.writer), "taken back");
    world.writer.batch_execute("SELECT 'not parsed' FROM FROM").unwrap_err();
    world.writer.batch_execute("ROLLBACK").unwrap();
    world.check("?", "the end");
    world.check("", "the end");
}

on_every_database! {
    nested_transactions, a_test_transaction_is_never_seen, a_panic_in_a_transaction,
    a_connection_dropped_in_a_transaction, a_raw_transaction_after_one_of_diesels, hits_in_a_transaction
}

#[test]
fn transactions_of_sqlite() {
    let mut world = World::<Sqlite>::new();
    world
        .writer
        .immediate_transaction(|conn| Sqlite::rename(conn, "Ada"))
        .unwrap();
    world.check("p", "an immediate transaction");
    let undone = world.writer.exclusive_transaction(|conn| {
        Sqlite::rename(conn, "Bob")?;
        Err::<(), _>(RollbackTransaction)
    });
    assert!(undone.is_err());
    world.check("", "an exclusive transaction rolled back");
    // Several `Insertable`s in one go: a transaction with an INSERT for each.
    let all = people(85);
    let values: Vec<_> = all[70..75]
        .iter()
        .map(|p| (person::id.eq(p.id), person::name.eq(&p.name)))
        .collect();
    diesel::insert_into(person::table)
        .values(&values)
        .execute(&mut world.writer)
        .unwrap();
    world.check("p", "an insert of several");
    let with_default: Vec<_> = all[80..]
        .iter()
        .map(|p| (person::id.eq(p.id), Some(person::name.eq(&p.name))))
        .collect();
    diesel::insert_into(person::table)
        .values(&with_default)
        .execute(&mut world.writer)
        .unwrap();
    world.check("p", "an insert of several with defaults");
    let half: Vec<_> = [90, 1].map(|id| (person::id.eq(id), Some(person::name.eq("x")))).into();
    diesel::insert_into(person::table)
        .values(&half)
        .execute(&mut world.writer)
        .unwrap_err();
    world.check("?", "an insert of several that fails half-way");
    world
        .writer
        .transaction(|conn| {
            diesel::insert_into(person::table)
                .values(&half)
                .execute(conn)
                .unwrap_err();
            Sqlite::raw(conn, "UPDATE address SET street = 'x' WHERE id = 1")
        })
        .unwrap();
    world.check("?", "one that fails half-way in a transaction");
    Sqlite::rename(&mut world.writer, "Eve").unwrap();
    world.check("p", "a write after it");
}

#[test]
fn transactions_of_postgres() {
    let mut world = World::<Postgres>::new();
    world
        .writer
        .build_transaction()
        .serializable()
        .run(|conn| Postgres::rename(conn, "Ada"))
        .unwrap();
    world.check("p", "a serializable transaction");
    let undone = world
        .writer
        .build_transaction()
        .repeatable_read()
        .deferrable()
        .run(|conn| {
            Postgres::rename(conn, "Bob")?;
            Err::<(), _>(RollbackTransaction)
        });
    assert!(undone.is_err());
    world.check("", "a rollback");
    assert!(
        world
            .writer
            .build_transaction()
            .read_only()
            .run(|conn| Postgres::rename(conn, "Bob"))
            .is_err()
    );
    world.check("", "a read-only transaction");
    let swallowed = world.writer.transaction(|conn| {
        Postgres::rename(conn, "Bob")?;
        Postgres::raw(conn, "SELECT 1 / 0").unwrap_err();
        QueryResult::Ok(())
    });
    world.check("?", "a COMMIT that is a ROLLBACK");
    drop(swallowed);
    world.writer.batch_execute(
        "CREATE TABLE child (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED)",
    ).unwrap();
    let failed = world.writer.transaction(|conn| {
        Postgres::rename(conn, "Bob")?;
        Postgres::raw(conn, "INSERT INTO child VALUES (1, 999)")
    });
    assert!(failed.is_err());
    world.check("p", "a COMMIT that fails");
    // The connection is in no transaction, and both sides know it.
    world
        .writer
        .batch_execute("UPDATE address SET street = 'x' WHERE id = 1")
        .unwrap();
    world.check("a", "a write after it");
    Postgres::cached_people(&mut world.writer).unwrap();
    world.check("", "a load after it");
}

const ADD: &str = "INSERT INTO person VALUES (60, 'x'), (61, 'y'), (62, 'z') RETURNING id, name";
const ADD_MORE: &str = "INSERT INTO person VALUES (70, 'x'), (71, 'y'), (72, 'z') RETURNING id, name";
const ADD_ONE: &str = "INSERT INTO person VALUES (80, 'x') RETURNING id, name";

macro_rules! returning {
    ($name:ident, $backend:ident, $($mode:ident),*) => {
        #[test]
        fn $name() {
            let mut world = World::<$backend>::new();
            assert_eq!(sql_query(ADD).load::<Person>(&mut world.writer).unwrap().len(), 3);
            world.check("p", "INSERT … RETURNING");
            assert!(sql_query(ADD).load::<Person>(&mut world.writer).is_err());
            world.check("p", "INSERT … RETURNING that fails");
            world.writer.transaction(|conn| sql_query(ADD_ONE).get_result::<Person>(conn)).unwrap();
            world.check("p", "the same in a transaction");
            $(
                {
                    let mut rows = sql_query(ADD_MORE).load_iter::<Person, $mode>(&mut world.writer).unwrap();
                    assert_eq!(rows.next().unwrap().unwrap().id, 70);
                }
                world.check("p", "INSERT … RETURNING dropped in mid-iteration");
                world.replay(&[("DELETE FROM person WHERE id >= 70", "p"), ("BEGIN", "")]);
                {
                    let mut rows = sql_query(ADD_MORE).load_iter::<Person, $mode>(&mut world.writer).unwrap();
                    assert_eq!(rows.next().unwrap().unwrap().id, 70);
                }
                world.replay(&[("COMMIT", "p"), ("DELETE FROM person WHERE id >= 70", "p")]);
                let panicked = catch_unwind(AssertUnwindSafe(|| {
                    for _ in sql_query(ADD_MORE).load_iter::<Person, $mode>(&mut world.writer).unwrap() {
                        panic!("on purpose");
                    }
                }));
                assert!(panicked.is_err());
                world.check("p", "a panic in mid-iteration");
                world.replay(&[("DELETE FROM person WHERE id >= 70", "p")]);
            )*
        }
    };
}

returning! { returning_on_sqlite, Sqlite, DefaultLoadingMode }
returning! { returning_on_postgres, Postgres, DefaultLoadingMode, PgRowByRowLoadingMode }

/// The cache is attached in the middle of a transaction: what that has written is not known.
#[test]
fn attached_in_a_transaction() {
    let mut world = World::<Sqlite>::new();
    let mut late = world.db.connect();
    let begin = <SqliteConnection as Connection>::TransactionManager::begin_transaction;
    let commit = <SqliteConnection as Connection>::TransactionManager::commit_transaction;
    begin(&mut late).unwrap();
    Sqlite::rename(&mut late, "Ada").unwrap();
    world.cache.attach(&mut late);
    assert_eq!(Sqlite::people_in_transaction(&mut late).unwrap()[0].name, "Ada");
    commit(&mut late).unwrap();
    world.check("pa", "a transaction seen late");
    // A second attachment goes on from where the first was.
    begin(&mut late).unwrap();
    Sqlite::rename(&mut late, "Bob").unwrap();
    world.cache.attach(&mut late);
    commit(&mut late).unwrap();
    world.check("p", "a connection attached twice");
}

#[test]
fn mysql_implicit_commit_inside_diesels_transaction() {
    let mut world = World::<Mysql>::new();
    let undone = world.writer.transaction(|conn| {
        Mysql::rename(conn, "Ada")?;
        conn.batch_execute("CREATE TABLE other (id INT)")?;
        Mysql::raw(conn, "UPDATE address SET street = 'x' WHERE id = 1")?;
        Err::<(), _>(RollbackTransaction)
    });
    assert!(undone.is_err());
    world.check("pa", "a transaction that MySQL has committed");
    let _: Vec<Person> = person::table.cached("default").load(&mut world.writer).unwrap();
}
