//! The options of a cached query, and the kind of its region, apply to each key of a batch.

use std::collections::HashMap;
use std::time::Duration;

use diesel::prelude::*;
use diesel::result::Error::RollbackTransaction;
use diesel_cache::prelude::*;
use diesel_cache::{BypassReason, MissReason, RegionRef};
use diesel_cache_tests::{Backend, Database, Person, Setup, person};

use super::B;

type Conn = <B as Backend>::Conn;

fn load(region: impl Into<RegionRef>, conn: &mut Conn) -> HashMap<i32, Person> {
    person::table
        .cached(region)
        .find_many([1, 2, 99])
        .load_by_key(conn)
        .unwrap()
}

#[test]
fn in_a_transaction_one_query_asks_for_all_and_nothing_is_stored() {
    let db = Database::<B>::new();
    let Setup {
        mut conn,
        statements,
        cache,
        ..
    } = Setup::new(&db);
    load("default", &mut conn);
    statements.take();
    let result = conn.transaction(|conn| {
        diesel::update(person::table.find(1))
            .set(person::name.eq("mine"))
            .execute(conn)?;
        statements.take();
        assert_eq!(load("default", conn)[&1].name, "mine");
        assert_eq!(statements.selects(), 1);
        let found = person::table
            .cached("default")
            .in_transaction()
            .find_many([1, 2, 3])
            .load_by_key::<Person>(conn)?;
        assert_eq!((found.len(), &*found[&1].name, statements.selects()), (3, "mine", 1));
        Err::<(), _>(RollbackTransaction)
    });
    assert_eq!(result, Err(RollbackTransaction));
    let stats = cache.region("default").unwrap().stats();
    assert_eq!((stats.stores(), stats.bypasses_by(BypassReason::Transaction)), (3, 6));
    assert_eq!(load("default", &mut conn)[&1].name, "person 01");
}

#[test]
fn in_a_transaction_hits_may_be_allowed_and_what_is_missing_is_not_stored() {
    let db = Database::<B>::new();
    let Setup {
        mut conn,
        statements,
        cache,
        ..
    } = Setup::new(&db);
    load("default", &mut conn);
    statements.take();
    conn.transaction(|conn| {
        let find = || person::table.cached("default").in_transaction().find_many([1, 2, 3]);
        assert_eq!(find().load_by_key::<Person>(conn)?.len(), 3);
        let sent = statements.take();
        assert_eq!(sent.iter().filter(|sql| sql.starts_with("SELECT")).count(), 1);
        find().load_by_key::<Person>(conn)?;
        assert_eq!(statements.selects(), 1);
        // Nor by a load that refreshes.
        let refresh = person::table
            .cached("default")
            .in_transaction()
            .refresh()
            .find_many([1, 3]);
        refresh.load_by_key::<Person>(conn).map(drop)
    })
    .unwrap();
    let stats = cache.region("default").unwrap().stats();
    assert_eq!((stats.stores(), stats.hits()), (3, 4));
}

#[test]
fn a_null_region_and_a_scope_without_caching_ask_once_for_all() {
    let db = Database::<B>::new();
    let Setup {
        mut conn,
        statements,
        cache,
        ..
    } = Setup::new(&db);
    for _ in 0..2 {
        assert_eq!(load("off", &mut conn).len(), 2);
        assert_eq!(statements.selects(), 1);
        assert_eq!(cache.disabled(|| load("default", &mut conn)).len(), 2);
        assert_eq!(statements.selects(), 1);
    }
    assert_eq!(cache.region("default").unwrap().stats().stores(), 0);
}

#[test]
fn a_session_region_keeps_the_rows_for_its_session() {
    let db = Database::<B>::new();
    let Setup {
        mut conn,
        statements,
        cache,
        ..
    } = Setup::new(&db);
    cache.session(&mut conn, |conn| {
        assert_eq!((load("local", conn).len(), statements.selects()), (2, 1));
        assert_eq!((load("local", conn).len(), statements.selects()), (2, 0));
    });
    assert_eq!((load("local", &mut conn).len(), statements.selects()), (2, 1));
}

#[test]
fn only_if_cached_never_asks() {
    let db = Database::<B>::new();
    let Setup {
        mut conn, statements, ..
    } = Setup::new(&db);
    let find = |ids: &[i32]| person::table.cached("default").only_if_cached().find_many(ids.to_vec());
    load("default", &mut conn);
    statements.take();
    assert_eq!(find(&[1, 99]).load_by_key::<Person>(&mut conn).unwrap().len(), 1);
    assert_eq!(find(&[1, 3]).load_by_key::<Person>(&mut conn), Err(diesel::NotFound));
    assert_eq!(statements.take().len(), 0);
}

#[test]
fn refresh_asks_for_all_and_replaces_what_others_hold() {
    let db = Database::<B>::new();
    let Setup {
        mut conn,
        statements,
        cache,
        ..
    } = Setup::new(&db);
    let mut other = Setup::new(&db);
    load("default", &mut conn);
    load("default", &mut other.conn);
    assert_eq!(other.statements.selects(), 0);
    statements.take();
    let refresh = || person::table.cached("default").refresh().find_many([1, 2]);
    assert_eq!(
        (
            refresh().load_by_key::<Person>(&mut conn).unwrap().len(),
            statements.selects()
        ),
        (2, 1)
    );
    let shared = person::table
        .cached("default")
        .find(1)
        .load_shared::<Person>(&mut conn)
        .unwrap();
    let again = refresh().load_shared::<Person>(&mut conn).unwrap();
    assert!(!std::sync::Arc::ptr_eq(&shared, &again[0]));
    assert_eq!(
        cache.region("default").unwrap().stats().misses_by(MissReason::Refresh),
        4
    );
}

#[test]
fn a_time_to_live_holds_for_each_key() {
    let db = Database::<B>::new();
    let clock = diesel_cache_tests::ManualClock::new();
    let Setup {
        mut conn, statements, ..
    } = Setup::with(&db, |builder| builder.clock(clock.clone()));
    let find = |ids: &[i32]| {
        let people = person::table.cached("default").time_to_live(Duration::from_secs(60));
        people.find_many(ids.to_vec())
    };
    find(&[1]).load_by_key::<Person>(&mut conn).unwrap();
    clock.advance(Duration::from_secs(40));
    find(&[1, 2]).load_by_key::<Person>(&mut conn).unwrap();
    assert_eq!(statements.selects(), 2);
    clock.advance(Duration::from_secs(40));
    find(&[1, 2]).load_by_key::<Person>(&mut conn).unwrap();
    let sent = statements.take();
    assert!(
        sent.len() == 1 && !sent[0].contains("IN (") && !sent[0].contains("ANY("),
        "only 1 has expired: {sent:?}"
    );
}

#[test]
fn invalidate_makes_the_entries_of_the_keys_stale() {
    let db = Database::<B>::new();
    let Setup {
        mut conn, statements, ..
    } = Setup::new(&db);
    load("default", &mut conn);
    let people = || person::table.cached("default");
    assert_eq!(people().find_many([1, 99, 5]).invalidate(&mut conn).unwrap(), 2);
    statements.take();
    assert_eq!(
        people().find_many([2]).load_by_key::<Person>(&mut conn).unwrap().len(),
        1
    );
    assert_eq!(statements.selects(), 0);
    people().find_many([1]).load_by_key::<Person>(&mut conn).unwrap();
    assert_eq!(statements.selects(), 1);
}

#[test]
fn what_covers_the_rows_of_several_keys_is_an_error() {
    let db = Database::<B>::new();
    let Setup {
        mut conn, statements, ..
    } = Setup::new(&db);
    let numbered = diesel::dsl::sql::<diesel::sql_types::BigInt>("ROW_NUMBER() OVER (ORDER BY id)");
    let query = person::table.select((person::id, numbered)).cached("default");
    let error = query
        .find_many([1, 2])
        .load_by_key::<(i32, i64)>(&mut conn)
        .unwrap_err()
        .to_string();
    assert!(error.contains("found OVER") && error.contains("one by one"), "{error}");
    assert!(statements.take().is_empty(), "nothing is sent");
}
