//! `find_many`: the rows of many primary keys.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Setup, address, people, person};

use super::B;
use crate::relations::schema::{Node, Seat, node, seat, setup};

#[test]
fn one_query_asks_for_what_is_missing_and_none_for_what_is_not() {
    let (
        _db,
        Setup {
            mut conn,
            statements,
            cache,
            ..
        },
    ) = setup::<B>();
    let find = |ids: &[i32]| person::table.cached("default").find_many(ids.to_vec());
    let all = people(50);

    let first: HashMap<i32, Person> = find(&[3, 1, 2]).load_by_key(&mut conn).unwrap();
    assert_eq!(statements.selects(), 1, "one query for all that are missing");
    assert_eq!(
        first,
        HashMap::from([1, 2, 3].map(|id| (id, all[id as usize - 1].clone())))
    );

    let second: Vec<Option<Person>> = find(&[5, 2, 4, 2]).load_in_order(&mut conn).unwrap();
    let sent = statements.take();
    assert_eq!(sent.len(), 1);
    assert!(
        !sent[0].contains("[2") && !sent[0].contains(" 2,"),
        "only what is missing: {sent:?}"
    );
    assert_eq!(
        second,
        [5, 2, 4, 2].map(|id| Some(all[id - 1].clone())),
        "in the order of the keys, each as often"
    );

    find(&[5, 4, 3, 2, 1]).load_by_key::<Person>(&mut conn).unwrap();
    assert_eq!(statements.selects(), 0);
    let stats = cache.region("default").unwrap().stats();
    assert_eq!((stats.hits(), stats.misses(), stats.stores()), (6, 5, 5));
}

#[test]
fn a_key_has_the_entry_of_the_query_for_it_alone() {
    let (
        _db,
        Setup {
            mut conn, statements, ..
        },
    ) = setup::<B>();
    let query = || {
        person::table
            .filter(person::name.ne("nobody"))
            .order(person::name)
            .cached("default")
    };

    query().find_many([1, 2]).load_by_key::<Person>(&mut conn).unwrap();
    assert_eq!(statements.selects(), 1);
    let alone: Person = query().find(1).get_result(&mut conn).unwrap();
    let shared = query().find(2).load_shared::<Person>(&mut conn).unwrap();
    assert_eq!(
        (alone.id, shared[0].id, statements.selects()),
        (1, 2, 0),
        "a batch fills the entries of single loads"
    );
    query().find(1).first::<Person>(&mut conn).unwrap();
    assert_eq!(statements.selects(), 1, "`first` is another query: it has a limit");

    query().find(3).load::<Person>(&mut conn).unwrap();
    statements.take();
    let found = query().find_many([3, 1]).load_shared::<Person>(&mut conn).unwrap();
    assert_eq!(
        (found[0][0].id, found[1][0].id, statements.selects()),
        (3, 1, 0),
        "and single loads those of a batch"
    );
    let alone = query().find(3).load_shared::<Person>(&mut conn).unwrap();
    assert!(std::sync::Arc::ptr_eq(&found[0], &alone), "even as the same object");
    assert!(query().find(3).invalidate(&mut conn).unwrap());
    query().find_many([1, 2, 3]).load_by_key::<Person>(&mut conn).unwrap();
    assert_eq!(statements.selects(), 1);
}

#[test]
fn that_a_key_has_no_row_is_stored() {
    let (
        _db,
        Setup {
            mut conn, statements, ..
        },
    ) = setup::<B>();
    let find = || person::table.cached("default").find_many([7, 1_000, -1]);
    let found: Vec<Option<Person>> = find().load_in_order(&mut conn).unwrap();
    assert_eq!(
        found
            .iter()
            .map(|row| row.as_ref().map(|row| row.id))
            .collect::<Vec<_>>(),
        [Some(7), None, None]
    );
    assert_eq!(statements.selects(), 1);
    assert_eq!(
        find().load_by_key::<Person>(&mut conn).unwrap().len(),
        1,
        "by key, a missing row is left out"
    );
    assert_eq!(find().load_shared::<Person>(&mut conn).unwrap()[1].len(), 0);
    let alone = person::table.cached("default").find(-1).get_result::<Person>(&mut conn);
    assert_eq!(alone, Err(diesel::NotFound));
    assert_eq!(statements.selects(), 0);
}

#[test]
fn filters_joins_and_selects_are_kept() {
    let (
        _db,
        Setup {
            mut conn, statements, ..
        },
    ) = setup::<B>();
    let even = || {
        person::table
            .filter(person::name.like("%0"))
            .select(person::name)
            .cached("default")
    };
    let found: HashMap<i32, String> = even().find_many([10, 11, 20]).load_by_key(&mut conn).unwrap();
    assert_eq!(
        found,
        HashMap::from([(10, "person 10".into()), (20, "person 20".into())])
    );
    assert_eq!(even().find(11).get_result::<String>(&mut conn), Err(diesel::NotFound));
    assert_eq!(statements.selects(), 1);

    // With a join, each key may have several rows. They stay together, in the query's order.
    let street = || {
        person::table
            .inner_join(address::table)
            .order(address::id.desc())
            .select((person::name, address::street))
            .cached("default")
    };
    let rows: Vec<Vec<(String, String)>> = street()
        .filter_many(person::id, [2, 1])
        .load_in_order(&mut conn)
        .unwrap();
    let alone: Vec<(String, String)> = street().filter(person::id.eq(2)).load(&mut conn).unwrap();
    assert_eq!((&rows[0], statements.selects()), (&alone, 1));
}

#[test]
fn keys_of_two_columns() {
    let (
        _db,
        Setup {
            mut conn, statements, ..
        },
    ) = setup::<B>();
    let seats = || seat::table.cached("default");
    let find = || seats().find_many([(2, 1), (1, 2), (9, 9), (1, 1)]);
    let found: Vec<Option<Seat>> = find().load_in_order(&mut conn).unwrap();
    assert_eq!(statements.selects(), 1);
    let guests: Vec<_> = found
        .iter()
        .map(|seat| seat.as_ref().map(|seat| seat.guest.as_deref()))
        .collect();
    assert_eq!(guests, [Some(Some("c")), Some(None), None, Some(Some("a"))]);
    assert_eq!(find().load_in_order::<Seat>(&mut conn).unwrap(), found);
    assert_eq!(
        seats().find((2, 1)).get_result::<Seat>(&mut conn).unwrap(),
        found[0].clone().unwrap()
    );
    assert_eq!(
        seats().find((9, 9)).get_result::<Seat>(&mut conn),
        Err(diesel::NotFound)
    );
    assert_eq!(statements.selects(), 0);

    // SQLite refuses an expression that is more than 1,000 levels deep.
    let many = (0..2_100).map(|number| (1, number));
    let found: HashMap<(i32, i32), Seat> = seats().find_many(many).load_by_key(&mut conn).unwrap();
    assert_eq!((found.len(), statements.selects()), (2, 3));
}

#[test]
fn no_keys_are_no_statement() {
    let (
        _db,
        Setup {
            mut conn, statements, ..
        },
    ) = setup::<B>();
    let none: [i32; 0] = [];
    let people = || person::table.cached("default");
    assert!(
        people()
            .find_many(none)
            .load_by_key::<Person>(&mut conn)
            .unwrap()
            .is_empty()
    );
    assert!(
        people()
            .find_many(none)
            .load_in_order::<Person>(&mut conn)
            .unwrap()
            .is_empty()
    );
    let nodes: [Node; 0] = [];
    let children = node::table.cached("default").children_of::<Node, _>(&nodes);
    assert!(children.load_in_order::<Node>(&mut conn).unwrap().is_empty());
    assert!(statements.take().is_empty());
}

#[test]
fn a_hundred_thousand_keys() {
    let db = Database::<B>::new();
    let large = Region::memory("large").max_capacity(1 << 30);
    let Setup {
        mut conn,
        statements,
        cache,
        ..
    } = Setup::with(&db, |builder| builder.region(large));
    let find = || person::table.cached("large").find_many((0..100_000).rev());
    let found: HashMap<i32, Person> = find().load_by_key(&mut conn).unwrap();
    let sent = statements.selects();
    assert_eq!(found.len(), 50);
    assert!((1..=4).contains(&sent), "{sent}");
    assert_eq!(cache.region("large").unwrap().stats().stores(), 100_000);
    let again: Vec<Option<Person>> = find().load_in_order(&mut conn).unwrap();
    assert_eq!(
        (again.len(), again[99_999 - 50].as_ref().map(|row| row.id)),
        (100_000, Some(50))
    );
    assert_eq!(statements.selects(), 0);
}

#[test]
fn a_write_to_one_row_costs_one_entry() {
    let (
        _db,
        Setup {
            cache,
            mut conn,
            statements,
            ..
        },
    ) = setup::<B>();
    cache.introspect(&mut conn).unwrap();
    let find = || person::table.cached("default").find_many([1, 2, 3, 77]);
    find().load_by_key::<Person>(&mut conn).unwrap();
    diesel::update(person::table.find(2))
        .set(person::name.eq("new"))
        .execute(&mut conn)
        .unwrap();
    statements.take();
    let found: HashMap<i32, Person> = find().load_by_key(&mut conn).unwrap();
    assert_eq!((&*found[&2].name, statements.selects()), ("new", 1));
    let stats = cache.region("default").unwrap().stats();
    assert_eq!(
        (stats.hits(), stats.misses()),
        (3, 5),
        "the entries of other rows are still valid"
    );

    diesel::insert_into(person::table)
        .values((person::id.eq(77), person::name.eq("late")))
        .execute(&mut conn)
        .unwrap();
    assert_eq!(
        find().load_by_key::<Person>(&mut conn).unwrap()[&77].name,
        "late",
        "an absence ends with the INSERT"
    );
}
