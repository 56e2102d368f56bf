//! Values: once a machine has set, deleted or invalidated a value, no other machine returns the former one.

use diesel::prelude::*;
use diesel_cache::Error;
use diesel_cache_tests::{Database, RedisServer, person};

use super::Db;
use crate::machines::world::{Machine, SHARED, until};

/// The regions whose values no other machine sees.
const OWN: [&str; 2] = ["disk", "files"];

fn get(machine: &Machine<Db>, region: &str) -> Option<i64> {
    machine.cache.region(region).unwrap().get("key")
}

/// Sets the value until it stays. A value is not kept while a table that it depends on is fenced, or while the machine
/// does not serve.
fn settle(machine: &Machine<Db>, region: &str, value: i64) {
    until("the value stays", || {
        let region = machine.cache.region(region).unwrap();
        region.depends_on(["person"]).set("key", &value);
        region.get("key") == Some(value)
    });
}

#[test]
fn all_machines_see_what_one_does() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let machines = ["one", "two", "three"].map(|name| Machine::<Db>::new(&db, &server, name));
    for region in SHARED {
        for round in 0..12 {
            let (it, next) = (&machines[round % 3], &machines[(round + 1) % 3]);
            settle(it, region, round as i64);
            it.cache.flush().unwrap();
            for other in &machines {
                until("it is there", || {
                    let seen = get(other, region);
                    // None, if its lease has just run out.
                    assert!(seen.is_none_or(|seen| seen == round as i64), "{region}: {seen:?}");
                    seen.is_some()
                });
            }
            match round % 4 {
                0 => drop(next.cache.region(region).unwrap().delete("key")),
                1 => next.cache.region(region).unwrap().invalidate(),
                2 => next.cache.invalidate_tables(["person"]),
                _ => continue,
            }
            for other in &machines {
                assert_eq!(get(other, region), None, "{region}: after {}", round % 4);
            }
        }
    }
}

#[test]
fn each_machine_s_own_values_become_stale_as_well() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, other] = ["one", "two"].map(|name| Machine::<Db>::new(&db, &server, name));
    for region in OWN {
        settle(&other, region, 1);
        one.cache.region(region).unwrap().set("key", &2_i64);
        assert_eq!(get(&other, region), None, "{region}: another machine has set it");
        settle(&other, region, 3);
        let write = diesel::update(person::table.find(1)).set(person::name.eq(region));
        write.execute(&mut one.conn).unwrap();
        assert_eq!(get(&other, region), None, "{region}: what it depends on was written");
    }
}

/// Two machines that create one value at the same time do not keep one each.
#[test]
fn a_created_value_is_the_same_everywhere() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let machines = ["one", "two"].map(|name| Machine::<Db>::new(&db, &server, name));
    for region in SHARED {
        let regions = machines.each_ref().map(|machine| machine.cache.region(region).unwrap());
        for round in 0..20 {
            let key = format!("{round}");
            std::thread::scope(|scope| {
                for (value, region) in regions.iter().enumerate() {
                    let key = &key;
                    scope.spawn(move || region.get_or_create(key, || Ok::<_, Error>(value as i64)).unwrap());
                }
            });
            // If both find one, it is the same.
            let kept: Vec<i64> = regions.iter().filter_map(|region| region.get(&key)).collect();
            assert!(kept.iter().all(|value| *value == kept[0]), "{region}: {kept:?}");
        }
    }
}
