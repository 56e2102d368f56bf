//! `consistent`: all rows of a batch are of one moment. If the entries are not, one query loads all rows.

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, Gate, Setup, person};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::B;

/// Gives both of the people that are loaded here this name.
fn rename(conn: &mut <B as Backend>::Conn, name: &str) {
    diesel::update(person::table.filter(person::id.eq_any([1, 2])))
        .set(person::name.eq(name))
        .execute(conn)
        .unwrap();
}

#[test]
fn entries_that_are_all_valid_are_of_one_moment() {
    let db = Database::<B>::new();
    let Setup {
        mut conn, statements, ..
    } = Setup::new(&db);
    let find = |ids: &[i32]| {
        person::table
            .select(person::name)
            .cached("default")
            .find_many(ids.to_vec())
    };
    find(&[1]).load_by_key::<String>(&mut conn).unwrap();
    find(&[2]).load_by_key::<String>(&mut conn).unwrap();
    statements.take();
    find(&[1, 2]).consistent().load_by_key::<String>(&mut conn).unwrap();
    assert_eq!(statements.selects(), 0);
    let found = find(&[1, 2, 3]).consistent().load_by_key::<String>(&mut conn).unwrap();
    assert_eq!((found.len(), statements.selects()), (3, 1));
    assert_eq!(
        find(&[]).consistent().load_by_key::<String>(&mut conn).unwrap().len(),
        0
    );
}

#[test]
fn a_write_between_two_rows_makes_the_load_ask_for_all() {
    let db = Database::<B>::new();
    let Setup { cache, mut conn, .. } = Setup::new(&db);
    let find = |ids: &[i32]| {
        person::table
            .select(person::name)
            .cached("default")
            .find_many(ids.to_vec())
    };
    rename(&mut conn, "old");
    for is_consistent in [false, true] {
        rename(&mut conn, "old");
        find(&[1]).load_by_key::<String>(&mut conn).unwrap();
        let (gate, reached, open) = Gate::closed();
        let mut theirs = db.connect();
        cache.attach_with(&mut theirs, gate);
        let load = thread::spawn(move || {
            let find = find(&[1, 2]);
            let find = if is_consistent { find.consistent() } else { find };
            find.load_in_order::<String>(&mut theirs).unwrap()
        });
        // It has taken the first row from the cache, and is about to ask for the second.
        reached.recv().unwrap();
        rename(&mut conn, "new");
        drop(open);
        let names = load.join().unwrap();
        let names: Vec<&str> = names.iter().flatten().map(|name| &**name).collect();
        let expected = if is_consistent { ["new", "new"] } else { ["old", "new"] };
        assert_eq!(names, expected);
    }
}

/// A transaction may see the database as it was before entries were stored that it may read.
#[test]
fn entries_and_rows_of_a_transaction_are_of_one_moment() {
    let db = Database::<B>::new();
    let Setup { cache, mut conn, .. } = Setup::new(&db);
    let mut other = db.connect();
    cache.attach(&mut other);
    let names = || person::table.select(person::name).cached("default");
    conn.transaction(|conn| {
        // On SQLite, which does not know the statement, a transaction sees one moment anyway.
        let _ = conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        let seen: String = person::table.find(1).select(person::name).get_result(conn)?;
        rename(&mut other, "new");
        names().find(1).get_result::<String>(&mut other)?;
        let found = names().in_transaction().find_many([1, 2]).consistent();
        let found: Vec<Option<String>> = found.load_in_order(conn)?;
        assert_eq!((seen.as_str(), found[0].as_deref()), ("person 01", Some("person 01")));
        assert_eq!(found[1].as_deref(), Some("person 02"));
        Ok::<_, diesel::result::Error>(())
    })
    .unwrap();
}

/// The other database stands for a replica that is behind.
#[test]
fn entries_and_rows_of_a_replica_are_of_one_moment() {
    let dbs = [Database::<B>::new(), Database::<B>::new()];
    let Setup { cache, mut conn, .. } = Setup::new(&dbs[0]);
    let mut replica = dbs[1].connect();
    cache.attach_replica(&mut replica, Duration::from_secs(3600));
    let names = || person::table.select(person::name).cached("default");
    rename(&mut conn, "new");
    names().find(1).get_result::<String>(&mut conn).unwrap();
    let found: Vec<Option<String>> = names()
        .find_many([1, 2])
        .consistent()
        .load_in_order(&mut replica)
        .unwrap();
    assert_eq!(found, ["person 01", "person 02"].map(|name| Some(name.to_owned())));
}

/// The pool lends a connection whose transaction sees the database as it was before entries were stored.
#[test]
fn entries_and_rows_of_a_pools_transaction_are_of_one_moment() {
    let db = Database::<B>::new();
    let Setup { cache, mut conn, .. } = Setup::new(&db);
    let attached = || {
        let mut conn = db.connect();
        cache.attach(&mut conn);
        conn
    };
    let (mut old, idle) = (attached(), Mutex::new(vec![attached(), attached()]));
    let pool = cache.lazy_pool(|| idle.lock().unwrap().pop().ok_or("no connection"));
    let names = || person::table.select(person::name).cached("default");
    names().find(3).first_from::<String>(&pool).unwrap();
    assert!(pool.knows_context());

    old.batch_execute("BEGIN").unwrap();
    let _ = old.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    let seen: String = person::table.find(1).select(person::name).get_result(&mut old).unwrap();
    rename(&mut conn, "new");
    names().find(1).get_result::<String>(&mut conn).unwrap();
    idle.lock().unwrap().push(old);
    let found = names().find_many([1, 2]).consistent();
    let found: Vec<Option<String>> = found.load_in_order_from(&pool).unwrap();
    // The first connection has shown the second row as it was, so another one was asked for both.
    assert_eq!((seen.as_str(), idle.lock().unwrap().len()), ("person 01", 0));
    assert_eq!(found, ["new", "new"].map(|name| Some(name.to_owned())));
}

/// Leaves it open whether a transaction has begun: the next load asks.
const UNCLEAR: &str = "BEGIN; COMMIT; nonsense";

#[test]
fn a_load_asks_whether_a_transaction_is_open_and_stores_its_rows() {
    let db = Database::<B>::new();
    let Setup {
        mut conn, statements, ..
    } = Setup::new(&db);
    let find = || person::table.select(person::name).cached("default").find_many([1, 2]);
    conn.batch_execute(UNCLEAR).unwrap_err();
    find().load_by_key::<String>(&mut conn).unwrap();
    statements.take();
    find().load_by_key::<String>(&mut conn).unwrap();
    assert_eq!(statements.take(), [""; 0]);
}

#[test]
fn rows_from_before_a_question_are_not_mixed_with_rows_from_after_it() {
    let db = Database::<B>::new();
    let Setup { cache, mut conn, .. } = Setup::new(&db);
    let names = || person::table.select(person::name).cached("default").in_transaction();
    let mut other = db.connect();
    cache.attach(&mut other);
    let asks = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&asks);
    let mut theirs = db.connect();
    // The rows change when the load sends its first statement, after it has found the first row in the cache.
    cache.attach_with(&mut theirs, move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) && asked.swap(false, SeqCst) {
            rename(&mut conn, "new");
        }
    });
    theirs.batch_execute(UNCLEAR).unwrap_err();
    names().find(1).get_result::<String>(&mut other).unwrap();
    asks.store(true, SeqCst);
    let found = names().find_many([1, 2]).consistent();
    let found: Vec<Option<String>> = found.load_in_order(&mut theirs).unwrap();
    assert!(!asks.load(SeqCst), "the load sent nothing");
    assert_eq!(found, ["new", "new"].map(|name| Some(name.to_owned())));
}
