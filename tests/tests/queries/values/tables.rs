//! Values that are computed from rows: writes to the tables invalidate them, also while they are being created.

use diesel::prelude::*;
use diesel_cache::Values;
use diesel_cache_tests::{Backend, Database, Setup, person};

use super::Db;
use crate::values::world::KEEPING;

type Conn = <Db as Backend>::Conn;

fn count(conn: &mut Conn) -> i64 {
    person::table.count().get_result(conn).unwrap()
}

fn insert(conn: &mut Conn, id: i32) {
    diesel::insert_into(person::table)
        .values((person::id.eq(id), person::name.eq("new")))
        .execute(conn)
        .unwrap();
}

fn people(setup: &Setup<Db>, region: &str) -> Values {
    setup.cache.region(region).unwrap().depends_on(["person"])
}

fn get_or_count(values: &Values, conn: &mut Conn) -> i64 {
    values.get_or_create("count", || QueryResult::Ok(count(conn))).unwrap()
}

#[test]
fn a_write_makes_them_stale_in_every_cache() {
    let db = Database::<Db>::new();
    let (mut here, mut there) = (Setup::new(&db), Setup::new(&db));
    for (at, name) in ["default", "files"].into_iter().enumerate() {
        let (mine, theirs) = (people(&here, name), people(&there, name));
        let before = 50 + at as i64;
        assert_eq!(get_or_count(&mine, &mut here.conn), before);
        there.statements.take();
        assert_eq!(get_or_count(&theirs, &mut there.conn), before);
        assert!(there.statements.take().is_empty(), "{name}: it was there");
        insert(&mut there.conn, 100 + at as i32);
        assert_eq!(mine.get::<i64>("count"), None, "{name}");
        assert_eq!(get_or_count(&mine, &mut here.conn), before + 1, "{name}");
        assert_eq!(get_or_count(&theirs, &mut there.conn), before + 1, "{name}");
        diesel::delete(diesel_cache_tests::address::table)
            .execute(&mut here.conn)
            .unwrap();
        assert_eq!(mine.get::<i64>("count"), Some(before + 1), "{name}: another table");
    }
}

#[test]
fn a_write_while_they_are_made_refuses_them() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let mut writer = db.connect();
    setup.cache.attach(&mut writer);
    for (at, name) in KEEPING.into_iter().enumerate() {
        let values = people(&setup, name);
        let conn = &mut setup.conn;
        let id = 100 + 10 * at as i32;
        let created = values.get_or_create("count", || {
            let old = count(conn);
            insert(&mut writer, id);
            QueryResult::Ok(old)
        });
        let old = created.unwrap();
        assert_eq!(values.get::<i64>("count"), None, "{name}");
        let created = values.get_or_create_multi(["count"], |_| {
            let old = count(conn);
            insert(&mut writer, id + 1);
            QueryResult::Ok(vec![old])
        });
        assert_eq!(created.unwrap(), [old + 1], "{name}");
        assert_eq!(values.get::<i64>("count"), None, "{name}");

        let place = values.prepare("count");
        let number = count(conn);
        insert(&mut writer, id + 2);
        place.set(&number);
        assert_eq!(values.get::<i64>("count"), None, "{name}");

        let place = values.prepare("count");
        place.set(&count(conn));
        assert_eq!(values.get("count"), Some(old + 3), "{name}");
        insert(&mut writer, id + 3);
        assert_eq!(values.get::<i64>("count"), None, "{name}");
    }
}

#[test]
fn views_that_the_cache_knows_of_count() {
    let db = Database::<Db>::new();
    let mut setup = Setup::with(&db, |builder| {
        builder.view("crowd", ["person"]).cascades("person", ["address"])
    });
    for (at, table) in ["crowd", "address", "PERSON"].into_iter().enumerate() {
        let values = setup.cache.region("default").unwrap().depends_on([table]);
        values.set("key", &1_i32);
        assert_eq!(values.get("key"), Some(1_i32), "{table}");
        insert(&mut setup.conn, 200 + at as i32);
        assert_eq!(values.get::<i32>("key"), None, "{table}");
    }
}

#[test]
fn who_knows_of_more_tables_does_not_take_what_was_stored_without_them() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let region = setup.cache.region("hot").unwrap();
    region.set("key", &1_i32);
    assert_eq!(region.depends_on(["person"]).get::<i32>("key"), None);
    assert_eq!(region.get("key"), Some(1_i32));
}

#[test]
fn while_a_table_is_being_written_nothing_is_stored() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let values = people(&setup, "hot");
    values.set("count", &7_i64);
    let within = values.clone();
    struct During<F>(Option<F>);
    impl<F: FnMut() + Send + 'static> diesel::connection::Instrumentation for During<F> {
        fn on_connection_event(&mut self, event: diesel::connection::InstrumentationEvent<'_>) {
            if let (diesel::connection::InstrumentationEvent::StartQuery { .. }, Some(mut act)) = (event, self.0.take())
            {
                act();
            }
        }
    }
    let act = move || {
        assert_eq!(within.get::<i64>("count"), None, "fenced");
        within.set("count", &8_i64);
        assert_eq!(within.get::<i64>("count"), None);
        let created = within.get_or_create("count", || QueryResult::Ok(9_i64));
        assert_eq!(created.unwrap(), 9);
        assert_eq!(within.get::<i64>("count"), None);
    };
    setup.cache.attach_with(&mut setup.conn, During(Some(act)));
    insert(&mut setup.conn, 100);
    assert_eq!(values.get::<i64>("count"), None);
    assert_eq!(setup.cache.region("hot").unwrap().stats().stores(), 1);
}
