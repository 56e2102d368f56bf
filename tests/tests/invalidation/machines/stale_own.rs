//! Machines that have lost Redis and serve stale rows: they see their own writes and invalidations at once.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache::{Event, Tier};
use diesel_cache_tests::{Database, Person, RedisServer, Traffic, everyone, person};

use super::stale::{LONG, bypasses, is_serving_stale, lose, settled, shows_stale, starting};
use super::{Db, WholeDb};
use crate::machines::world::{Machine, REGIONS, until};

#[test]
fn its_own_writes_are_seen_at_once() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server, LONG);
    other.cache.region("hot").unwrap().set("key", &1_i64);
    lose(&other);
    for round in 0..3 {
        let name = format!("own {round}");
        match round {
            0 => other.rename(&name),
            1 => {
                let rename = diesel::update(person::table.find(1)).set(person::name.eq(&name));
                let written = other.conn.transaction(|conn| rename.execute(conn));
                assert_eq!(written, Ok(1));
            }
            _ => {
                let mut another = db.connect();
                other.cache.attach(&mut another);
                let rename = diesel::update(person::table.find(1)).set(person::name.eq(&name));
                assert_eq!(rename.execute(&mut another), Ok(1));
            }
        }
        for region in REGIONS {
            bypasses(&mut other, region, &name);
        }
        assert!(is_serving_stale(&other));
    }
    let value: Option<i64> = other.cache.region("hot").unwrap().get("key");
    assert_eq!(value, Some(1), "what does not depend on what was written");
    other.proxy.set_both(Traffic::Pass);
    other.serves();
    other.shows("own 2");
    other.settle_all("own 2");
    until("what it owed has arrived", || one.first("hot") == "own 2");
}

#[test]
fn a_write_that_is_under_way_is_not_hidden() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [_, mut other] = settled(&db, &server, LONG);
    let mut writer = db.connect();
    other.cache.attach(&mut writer);
    let rename = diesel::update(person::table.find(1)).set(person::name.eq("own"));
    let written = writer.transaction(|conn| {
        let written = rename.execute(conn);
        lose(&other);
        shows_stale(&mut other, "hot", Tier::Memory, "person 01");
        written
    });
    assert_eq!(written, Ok(1));
    for region in REGIONS {
        bypasses(&mut other, region, "own");
    }
}

#[test]
fn its_own_invalidations_count() {
    type Invalidate = fn(&mut Machine<Db>);
    let invalidations: [(&str, Invalidate); 6] = [
        ("region", |machine| machine.cache.region("hot").unwrap().invalidate()),
        ("softly", |machine| {
            machine.cache.region("hot").unwrap().invalidate_soft()
        }),
        ("query", |machine| {
            assert!(everyone("hot").invalidate(&mut machine.conn).unwrap());
        }),
        ("table", |machine| machine.cache.invalidate_table::<person::table>()),
        ("all", |machine| machine.cache.invalidate_all()),
        ("refresh", |machine| {
            drop(everyone("hot").refresh().load::<Person>(&mut machine.conn).unwrap());
        }),
    ];
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [_, mut other] = settled(&db, &server, LONG);
    let mut unseen = db.connect();
    let mut before = "person 01".to_owned();
    for (what, invalidate) in invalidations {
        other.serves();
        other.settle("hot", &before);
        lose(&other);
        let rename = diesel::update(person::table.find(1)).set(person::name.eq(what));
        assert_eq!(rename.execute(&mut unseen), Ok(1));
        shows_stale(&mut other, "hot", Tier::Memory, &before);
        invalidate(&mut other);
        bypasses(&mut other, "hot", what);
        other.proxy.set_both(Traffic::Pass);
        before = what.to_owned();
    }
}

#[test]
fn values_are_served_and_not_set() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [_, other] = settled(&db, &server, LONG);
    for region in ["hot", "files"] {
        let region = other.cache.region(region).unwrap();
        until("the values stay", || {
            region.set("one", &1_i64);
            region.set("two", &2_i64);
            region.get("one") == Some(1_i64) && region.get("two") == Some(2_i64)
        });
    }
    lose(&other);
    for region in ["hot", "files"] {
        let region = other.cache.region(region).unwrap();
        assert_eq!(region.get("one"), Some(1_i64));
        region.set("one", &3_i64);
        assert_eq!(
            region.get::<i64>("one"),
            None,
            "neither the old one nor one that others may not know"
        );
        assert!(region.delete("two"));
        assert_eq!(region.get::<i64>("two"), None);
        let create = || Ok::<_, diesel_cache::Error>(4_i64);
        assert_eq!(region.get_or_create("two", create).unwrap(), 4);
        assert_eq!(region.get::<i64>("two"), None, "nothing is stored");
    }
}

#[test]
fn rows_are_told_apart() {
    let db = Database::<WholeDb>::new();
    let server = RedisServer::start(&[]);
    let mut machine = starting(&db, &server, "one", LONG);
    machine.serves();
    machine.cache.introspect(&mut machine.conn).unwrap();
    let load = |machine: &mut Machine<WholeDb>, region: &str, id: i32| {
        machine.events.take();
        let one = person::table.find(id).cached(region.to_owned());
        let name = one.load::<Person>(&mut machine.conn).unwrap().remove(0).name;
        let hit = machine.events.take().into_iter().find_map(|event| match event {
            Event::Hit { stale, .. } => Some(stale),
            _ => None,
        });
        (name, hit)
    };
    let person = |id: i32| format!("person {id:02}");
    until("a write of another row leaves it in place", || {
        load(&mut machine, "hot", 2);
        let rename = diesel::update(person::table.find(3)).set(person::name.eq("another"));
        assert_eq!(rename.execute(&mut machine.conn), Ok(1));
        load(&mut machine, "hot", 2) == (person(2), Some(false))
    });
    for region in ["hot", "files"] {
        for id in [1, 2] {
            until("it is cached", || {
                load(&mut machine, region, id) == (person(id), Some(false))
            });
        }
    }
    lose(&machine);
    let rename = diesel::update(person::table.find(1)).set(person::name.eq("own"));
    assert_eq!(rename.execute(&mut machine.conn), Ok(1));
    for region in ["hot", "files"] {
        assert_eq!(load(&mut machine, region, 1), ("own".to_owned(), None), "{region}");
        assert_eq!(load(&mut machine, region, 2), (person(2), Some(true)), "{region}");
    }
}
