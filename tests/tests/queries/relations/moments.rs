//! `consistent`: all rows are those of one moment, or the database is asked for all of them.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Gate, Setup, person};
use std::thread;

use super::B;

#[test]
fn entries_that_are_all_valid_are_of_one_moment() {
    let db = Database::<B>::new();
    let Setup {
        mut conn, statements, ..
    } = Setup::new(&db);
    let find = |ids: &[i32]| {
        person::table
            .select(person::name)
            .cached("default")
            .find_many(ids.to_vec())
    };
    find(&[1]).load_by_key::<String>(&mut conn).unwrap();
    find(&[2]).load_by_key::<String>(&mut conn).unwrap();
    statements.take();
    find(&[1, 2]).consistent().load_by_key::<String>(&mut conn).unwrap();
    assert_eq!(statements.selects(), 0);
    let found = find(&[1, 2, 3]).consistent().load_by_key::<String>(&mut conn).unwrap();
    assert_eq!((found.len(), statements.selects()), (3, 1));
    assert_eq!(
        find(&[]).consistent().load_by_key::<String>(&mut conn).unwrap().len(),
        0
    );
}

#[test]
fn a_write_between_two_rows_makes_the_load_ask_for_all() {
    let db = Database::<B>::new();
    let Setup { cache, mut conn, .. } = Setup::new(&db);
    let find = |ids: &[i32]| {
        person::table
            .select(person::name)
            .cached("default")
            .find_many(ids.to_vec())
    };
    let change = |conn: &mut <B as diesel_cache_tests::Backend>::Conn, name: &str| {
        let ids = [1, 2];
        diesel::update(person::table.filter(person::id.eq_any(ids)))
            .set(person::name.eq(name))
            .execute(conn)
            .unwrap()
    };
    change(&mut conn, "old");
    for is_consistent in [false, true] {
        change(&mut conn, "old");
        find(&[1]).load_by_key::<String>(&mut conn).unwrap();
        let (gate, reached, open) = Gate::closed();
        let mut theirs = db.connect();
        cache.attach_with(&mut theirs, gate);
        let load = thread::spawn(move || {
            let find = find(&[1, 2]);
            let find = if is_consistent { find.consistent() } else { find };
            find.load_in_order::<String>(&mut theirs).unwrap()
        });
        // It has taken the first row from the cache, and is about to ask for the second.
        reached.recv().unwrap();
        change(&mut conn, "new");
        drop(open);
        let names = load.join().unwrap();
        let names: Vec<&str> = names.iter().flatten().map(|name| &**name).collect();
        let expected = if is_consistent { ["new", "new"] } else { ["old", "new"] };
        assert_eq!(names, expected);
    }
}
