//! Values whose creators read on a replica.

use diesel::prelude::*;
use diesel_cache::{RefusalReason, Values, prelude::*};
use diesel_cache_tests::{Backend, person};

use super::super::{LAG, Pair, RENAME};
use super::Db;

type Conn = <Db as Backend>::Conn;

fn name(conn: &mut Conn) -> QueryResult<String> {
    person::table.find(1).select(person::name).first(conn)
}

fn values(pair: &Pair<Db>) -> Values {
    pair.setup.cache.region("default").unwrap().depends_on(["person"])
}

#[test]
fn a_value_that_may_be_too_old_is_returned_and_not_stored() {
    let mut pair = Pair::<Db>::new();
    let values = values(&pair);
    pair.write(RENAME);
    let replica = &mut pair.replica;
    assert_eq!(values.get_or_create("one", || name(replica)).unwrap(), "person 01");
    let both = values.get_or_create_multi(["a", "b"], |_| QueryResult::Ok(vec![name(replica)?, name(replica)?]));
    assert_eq!(both.unwrap(), ["person 01"; 2]);
    values.prepare("set").set(&"unread".to_owned());
    let prepared = values.prepare("set");
    prepared.set(&name(replica).unwrap());
    assert_eq!(
        values.get_multi::<String>(["one", "a", "b", "set"]),
        [const { None }; 4]
    );
    assert_eq!(pair.refusals(), 4);
    // On the primary all is as ever, also after a creator that was refused.
    let primary = &mut pair.setup.conn;
    assert_eq!(values.get_or_create("one", || name(primary)).unwrap(), "Ada");
    assert_eq!(values.get_or_create("one", || name(&mut pair.replica)).unwrap(), "Ada");
}

#[test]
fn a_value_of_which_nothing_was_written_is_stored() {
    let mut pair = Pair::<Db>::new();
    let values = values(&pair);
    let replica = &mut pair.replica;
    assert_eq!(values.get_or_create("one", || name(replica)).unwrap(), "person 01");
    let both = values.get_or_create_multi(["a", "b"], |_| QueryResult::Ok(vec![name(replica)?, name(replica)?]));
    assert_eq!(both.unwrap(), ["person 01"; 2]);
    let prepared = values.prepare("set");
    prepared.set(&name(replica).unwrap());
    let stored = values.get_multi::<String>(["one", "a", "b", "set"]);
    assert_eq!(
        stored,
        [const { Some("person 01") }; 4].map(|name| name.map(str::to_owned))
    );
    assert_eq!(pair.refusals(), 0);
}

/// Also what it reads through the cache, or through a value that it creates.
#[test]
fn whatever_a_creator_asks_the_replica_counts() {
    let mut pair = Pair::<Db>::new();
    let values = values(&pair);
    pair.write(RENAME);
    let replica = &mut pair.replica;
    let cached = || person::table.find(1).select(person::name).cached("default");
    let outer = values.get_or_create("outer", || {
        values.get_or_create("inner", || cached().first::<String>(replica))
    });
    assert_eq!(outer.unwrap(), "person 01");
    assert_eq!(values.get_multi::<String>(["outer", "inner"]), [const { None }; 2]);
    // A hit is no older than the value's stamp.
    cached().first::<String>(&mut pair.setup.conn).unwrap();
    let hit = values.get_or_create("hit", || cached().first::<String>(&mut pair.replica));
    assert_eq!(hit.unwrap(), "Ada");
    assert_eq!(values.get::<String>("hit").unwrap(), "Ada");
}

/// It is stored when a lag has passed, although it was asked for all the time.
#[test]
fn refusals_do_not_put_it_off() {
    let mut pair = Pair::<Db>::new();
    let values = values(&pair);
    pair.write(RENAME);
    let mut refused = 0;
    while values.get::<String>("one").is_none() {
        values.get_or_create("one", || name(&mut pair.replica)).unwrap();
        pair.time.pass(LAG / 10);
        refused += 1;
        assert!(refused <= 22, "two lags");
    }
    assert!(refused > 10);
}

/// The transaction is worse.
#[test]
fn a_transaction_on_the_replica() {
    let mut pair = Pair::<Db>::new();
    let values = values(&pair);
    pair.replica
        .transaction(|replica| {
            name(replica)?;
            values.get_or_create("one", || name(replica))
        })
        .unwrap();
    assert_eq!(values.get::<String>("one"), None);
    let stats = pair.setup.cache.region("default").unwrap().stats();
    assert_eq!(stats.refusals_by(RefusalReason::Transaction), 1);
}
