//! When a write has returned, no machine shows the old rows. Once the lift of its fence has arrived, all machines store
//! again.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, RedisServer, people, person};

use super::Db;
use crate::machines::world::{Machine, REGIONS, SHARED, until};

#[test]
fn no_machine_shows_the_rows_of_before() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut machines = ["one", "two", "three"].map(|name| Machine::new(&db, &server, name));
    for round in 0..6 {
        let before = if round == 0 {
            "person 01".to_owned()
        } else {
            format!("name {}", round - 1)
        };
        for machine in &mut machines {
            machine.settle_all(&before);
        }
        let name = format!("name {round}");
        machines[round % 3].rename(&name);
        // At once, and for as long as they look.
        for machine in &mut machines {
            machine.shows(&name);
        }
    }
}

#[test]
fn a_transaction_s_rows_are_there_when_it_has_committed() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = ["one", "two"].map(|name| Machine::new(&db, &server, name));
    other.settle_all("person 01");
    let Machine { conn, .. } = &mut one;
    conn.transaction(|conn| {
        diesel::update(person::table.find(1))
            .set(person::name.eq("new"))
            .execute(conn)?;
        other.shows("person 01"); // not yet
        QueryResult::Ok(())
    })
    .unwrap();
    other.shows("new");
    other.settle_all("new");
    let undone = one.conn.transaction(|conn| {
        diesel::update(person::table.find(1))
            .set(person::name.eq("never"))
            .execute(conn)?;
        Err::<(), _>(diesel::result::Error::RollbackTransaction)
    });
    undone.unwrap_err();
    other.settle_all("new");
}

/// The entries of one machine serve the others.
#[test]
fn machines_share_what_is_in_redis() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = ["one", "two"].map(|name| Machine::new(&db, &server, name));
    for region in SHARED {
        one.settle(region, "person 01");
    }
    one.cache.flush().unwrap();
    other.statements.take();
    for region in SHARED {
        assert_eq!(other.first(region), "person 01");
    }
    assert_eq!(other.statements.selects(), 0);
}

#[test]
fn batches_of_keys() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = ["one", "two"].map(|name| Machine::new(&db, &server, name));
    let find = |machine: &mut Machine<Db>, region: &str| -> Vec<Option<Person>> {
        let batch = person::table.cached(region).find_many(vec![3, 1, 2]);
        batch.load_in_order(&mut machine.conn).unwrap()
    };
    let mut expected: Vec<_> = [3, 1, 2].map(|id| Some(people(50)[id - 1].clone())).to_vec();
    for (round, region) in REGIONS.iter().enumerate() {
        until("the cache answers", || {
            other.statements.take();
            assert_eq!(find(&mut other, region), expected);
            other.statements.selects() == 0
        });
        let name = format!("name {round}");
        one.rename(&name);
        expected[1].as_mut().unwrap().name = name;
        assert_eq!(find(&mut other, region), expected, "{region}");
    }
}

/// Caches on one server under two names have nothing in common.
#[test]
fn clusters_of_other_names_do_not_meet() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut one = Machine::<Db>::starting(&db, &server, "one", |builder, url| {
        builder.cluster(diesel_cache::RedisCluster::new(url).name("other"))
    });
    let mut other = Machine::new(&db, &server, "two");
    one.serves();
    one.settle_all("person 01");
    other.settle_all("person 01");
    one.cache.invalidate_all();
    other.statements.take();
    other.shows("person 01");
    assert_eq!(other.statements.selects(), 0);
    assert_ne!(
        one.cache.cluster().unwrap().epoch(),
        other.cache.cluster().unwrap().epoch()
    );
}
