//! Row precision: on all machines, a write leaves those entries alone that do not depend on its rows.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, RedisServer, person};

use super::WholeDb as Db;
use crate::machines::world::{Machine, until};

fn name(machine: &mut Machine<Db>, id: i32) -> String {
    let one = person::table.find(id).cached("hot");
    one.load::<Person>(&mut machine.conn).unwrap().remove(0).name
}

fn is_hit(machine: &mut Machine<Db>, id: i32, expected: &str) -> bool {
    machine.statements.take();
    assert_eq!(name(machine, id), expected);
    machine.statements.selects() == 0
}

#[test]
fn a_write_of_one_row_leaves_the_others_in_place_everywhere() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut machines = ["one", "two"].map(|name| Machine::new(&db, &server, name));
    for machine in &mut machines {
        machine.cache.introspect(&mut machine.conn).unwrap();
    }
    let mut kept = 0;
    let mut first = "person 01".to_owned();
    for round in 0..10 {
        for machine in &mut machines {
            until("both rows are cached", || {
                is_hit(machine, 1, &first) && is_hit(machine, 2, "person 02")
            });
        }
        first = format!("name {round}");
        let [writer, reader] = machines.get_disjoint_mut([round % 2, 1 - round % 2]).unwrap();
        let write = diesel::update(person::table.find(1)).set(person::name.eq(&first));
        write.execute(&mut writer.conn).unwrap();
        assert!(!is_hit(reader, 1, &first));
        // Unless its lease has run out in between.
        kept += u32::from(is_hit(reader, 2, "person 02"));
    }
    assert!(kept > 0);
}

/// A machine that has introspected knows which row a write changes. One that has not writes the whole table.
#[test]
fn a_machine_without_the_catalog_makes_the_rows_of_others_stale() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = ["one", "two"].map(|name| Machine::new(&db, &server, name));
    other.cache.introspect(&mut other.conn).unwrap();
    until("the row is cached", || is_hit(&mut other, 1, "person 01"));
    let write = diesel::update(person::table.find(1)).set(person::name.eq("new"));
    write.execute(&mut one.conn).unwrap();
    assert!(!is_hit(&mut other, 1, "new"));
}

/// Shapes that one machine uses for the first time reach the writers of another.
#[test]
fn a_shape_that_is_used_for_the_first_time() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut machines = ["one", "two"].map(|name| Machine::new(&db, &server, name));
    for machine in &mut machines {
        machine.cache.introspect(&mut machine.conn).unwrap();
    }
    let [writer, reader] = &mut machines;
    for round in 0..10 {
        // By the name, which no load has used before in the first round.
        let by_name = |name: &str| person::table.filter(person::name.eq(name.to_owned())).cached("hot");
        let name = format!("name {round}");
        until("the absence is cached", || {
            reader.statements.take();
            assert_eq!(by_name(&name).load::<Person>(&mut reader.conn), Ok(Vec::new()));
            reader.statements.selects() == 0
        });
        let write = diesel::update(person::table.find(3)).set(person::name.eq(&name));
        write.execute(&mut writer.conn).unwrap();
        assert_eq!(
            by_name(&name).load::<Person>(&mut reader.conn).unwrap().len(),
            1,
            "{name}"
        );
    }
}
