//! Rows that are read in a transaction may be old, or may never be committed, so a value that is computed from them is
//! not stored.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::{RefusalReason, Values};
use diesel_cache_tests::{Backend, Database, Setup, person};

use super::Db;

type Conn = <Db as Backend>::Conn;
type Outcome<T = i64> = QueryResult<T>;

fn count(conn: &mut Conn) -> Outcome {
    person::table.count().get_result(conn)
}

fn insert(conn: &mut Conn, id: i32) -> Outcome<usize> {
    diesel::insert_into(person::table)
        .values((person::id.eq(id), person::name.eq("new")))
        .execute(conn)
}

fn setup(db: &Database<Db>) -> (Setup<Db>, Values) {
    let setup = Setup::new(db);
    let values = setup.cache.region("default").unwrap().depends_on(["person"]);
    (setup, values)
}

fn refusals(setup: &Setup<Db>) -> u64 {
    setup
        .cache
        .region("default")
        .unwrap()
        .stats()
        .refusals_by(RefusalReason::Transaction)
}

#[test]
fn a_transaction_that_was_open_before() {
    let db = Database::<Db>::new();
    let (mut setup, values) = setup(&db);
    let conn = &mut setup.conn;
    conn.transaction(|conn| {
        // Its snapshot may be older than the stamp.
        assert_eq!(values.get_or_create("one", || count(conn))?, 50);
        let both = values.get_or_create_multi(["a", "b"], |_| Ok::<_, diesel::result::Error>(vec![count(conn)?; 2]))?;
        assert_eq!(both, [50, 50]);
        let place = values.prepare("set");
        place.set(&count(conn)?);
        QueryResult::Ok(())
    })
    .unwrap();
    assert_eq!(values.get_multi::<i64>(["one", "a", "b", "set"]), [None; 4]);
    assert_eq!(refusals(&setup), 4);
    assert_eq!(values.get_or_create("one", || count(&mut setup.conn)).unwrap(), 50);
    assert_eq!(values.get("one"), Some(50_i64), "it is over");
}

#[test]
fn what_is_never_committed() {
    let db = Database::<Db>::new();
    let (mut setup, values) = setup(&db);
    let conn = &mut setup.conn;
    let rolled_back = conn.transaction(|conn| {
        insert(conn, 100)?;
        assert_eq!(values.get_or_create("before", || count(conn))?, 51);
        Err::<(), _>(diesel::result::Error::RollbackTransaction)
    });
    assert!(rolled_back.is_err());
    let seen = values.get_or_create("within", || {
        let mut seen = 0;
        let rolled_back = conn.transaction(|conn| {
            insert(conn, 100)?;
            seen = count(conn)?;
            Err::<(), _>(diesel::result::Error::RollbackTransaction)
        });
        assert!(rolled_back.is_err());
        QueryResult::Ok(seen)
    });
    assert_eq!(seen.unwrap(), 51);
    let returning = values.get_or_create("place", || {
        let place = values.prepare("set");
        let _ = conn.transaction(|conn| {
            insert(conn, 100)?;
            place.set(&count(conn)?);
            Err::<(), _>(diesel::result::Error::RollbackTransaction)
        });
        QueryResult::Ok(0_i64)
    });
    assert_eq!(returning.unwrap(), 0);
    assert_eq!(values.get_multi::<i64>(["before", "within", "set", "place"]), [None; 4]);
    assert_eq!(count(&mut setup.conn).unwrap(), 50);
}

#[test]
fn a_transaction_of_its_own_that_reads() {
    let db = Database::<Db>::new();
    let (mut setup, values) = setup(&db);
    let conn = &mut setup.conn;
    let one = values.get_or_create("one", || {
        conn.transaction(|conn| Ok::<_, diesel::result::Error>(count(conn)? + count(conn)?))
    });
    assert_eq!(one.unwrap(), 100);
    let all = values.get_or_create_multi(["a", "b"], |_| {
        conn.transaction(|conn| Ok::<_, diesel::result::Error>(vec![count(conn)?; 2]))
    });
    assert_eq!(all.unwrap(), [50, 50]);
    let place = values.prepare("set");
    place.set(&conn.transaction(count).unwrap());
    assert_eq!(
        values.get_multi(["one", "a", "b", "set"]),
        [100, 50, 50, 50].map(Some::<i64>)
    );
    assert_eq!(refusals(&setup), 0);
}

#[test]
fn raw_transactions_count() {
    let db = Database::<Db>::new();
    let (mut setup, values) = setup(&db);
    let conn = &mut setup.conn;
    conn.batch_execute("BEGIN").unwrap();
    assert_eq!(values.get_or_create("before", || count(conn)).unwrap(), 50);
    conn.batch_execute("COMMIT").unwrap();
    let own = values.get_or_create("own", || {
        conn.batch_execute("BEGIN")?;
        let number = count(conn)?;
        conn.batch_execute("COMMIT")?;
        QueryResult::Ok(number)
    });
    assert_eq!(own.unwrap(), 50);
    assert_eq!(values.get_multi(["before", "own"]), [None, Some(50_i64)]);
}

#[test]
fn a_connection_that_was_attached_in_a_transaction() {
    let db = Database::<Db>::new();
    let (setup, values) = setup(&db);
    let mut conn = db.connect();
    conn.begin_test_transaction().unwrap();
    setup.cache.attach(&mut conn);
    assert_eq!(values.get_or_create("key", || count(&mut conn)).unwrap(), 50);
    assert_eq!(values.get::<i64>("key"), None);
}

#[test]
fn nested_creators_are_judged_each() {
    let db = Database::<Db>::new();
    let (mut setup, values) = setup(&db);
    let conn = &mut setup.conn;
    // Younger than the outer creator, older than the inner one.
    let between = values.get_or_create("outer", || {
        conn.transaction(|conn| values.get_or_create("inner", || values.get_or_create("innermost", || count(conn))))
    });
    assert_eq!(between.unwrap(), 50);
    assert_eq!(
        values.get_multi(["outer", "inner", "innermost"]),
        [Some(50_i64), None, None]
    );
    values.delete("outer");
    // Older than both.
    let before =
        conn.transaction(|conn| values.get_or_create("outer", || values.get_or_create("inner", || count(conn))));
    assert_eq!(before.unwrap(), 50);
    assert_eq!(values.get_multi::<i64>(["outer", "inner"]), [None; 2]);
    // Only the inner one reads in it, and the outer one is made of what that returns.
    let mut other = db.connect();
    setup.cache.attach(&mut other);
    let apart = conn.transaction(|conn| {
        values.get_or_create("outer", || {
            let old = values.get_or_create("inner", || count(conn))?;
            values.get_or_create("fine", || count(&mut other))?;
            QueryResult::Ok(old)
        })
    });
    assert_eq!(apart.unwrap(), 50);
    assert_eq!(values.get_multi(["outer", "inner", "fine"]), [None, None, Some(50_i64)]);
}

#[test]
fn other_connections_and_other_threads_are_left_alone() {
    let db = Database::<Db>::new();
    let (mut setup, values) = setup(&db);
    let mut other = db.connect();
    setup.cache.attach(&mut other);
    let conn = &mut setup.conn;
    conn.transaction(|conn| {
        count(conn)?;
        assert_eq!(values.get_or_create("other", || count(&mut other))?, 50);
        QueryResult::Ok(())
    })
    .unwrap();
    let elsewhere = values.get_or_create("thread", || {
        std::thread::scope(|scope| scope.spawn(|| conn.transaction(count)).join().unwrap())
    });
    assert_eq!(elsewhere.unwrap(), 50);
    assert_eq!(values.get_multi(["other", "thread"]), [Some(50_i64); 2]);
}
