//! Whatever is in the cache, and whatever is written in between, a batch returns what the database would.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Backend, Database, Person, Rng, Setup, address, person};

use super::B;

type Conn = <B as Backend>::Conn;

fn write(rng: &mut Rng, conn: &mut Conn) {
    let id = rng.id(20);
    let name = format!("name {}", rng.below(1000));
    // Foreign keys refuse some of them.
    let _ = match rng.below(5) {
        0 => diesel::delete(person::table.find(id)).execute(conn),
        1 => diesel::update(person::table.find(id))
            .set(person::name.eq(name))
            .execute(conn),
        2 => diesel::update(address::table.find(id))
            .set(address::person_id.eq(rng.id(20)))
            .execute(conn),
        3 => diesel::delete(address::table.find(id)).execute(conn),
        _ => match person::table.find(id).count().get_result::<i64>(conn) {
            Ok(0) => diesel::insert_into(person::table)
                .values((person::id.eq(id), person::name.eq(name)))
                .execute(conn),
            other => other.map(|_| 0),
        },
    };
}

fn check(rng: &mut Rng, conn: &mut Conn, plain: &mut Conn) {
    let ids: Vec<i32> = (0..rng.below(12)).map(|_| rng.id(24)).collect();
    match rng.below(3) {
        0 => {
            let found: Vec<Option<Person>> = person::table
                .cached("default")
                .find_many(ids.clone())
                .load_in_order(conn)
                .unwrap();
            let expected: Vec<Option<Person>> = ids
                .iter()
                .map(|id| person::table.find(id).get_result(plain).optional().unwrap())
                .collect();
            assert_eq!(found, expected, "{ids:?}");
        }
        1 => {
            let query = || address::table.order(address::id.desc());
            let found: HashMap<i32, Vec<Address>> = query()
                .cached("files")
                .filter_many(address::person_id, ids.clone())
                .load_by_key(conn)
                .unwrap();
            for id in ids {
                let expected: Vec<Address> = query().filter(address::person_id.eq(id)).load(plain).unwrap();
                assert_eq!(found[&id], expected, "{id}");
            }
        }
        _ => {
            // A single load between batches, of the same entries.
            let id = rng.id(24);
            let found = person::table
                .cached("default")
                .find(id)
                .get_result::<Person>(conn)
                .optional()
                .unwrap();
            assert_eq!(found, person::table.find(id).get_result(plain).optional().unwrap());
        }
    }
}

#[test]
fn batches_return_what_the_database_would() {
    let db = Database::<B>::new();
    let mut one = Setup::<B>::new(&db);
    let mut two = Setup::<B>::new(&db);
    let mut plain = db.connect();
    one.cache.introspect(&mut one.conn).unwrap();
    two.cache.introspect(&mut two.conn).unwrap();
    for seed in 0..4 {
        let mut rng = Rng::new(seed);
        for _ in 0..60 {
            let setup = if rng.one_in(2) { &mut one } else { &mut two };
            match rng.below(6) {
                0 | 1 => write(&mut rng, &mut setup.conn),
                2 if rng.one_in(4) => setup.cache.invalidate_table::<person::table>(),
                _ => check(&mut rng, &mut setup.conn, &mut plain),
            }
        }
    }
    let hits: u64 = [&one, &two]
        .map(|setup| setup.cache.region("default").unwrap().stats().hits())
        .iter()
        .sum();
    assert!(hits > 100, "{hits} hits");
}
