//! A query that fails in the middle of a batch: rows that were loaded before stay stored, and nobody waits for the
//! others.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Setup, person};

use super::B;

#[test]
fn a_query_that_fails_is_returned_and_leaves_no_flight_behind() {
    let db = Database::<B>::new();
    let Setup {
        cache,
        mut conn,
        statements,
        ..
    } = Setup::new(&db);
    let find = |ids: &[i32]| person::table.cached("default").find_many(ids.to_vec());
    find(&[1, 2]).load_by_key::<Person>(&mut conn).unwrap();
    diesel::sql_query("ALTER TABLE person RENAME TO people")
        .execute(&mut conn)
        .unwrap();
    for _ in 0..2 {
        statements.take();
        let error = find(&[3, 4]).load_by_key::<Person>(&mut conn).unwrap_err();
        assert!(matches!(error, diesel::result::Error::DatabaseError(..)), "{error}");
        assert_eq!(statements.selects(), 1, "nobody waits for a flight that has failed");
    }
    diesel::sql_query("ALTER TABLE people RENAME TO person")
        .execute(&mut conn)
        .unwrap();
    let mut other = db.connect();
    cache.attach(&mut other);
    let found = std::thread::spawn(move || find(&[3, 4]).load_by_key::<Person>(&mut other).unwrap());
    assert_eq!(found.join().unwrap().len(), 2);
}

/// The second of two statements fails, because a row of its keys cannot be read. The rows of the first stay stored.
#[test]
fn what_was_loaded_before_an_error_stays_stored() {
    let db = Database::<B>::new();
    let Setup {
        cache,
        mut conn,
        statements,
        ..
    } = Setup::new(&db);
    // Of keys of two columns, a statement asks for 1,000.
    diesel::sql_query("CREATE TABLE pair (a INTEGER, b INTEGER, c INTEGER, PRIMARY KEY (a, b))")
        .execute(&mut conn)
        .unwrap();
    diesel::sql_query("INSERT INTO pair VALUES (1, 1, 1), (1, 2400, NULL)")
        .execute(&mut conn)
        .unwrap();
    diesel::table! { pair (a, b) { a -> Integer, b -> Integer, c -> Integer } }
    let find = || pair::table.cached("hot").find_many((0..2_500).map(|b| (1, b)));
    statements.take();
    // `c` is NULL in one row.
    let error = find().load_by_key::<(i32, i32, i32)>(&mut conn).unwrap_err();
    assert!(
        matches!(error, diesel::result::Error::DeserializationError(_)),
        "{error}"
    );
    let stored = cache.region("hot").unwrap().stats().stores();
    assert_eq!((statements.selects(), stored), (3, 2_000));

    diesel::sql_query("UPDATE pair SET c = 2 WHERE b = 2400")
        .execute(&mut conn)
        .unwrap();
    assert_eq!(find().load_by_key::<(i32, i32, i32)>(&mut conn).unwrap().len(), 2);
}
