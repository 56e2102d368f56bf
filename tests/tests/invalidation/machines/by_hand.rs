//! Invalidation by hand reaches all machines before it returns.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, RedisServer, everyone, person};

use super::Db;
use crate::machines::world::{Machine, REGIONS};

/// Changes a row on a connection that no cache sees, invalidates on one machine, and looks on the other.
fn reaches(invalidate: impl Fn(&mut Machine<Db>, &str)) {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = ["one", "two"].map(|name| Machine::new(&db, &server, name));
    let mut unseen = db.connect();
    let mut before = "person 01".to_owned();
    for (round, region) in REGIONS.into_iter().enumerate() {
        one.settle(region, &before);
        other.settle(region, &before);
        let name = format!("name {round}");
        let rename = diesel::update(person::table.find(1)).set(person::name.eq(&name));
        rename.execute(&mut unseen).unwrap();
        invalidate(&mut one, region);
        assert_eq!(other.first(region), name, "{region}");
        assert_eq!(one.first(region), name, "{region}");
        before = name;
    }
}

#[test]
fn a_region() {
    reaches(|machine, region| machine.cache.region(region).unwrap().invalidate());
}

#[test]
fn a_cleared_region() {
    reaches(|machine, region| machine.cache.region(region).unwrap().clear());
}

#[test]
fn a_query() {
    reaches(|machine, region| {
        assert!(everyone(region).invalidate(&mut machine.conn).unwrap());
    });
}

#[test]
fn a_table() {
    reaches(|machine, _| machine.cache.invalidate_table::<person::table>());
}

#[test]
fn everything() {
    reaches(|machine, _| machine.cache.invalidate_all());
}

#[test]
fn a_refresh() {
    reaches(|machine, region| {
        everyone(region).refresh().load::<Person>(&mut machine.conn).unwrap();
    });
}

/// Nobody else asks, so the first load of each machine does.
#[test]
fn a_region_softly() {
    reaches(|machine, region| machine.cache.region(region).unwrap().invalidate_soft());
}
