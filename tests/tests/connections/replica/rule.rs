//! Rows of a replica are stored if nothing that they depend on was written within the lag.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::{Error, prelude::*};
use diesel_cache_tests::{alone, person};

use super::super::{INSERT, LAG, Pair, RENAME, SECOND};
use super::Db;

macro_rules! name {
    ($conn:expr) => {
        person::table
            .find(1)
            .select(person::name)
            .cached("default")
            .first::<String>($conn)
            .unwrap()
    };
}

#[test]
fn an_old_row_is_returned_and_not_stored() {
    let mut pair = Pair::<Db>::new();
    pair.write(RENAME);
    assert_eq!(name!(&mut pair.replica), "person 01");
    assert_eq!(pair.setup.events.words(), ["miss Absent", "refused"]);
    assert_eq!(pair.refusals(), 1);
    assert_eq!(name!(&mut pair.setup.conn), "Ada");
    assert_eq!(name!(&mut pair.replica), "Ada", "a hit may be newer than the replica");
    assert_eq!(pair.setup.events.words(), ["miss Absent", "stored", "hit Memory"]);
}

#[test]
fn nothing_is_stored_before_the_replica_was_attached_for_its_lag() {
    let mut pair = Pair::<Db>::fresh(|builder| builder);
    name!(&mut pair.replica);
    pair.time.pass(LAG - SECOND);
    name!(&mut pair.replica);
    assert_eq!(pair.setup.events.words(), ["miss Absent", "refused"].repeat(2));
    pair.time.pass(SECOND);
    name!(&mut pair.replica);
    assert_eq!(pair.setup.events.words(), ["miss Absent", "stored"]);
    assert_eq!(name!(&mut pair.setup.conn), "person 01");
    assert_eq!(pair.setup.events.words(), ["hit Memory"]);
}

/// One lag after the write, or two, when a snapshot of after the write is old enough.
#[test]
fn rows_are_stored_again_when_the_write_is_older_than_the_lag() {
    let mut pair = Pair::<Db>::new();
    name!(&mut pair.replica);
    pair.write(RENAME);
    let mut refused = 0;
    loop {
        pair.setup.events.take();
        name!(&mut pair.replica);
        match pair.setup.events.words()[1].as_str() {
            "refused" => refused += 1,
            _ => break,
        }
        pair.time.pass(SECOND);
        // It is there at the end of the lag.
        if refused == 10 {
            pair.apply(RENAME);
        }
        assert!(refused <= 20, "two lags");
    }
    assert!(refused >= 10, "one lag");
    assert_eq!(name!(&mut pair.setup.conn), "Ada");
    assert_eq!(pair.setup.events.words(), ["hit Memory"]);
}

#[test]
fn a_replica_that_never_lags_is_stored_from_the_start() {
    let mut pair = Pair::<Db>::fresh(|builder| builder);
    let cache = pair.setup.cache.clone();
    cache.attach_replica(&mut pair.replica, std::time::Duration::ZERO);
    name!(&mut pair.replica);
    assert_eq!(pair.setup.events.words(), ["miss Absent", "stored"]);
    cache.attach_replica(&mut pair.replica, std::time::Duration::MAX);
    cache.invalidate_all();
    pair.time.pass(1000 * LAG);
    pair.setup.events.take();
    name!(&mut pair.replica);
    assert_eq!(pair.setup.events.words(), ["miss Invalidated", "refused"]);
    cache.attach(&mut pair.replica);
    name!(&mut pair.replica);
    assert_eq!(
        pair.setup.events.words(),
        ["miss Invalidated", "stored"],
        "a primary again"
    );
}

/// The write has a fence when the load begins, when it ends, or both.
#[test]
fn a_write_in_flight_counts() {
    let mut pair = Pair::<Db>::new();
    let replica = &mut pair.replica;
    pair.setup
        .conn
        .transaction(|conn| {
            conn.batch_execute(RENAME)?;
            // Not visible yet: what the replica shows is what the primary shows.
            assert_eq!(name!(replica), "person 01");
            QueryResult::Ok(())
        })
        .unwrap();
    assert_eq!(pair.setup.events.words(), ["miss Absent", "stored"]);
    assert_eq!(name!(&mut pair.setup.conn), "Ada");
    assert_eq!(pair.setup.events.words(), ["miss Invalidated", "stored"]);
}

#[test]
fn invalidations_by_hand_count() {
    let mut pair = Pair::<Db>::new();
    let cache = pair.setup.cache.clone();
    let default = cache.region("default").unwrap();
    let by_hand: [(&dyn Fn(), &[&str]); 4] = [
        (
            &|| cache.invalidate_tables(["person"]),
            &["miss Invalidated", "refused"],
        ),
        (&|| default.invalidate(), &["miss Invalidated", "refused"]),
        // The entry serves until another caller can replace it.
        (&|| default.invalidate_soft(), &["stale hit Disk"]),
        (&|| cache.invalidate_all(), &["miss Invalidated", "refused"]),
    ];
    for (invalidate, words) in by_hand {
        name!(&mut pair.setup.conn);
        invalidate();
        pair.setup.events.take();
        name!(&mut pair.replica);
        assert_eq!(pair.setup.events.words(), words);
        // Everything is older than the lag again.
        for _ in 0..3 {
            pair.time.pass(LAG);
            let query = person::table.limit(pair.time.number()).cached("hot");
            let _: Vec<(i32, String)> = query.load(&mut pair.replica).unwrap();
        }
    }
    let query = || person::table.find(1).cached("default");
    query().invalidate(&mut pair.setup.conn).unwrap();
    pair.setup.events.take();
    query().load::<(i32, String)>(&mut pair.replica).unwrap();
    assert_eq!(pair.setup.events.words(), ["miss Absent", "refused"]);
}

#[test]
fn other_rows_and_other_tables_are_left_alone() {
    let mut pair = Pair::<Db>::fresh(|builder| builder);
    let one = |id: i32, conn: &mut _| {
        let found = person::table.find(id).cached("default").first::<(i32, String)>(conn);
        found.optional().unwrap()
    };
    pair.setup.cache.introspect(&mut pair.setup.conn).unwrap();
    // The shape is in use from here on.
    one(1, &mut pair.setup.conn);
    pair.time.pass(LAG);
    one(7, &mut pair.replica);
    pair.time.pass(LAG);
    pair.setup.events.take();
    // A write of one row, and a new row whose key the text does not show.
    pair.write(RENAME);
    pair.write(INSERT);
    one(2, &mut pair.replica);
    assert_eq!(pair.setup.events.words(), ["miss Absent", "stored"], "another row");
    one(1, &mut pair.replica);
    assert_eq!(pair.setup.events.words(), ["miss Invalidated", "refused"], "this row");
    assert_eq!(one(60, &mut pair.replica), None);
    assert_eq!(
        pair.setup.events.words(),
        ["miss Absent", "refused"],
        "a row that is not there"
    );
    assert!(one(60, &mut pair.setup.conn).is_some());
    assert_eq!(one(1, &mut pair.setup.conn).unwrap().1, "Ada");
}

/// The rows of a shape that was not in use a lag ago: a writer may not have known it.
#[test]
fn rows_count_from_the_first_use_of_their_shape() {
    let mut pair = Pair::<Db>::new();
    pair.setup.cache.introspect(&mut pair.setup.conn).unwrap();
    pair.setup.events.take();
    let _: (i32, String) = person::table
        .find(2)
        .cached("default")
        .first(&mut pair.replica)
        .unwrap();
    assert_eq!(pair.setup.events.words(), ["miss Absent", "refused"]);
    pair.time.pass(LAG);
    let _: (i32, String) = person::table
        .find(2)
        .cached("default")
        .first(&mut pair.replica)
        .unwrap();
    assert_eq!(pair.setup.events.words(), ["miss Absent", "stored"]);
}

#[test]
fn a_replica_is_not_introspected() {
    let mut pair = Pair::<Db>::new();
    let refused = pair.setup.cache.introspect(&mut pair.replica).unwrap_err();
    let diesel::result::Error::QueryBuilderError(error) = refused else {
        panic!("{refused:?}")
    };
    assert!(matches!(error.downcast_ref(), Some(Error::IntrospectsReplica)));
    assert!(error.to_string().contains("on a connection to the primary"));
}

/// What a write on the connection does, it does for all: the connection may lead to a primary after all.
#[test]
fn a_write_on_the_connection_is_observed() {
    let mut pair = Pair::<Db>::new();
    name!(&mut pair.setup.conn);
    pair.replica.batch_execute(RENAME).unwrap();
    pair.setup.events.take();
    name!(&mut pair.setup.conn);
    assert_eq!(pair.setup.events.words(), ["miss Invalidated", "stored"]);
}

/// Without the rule, the old row is stored under the new stamp, and stays.
#[test]
fn the_rule_is_needed() {
    alone!();
    diesel_cache::fault::mutate(diesel_cache::fault::Mutation::ReplicaLag);
    let mut pair = Pair::<Db>::new();
    pair.write(RENAME);
    name!(&mut pair.replica);
    pair.apply(RENAME);
    for _ in 0..3 {
        pair.time.pass(100 * LAG);
        assert_eq!(name!(&mut pair.setup.conn), "person 01", "on the primary, for good");
    }
}
