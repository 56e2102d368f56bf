//! Every method that loads, on a replica's connection.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::prelude::*;
use diesel::result::ConnectionError;
use diesel_cache::{RefusalReason, prelude::*};
use diesel_cache_tests::{Backend, ManualClock, Person, connect, everyone, people, person};

use super::super::{LAG, Pair, RENAME, SECOND};
use super::Db;

fn first_of(people: &[Person]) -> &str {
    &people[0].name
}

#[test]
fn every_method_that_loads() {
    let mut pair = Pair::<Db>::new();
    pair.write(RENAME);
    let replica = &mut pair.replica;
    let all = everyone("default").load::<Person>(replica).unwrap();
    assert_eq!(first_of(&all), "person 01");
    let all: Arc<[Person]> = everyone("default").load_shared(replica).unwrap();
    assert_eq!(first_of(&all), "person 01");
    let all: QueryResult<Vec<Person>> = everyone("default")
        .load_iter::<Person, DefaultLoadingMode>(replica)
        .unwrap()
        .collect();
    assert_eq!(first_of(&all.unwrap()), "person 01");
    assert_eq!(everyone("default").get_results::<Person>(replica).unwrap(), people(50));
    assert_eq!(everyone("default").first::<Person>(replica).unwrap().name, "person 01");
    assert_eq!(pair.setup.events.words(), ["miss Absent", "refused"].repeat(5));
    assert!(everyone("default").lookup::<Person>(replica).unwrap().is_none());
    let cached = everyone("default").only_if_cached().load::<Person>(replica);
    assert_eq!(cached, Err(diesel::NotFound));
    let all = everyone("default").load::<Person>(&mut pair.setup.conn).unwrap();
    assert_eq!(first_of(&all), "Ada");
    let cached = everyone("default").only_if_cached().load::<Person>(replica).unwrap();
    assert_eq!(first_of(&cached), "Ada");
}

/// It invalidates the entry, and whoever has done that may have had a reason.
#[test]
fn a_refresh_is_not_stored() {
    let mut pair = Pair::<Db>::new();
    everyone("default").load::<Person>(&mut pair.setup.conn).unwrap();
    pair.setup.events.take();
    everyone("default").refresh().load::<Person>(&mut pair.replica).unwrap();
    everyone("default").load::<Person>(&mut pair.replica).unwrap();
    assert_eq!(
        pair.setup.events.words(),
        ["miss Refresh", "refused", "miss Invalidated", "refused"]
    );
}

#[test]
fn in_a_transaction_nothing_is_stored_anyway() {
    let mut pair = Pair::<Db>::new();
    pair.write(RENAME);
    everyone("default").load::<Person>(&mut pair.setup.conn).unwrap();
    pair.setup.events.take();
    let seen = pair.replica.transaction(|replica| {
        let asked = everyone("default").load::<Person>(replica)?;
        let hit = everyone("default").in_transaction().load::<Person>(replica)?;
        QueryResult::Ok((asked, hit))
    });
    let (asked, hit) = seen.unwrap();
    assert_eq!((first_of(&asked), first_of(&hit)), ("person 01", "Ada"));
    assert_eq!(pair.setup.events.words(), ["bypass Transaction", "hit Memory"]);
}

#[test]
fn sessions_keep_no_old_rows() {
    let mut pair = Pair::<Db>::new();
    pair.write(RENAME);
    let cache = pair.setup.cache.clone();
    cache.session(&mut pair.replica, |replica| {
        for _ in 0..2 {
            everyone("local").load::<Person>(replica).unwrap();
        }
    });
    assert_eq!(pair.setup.events.words(), ["miss Absent", "refused"].repeat(2));
}

/// The expired rows serve as long as they may: they are no older than those of the replica.
#[test]
fn stale_rows_serve_while_the_replica_may_be_behind() {
    let clock = ManualClock::new();
    let minute = Duration::from_secs(60);
    let region = Region::memory("stale")
        .time_to_live(minute)
        .stale_while_revalidate(minute);
    let mut pair = Pair::<Db>::with(|builder| builder.clock(clock.clone()).region(region));
    pair.write(RENAME);
    everyone("stale").load::<Person>(&mut pair.setup.conn).unwrap();
    clock.advance(minute + SECOND);
    pair.setup.events.take();
    pair.asked.take();
    for _ in 0..3 {
        let all = everyone("stale").load::<Person>(&mut pair.replica).unwrap();
        assert_eq!(first_of(&all), "Ada");
    }
    assert_eq!(pair.setup.events.words(), ["stale hit Memory"; 3]);
    assert_eq!(pair.asked.selects(), 0);
    pair.apply(RENAME);
    pair.time.pass(LAG);
    let all = everyone("stale").load::<Person>(&mut pair.replica).unwrap();
    assert_eq!(first_of(&all), "Ada");
    assert_eq!(pair.setup.events.words(), ["miss Expired", "stored"]);
}

#[test]
fn stale_rows_serve_when_the_replica_fails() {
    let clock = ManualClock::new();
    let minute = Duration::from_secs(60);
    let region = Region::memory("stale").time_to_live(minute).stale_if_error(minute);
    let mut pair = Pair::<Db>::with(|builder| builder.clock(clock.clone()).region(region));
    pair.write(RENAME);
    everyone("stale").load::<Person>(&mut pair.setup.conn).unwrap();
    clock.advance(minute + SECOND);
    pair.replica_db.connect().batch_execute("DROP TABLE address").unwrap();
    pair.replica_db.connect().batch_execute("DROP TABLE person").unwrap();
    let all = everyone("stale").load::<Person>(&mut pair.replica).unwrap();
    assert_eq!(first_of(&all), "Ada");
}

type Conn = <Db as Backend>::Conn;

fn pool(pair: &Pair<Db>) -> LazyPool<impl Fn() -> Result<Conn, ConnectionError> + use<>> {
    let (cache, url) = (pair.setup.cache.clone(), pair.replica_db.url().to_owned());
    pair.setup.cache.lazy_pool(move || {
        let mut conn = connect::<Db>(&url);
        cache.attach_replica(&mut conn, LAG);
        Ok(conn)
    })
}

#[test]
fn a_pool_of_connections_to_a_replica() {
    let mut pair = Pair::<Db>::new();
    let pool = pool(&pair);
    pair.write(RENAME);
    // The first load learns the context; from the second on, the stamp is taken before the connection.
    for _ in 0..3 {
        let all = everyone("default").load_from::<Person>(&pool).unwrap();
        assert_eq!(first_of(&all), "person 01");
        let one: Person = person::table.find(1).cached("default").first_from(&pool).unwrap();
        assert_eq!(one.name, "person 01");
    }
    assert!(pool.knows_context());
    assert_eq!(pair.setup.events.words(), ["miss Absent", "refused"].repeat(6));
    let stats = pair.setup.cache.region("default").unwrap().stats();
    assert_eq!(stats.refusals_by(RefusalReason::OtherContext), 0);
    // They share the entries of the primary.
    everyone("default").load::<Person>(&mut pair.setup.conn).unwrap();
    let all = everyone("default").load_from::<Person>(&pool).unwrap();
    assert_eq!(first_of(&all), "Ada");
    assert_eq!(pair.setup.events.words(), ["miss Absent", "stored", "hit Memory"]);
}

#[test]
fn a_pool_stores_what_was_not_written() {
    let mut pair = Pair::<Db>::new();
    let pool = pool(&pair);
    everyone("default").load_from::<Person>(&pool).unwrap();
    let _: Person = person::table.find(1).cached("default").first_from(&pool).unwrap();
    assert_eq!(pair.setup.events.words(), ["miss Absent", "stored"].repeat(2));
    let _: Person = person::table
        .find(1)
        .cached("default")
        .first(&mut pair.setup.conn)
        .unwrap();
    assert_eq!(pair.setup.events.words(), ["hit Memory"]);
}
