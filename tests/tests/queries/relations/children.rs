//! `children_of`, `parents_of` and `filter_many`: associations.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Backend, Database, Person, Setup, address, person};

use super::B;

type Conn = <B as Backend>::Conn;
use crate::relations::schema::{Node, node, setup};

macro_rules! alone {
    ($person:expr) => {
        Address::belonging_to($person)
            .order(address::id)
            .select(Address::as_select())
            .cached("default")
    };
}

#[test]
fn a_parent_has_the_entry_of_belonging_to() {
    let (
        _db,
        Setup {
            mut conn, statements, ..
        },
    ) = setup::<B>();
    let people: Vec<Person> = person::table
        .filter(person::id.le(4))
        .order(person::id.desc())
        .load(&mut conn)
        .unwrap();
    let all = || {
        address::table
            .order(address::id)
            .select(Address::as_select())
            .cached("default")
    };
    statements.take();
    let found: Vec<Vec<Address>> = all()
        .children_of::<Address, _>(&people)
        .load_in_order(&mut conn)
        .unwrap();
    assert_eq!(statements.selects(), 1);
    for (person, addresses) in people.iter().zip(&found) {
        assert!(addresses.iter().all(|address| address.person_id == person.id));
        assert_eq!(&alone!(person).load::<Address>(&mut conn).unwrap(), addresses);
    }
    assert_eq!(statements.selects(), 0, "the same entries");

    // The other way round, with the select before the order, and with a filter behind it.
    let alone = |id| {
        address::table
            .filter(address::street.ne("x"))
            .select(address::street)
            .order(address::id)
            .filter(address::person_id.eq(id))
            .cached("default")
    };
    let all = || {
        address::table
            .order(address::id)
            .filter(address::street.ne("x"))
            .select(address::street)
            .cached("default")
    };
    for person in &people {
        alone(person.id).load::<String>(&mut conn).unwrap();
    }
    statements.take();
    let by_key: HashMap<i32, Vec<String>> = all().children_of::<Address, _>(&people).load_by_key(&mut conn).unwrap();
    assert_eq!((by_key.len(), statements.selects()), (4, 0));
}

#[test]
fn parents_without_children_are_stored_and_parents_may_repeat() {
    let (
        _db,
        Setup {
            mut conn, statements, ..
        },
    ) = setup::<B>();
    diesel::delete(address::table.filter(address::person_id.eq(2)))
        .execute(&mut conn)
        .unwrap();
    let mut people: Vec<Person> = person::table
        .filter(person::id.le(3))
        .order(person::id)
        .load(&mut conn)
        .unwrap();
    people.push(people[0].clone());
    let load = |conn: &mut Conn| -> Vec<Vec<Address>> {
        let all = address::table.order(address::id).cached("default");
        all.children_of::<Address, _>(&people).load_in_order(conn).unwrap()
    };
    statements.take();
    let found = load(&mut conn);
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 1, 1]);
    assert_eq!((&found[0], statements.selects()), (&found[3], 1));
    assert_eq!((load(&mut conn), statements.selects()), (found, 0));
}

#[test]
fn nullable_keys_and_a_table_that_refers_to_itself() {
    let (
        _db,
        Setup {
            mut conn, statements, ..
        },
    ) = setup::<B>();
    let nodes: Vec<Node> = node::table.order(node::id).load(&mut conn).unwrap();
    let all = || node::table.order(node::id).cached("default");
    statements.take();
    let children: Vec<Vec<Node>> = all().children_of::<Node, _>(&nodes).load_in_order(&mut conn).unwrap();
    assert_eq!(statements.selects(), 1);
    let ids: Vec<Vec<i64>> = children
        .iter()
        .map(|nodes| nodes.iter().map(|node| node.id).collect())
        .collect();
    assert_eq!(
        ids,
        [vec![2, 3], vec![], vec![4], vec![], vec![]],
        "a row without a parent is no child"
    );
    assert_eq!(
        Node::belonging_to(&nodes[0])
            .order(node::id)
            .cached("default")
            .load::<Node>(&mut conn)
            .unwrap(),
        children[0]
    );
    assert_eq!(statements.selects(), 0);

    // A table cannot be joined with itself by `joinable!`, which `parents_of` needs.
    let nodes_only = || node::table.cached("default");
    let keys = |nodes: &[Node]| nodes.iter().filter_map(|node| node.parent_id).collect::<Vec<_>>();
    let parents: Vec<Option<Node>> = nodes_only().find_many(keys(&nodes)).load_in_order(&mut conn).unwrap();
    let ids: Vec<Option<i64>> = parents.iter().map(|node| node.as_ref().map(|node| node.id)).collect();
    assert_eq!((ids, statements.selects()), (vec![Some(1), Some(1), Some(3)], 1));
    assert_eq!(nodes_only().find(3).get_result::<Node>(&mut conn).unwrap(), nodes[2]);
    let shared = nodes_only()
        .find_many(keys(&nodes))
        .load_shared::<Node>(&mut conn)
        .unwrap();
    assert_eq!(
        (&shared[0][0], &shared[2][0], statements.selects()),
        (&nodes[0], &nodes[2], 0)
    );
    let roots: [Node; 2] = [nodes[0].clone(), nodes[4].clone()];
    let none = nodes_only()
        .find_many(keys(&roots))
        .load_in_order::<Node>(&mut conn)
        .unwrap();
    assert_eq!((none, statements.take().len()), (vec![], 0), "no key is no statement");
}

#[test]
fn a_parent_that_is_deleted_between_two_entries() {
    let (
        _db,
        Setup {
            mut conn,
            cache,
            statements,
            ..
        },
    ) = setup::<B>();
    let nodes: Vec<Node> = node::table
        .filter(node::id.le(3))
        .order(node::id)
        .load(&mut conn)
        .unwrap();
    let load = |nodes: &[Node], conn: &mut Conn| -> Vec<Vec<Node>> {
        node::table
            .order(node::id)
            .cached("default")
            .children_of::<Node, _>(nodes)
            .load_in_order(conn)
            .unwrap()
    };
    load(&nodes[..2], &mut conn);
    diesel::delete(node::table.filter(node::id.eq(4)))
        .execute(&mut conn)
        .unwrap();
    let found = load(&nodes, &mut conn);
    assert_eq!(
        found.iter().map(Vec::len).collect::<Vec<_>>(),
        [2, 0, 0],
        "a leaf is gone"
    );
    diesel::delete(node::table.filter(node::id.eq(3)))
        .execute(&mut conn)
        .unwrap();
    statements.take();
    let found = load(&nodes, &mut conn);
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 0]);
    assert_eq!(statements.selects(), 1);
    drop(cache);
}

#[test]
fn a_page_costs_one_statement_a_level_on_a_cold_cache_and_none_on_a_warm_one() {
    let (
        _db,
        Setup {
            mut conn, statements, ..
        },
    ) = setup::<B>();
    let mut page = || {
        let people: Vec<Person> = person::table
            .order(person::id)
            .cached("default")
            .load(&mut conn)
            .unwrap();
        let addresses: Vec<Vec<Address>> = address::table
            .order(address::id)
            .cached("default")
            .children_of::<Address, _>(&people)
            .load_in_order(&mut conn)
            .unwrap();
        let all: Vec<Address> = addresses.into_iter().flatten().collect();
        let back: Vec<Option<Person>> = person::table
            .cached("default")
            .parents_of::<Person, _>(&all)
            .load_in_order(&mut conn)
            .unwrap();
        assert_eq!(back.into_iter().map(Option::unwrap).collect::<Vec<_>>(), people);
        statements.selects()
    };
    assert_eq!((page(), page()), (3, 0));
}

/// The columns of the key are selected, too, and change nothing of what the query's own text means.
#[test]
fn positions_and_names_mean_what_they_mean_to_one_key() {
    let db = Database::<B>::new();
    let Setup {
        mut conn, statements, ..
    } = Setup::new(&db);
    let more = [(101, 1, "a"), (102, 1, "z"), (103, 2, "m")];
    for (id, person_id, street) in more {
        let row = (
            address::id.eq(id),
            address::person_id.eq(person_id),
            address::street.eq(street),
        );
        diesel::insert_into(address::table)
            .values(row)
            .execute(&mut conn)
            .unwrap();
    }
    let streets = |order: &'static str| {
        address::table
            .select((address::street, address::id))
            .order(sql::<Text>(order))
    };
    for order in ["1 DESC", "2 DESC", "id DESC"] {
        let batch: Vec<Vec<(String, i32)>> = streets(order)
            .cached("default")
            .filter_many(address::person_id, [1, 2])
            .load_in_order(&mut conn)
            .unwrap();
        statements.take();
        for (person, batch) in [1, 2].into_iter().zip(batch) {
            let one = || streets(order).filter(address::person_id.eq(person));
            let uncached: Vec<(String, i32)> = one().load(&mut db.connect()).unwrap();
            assert_eq!(batch, uncached, "{order}");
            let cached: Vec<(String, i32)> = one().cached("default").load(&mut conn).unwrap();
            assert_eq!(cached, batch);
        }
        assert_eq!(statements.selects(), 0);
    }
}
