//! Writes invalidate what they change, when they commit, in every cache on the directory.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error::RollbackTransaction;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Database, Person, Statements, address, people, person};

macro_rules! attached {
    ($db:ident) => {{
        let cache = Cache::builder()
            .directory($db.directory().join("cache"))
            .region(Region::disk("default"))
            .build()
            .unwrap();
        let mut conn = $db.connect();
        let statements = Statements::new();
        cache.attach_with(&mut conn, statements.clone());
        (cache, conn, statements)
    }};
}

/// Loads the people through the cache. Returns the number of SELECTs that this takes, and the first name.
macro_rules! load {
    ($conn:ident, $statements:ident) => {{
        $statements.take();
        let rows: Vec<Person> = person::table
            .order(person::id)
            .cached("default")
            .load(&mut $conn)
            .unwrap();
        ($statements.selects(), rows[0].name.clone())
    }};
}

macro_rules! rename {
    ($conn:expr, $name:expr) => {
        diesel::update(person::table.find(1))
            .set(person::name.eq($name))
            .execute($conn)
    };
}

macro_rules! on {
    ($($module:ident: $backend:ident),*) => {$(
        mod $module {
            use super::*;
            type Db = Database<diesel_cache_tests::$backend>;

            #[test]
            fn an_autocommit_write_invalidates_its_table_in_every_cache() {
                let db = Db::new();
                let (_one, mut writer, _) = attached!(db);
                let (_two, mut reader, statements) = attached!(db);
                assert_eq!(load!(reader, statements), (1, "person 01".into()));
                assert_eq!(load!(reader, statements), (0, "person 01".into()));
                rename!(&mut writer, "Ada").unwrap();
                assert_eq!(load!(reader, statements), (1, "Ada".into()));
                assert_eq!(load!(reader, statements), (0, "Ada".into()));
                diesel::update(address::table.find(1)).set(address::street.eq("elsewhere")).execute(&mut writer).unwrap();
                assert_eq!(load!(reader, statements), (0, "Ada".into()), "another table is another matter");
            }

            #[test]
            fn flushing_changes_nothing_that_is_cached() {
                let db = Db::new();
                let (cache, mut conn, statements) = attached!(db);
                load!(conn, statements);
                cache.flush().unwrap();
                assert_eq!(load!(conn, statements), (0, "person 01".into()));
                Cache::builder().build().unwrap().flush().unwrap();
            }

            #[test]
            fn a_transaction_invalidates_at_its_commit_and_not_before() {
                let db = Db::new();
                let (_one, mut writer, own) = attached!(db);
                let (_two, mut reader, statements) = attached!(db);
                load!(reader, statements);
                writer.transaction(|writer| {
                    rename!(writer, "Ada")?;
                    assert_eq!(load!(reader, statements), (0, "person 01".into()), "not committed yet");
                    let mut seen = person::table.order(person::id).cached("default").load::<Person>(writer)?;
                    assert_eq!(seen.remove(0).name, "Ada", "the writer sees its own");
                    QueryResult::Ok(())
                }).unwrap();
                assert_eq!(load!(reader, statements), (1, "Ada".into()));
                assert_eq!(load!(writer, own), (0, "Ada".into()));
            }

            #[test]
            fn a_rollback_changes_no_generation() {
                let db = Db::new();
                let (_one, mut writer, own) = attached!(db);
                let (_two, mut reader, statements) = attached!(db);
                load!(reader, statements);
                let result: QueryResult<()> = writer.transaction(|writer| {
                    rename!(writer, "Ada")?;
                    Err(RollbackTransaction)
                });
                assert_eq!(result, Err(RollbackTransaction));
                assert_eq!(load!(reader, statements), (0, "person 01".into()));
                writer.transaction(|writer| {
                    let inner: QueryResult<()> = writer.transaction(|writer| {
                        rename!(writer, "Ada")?;
                        Err(RollbackTransaction)
                    });
                    assert_eq!(inner, Err(RollbackTransaction));
                    diesel::update(address::table.find(1)).set(address::street.eq("elsewhere")).execute(writer)
                }).unwrap();
                assert_eq!(load!(reader, statements), (0, "person 01".into()), "a savepoint that was rolled back");
                assert_eq!(load!(writer, own), (0, "person 01".into()));
            }

            #[test]
            fn raw_transactions_and_batches_are_followed() {
                let db = Db::new();
                let (_one, mut writer, own) = attached!(db);
                let (_two, mut reader, statements) = attached!(db);
                load!(reader, statements);
                writer.batch_execute("BEGIN").unwrap();
                writer.batch_execute("UPDATE person SET name = 'Ada' WHERE id = 1").unwrap();
                assert_eq!(load!(reader, statements), (0, "person 01".into()));
                assert_eq!(load!(writer, own).1, "Ada");
                assert_eq!(load!(reader, statements), (0, "person 01".into()), "what the transaction saw was not stored");
                writer.batch_execute("COMMIT").unwrap();
                assert_eq!(load!(reader, statements), (1, "Ada".into()));
                writer.batch_execute("BEGIN; UPDATE person SET name = 'Bob' WHERE id = 1; COMMIT").unwrap();
                assert_eq!(load!(reader, statements), (1, "Bob".into()));
                writer.batch_execute("BEGIN; UPDATE person SET name = 'Eve' WHERE id = 1; ROLLBACK").unwrap();
                assert_eq!(load!(reader, statements), (0, "Bob".into()));
                diesel::sql_query("DELETE FROM address").execute(&mut writer).unwrap();
                assert_eq!(load!(reader, statements), (0, "Bob".into()));
                let joined = || person::table.inner_join(address::table).cached("default");
                assert!(joined().load::<(Person, Address)>(&mut reader).unwrap().is_empty());
                diesel::insert_into(address::table)
                    .values(Address { id: 1, person_id: 1, street: "new".into(), note: None })
                    .execute(&mut writer).unwrap();
                assert_eq!(joined().load::<(Person, Address)>(&mut reader).unwrap().len(), 1);
                diesel::insert_into(person::table).values(&people(60)[50..]).execute(&mut writer).unwrap();
                let count: i64 = person::table.count().cached("default").first(&mut reader).unwrap();
                assert_eq!(count, 60);
            }

            /// Found by the checker: the BEGIN was taken for the end of the transaction before.
            #[test]
            fn a_raw_transaction_after_one_of_diesels_is_followed() {
                let db = Db::new();
                let (_one, mut writer, own) = attached!(db);
                let (_two, mut reader, statements) = attached!(db);
                writer.transaction(|writer| rename!(writer, "Bob")).unwrap();
                writer.batch_execute("BEGIN").unwrap();
                rename!(&mut writer, "Ada").unwrap();
                assert_eq!(load!(writer, own), (1, "Ada".into()));
                assert_eq!(load!(reader, statements), (1, "Bob".into()), "not committed yet");
                writer.batch_execute("COMMIT").unwrap();
                assert_eq!(load!(reader, statements), (1, "Ada".into()));
            }

            #[test]
            fn hits_in_a_transaction_are_for_tables_it_has_not_written() {
                let db = Db::new();
                let (_one, mut conn, statements) = attached!(db);
                load!(conn, statements);
                conn.transaction(|conn| {
                    let query = || person::table.order(person::id).cached("default").in_transaction();
                    statements.take();
                    query().load::<Person>(conn)?;
                    assert_eq!(statements.selects(), 0);
                    rename!(conn, "Ada")?;
                    assert_eq!(query().load::<Person>(conn)?[0].name, "Ada");
                    assert_eq!(statements.selects(), 1);
                    QueryResult::Ok(())
                }).unwrap();
            }
        }
    )*};
}

on! { sqlite: Sqlite, postgres: Postgres, mysql: Mysql }
