//! Texts whose meaning depends on the connection: a load never returns rows of another schema.

use diesel::connection::SimpleConnection;
use diesel_cache_tests::{Mysql, Postgres, Sqlite};

use crate::observer::world::{Loads, Reader, World};

fn first<B: Loads>(reader: &mut Reader<B>) -> (String, bool) {
    let (people, asked) = reader.people();
    (people.unwrap()[0].name.clone(), asked)
}

fn tell<B: Loads>(reader: &mut Reader<B>, sql: &str) {
    reader
        .conn
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

#[test]
fn search_path_of_postgres() {
    let mut world = World::<Postgres>::new();
    let schema = format!("{}_b", "ctx_test");
    let schema = format!("{schema}_{}", std::process::id());
    world
        .truth
        .batch_execute(&format!(
            "CREATE SCHEMA {schema}; CREATE TABLE {schema}.person (LIKE person); \
         INSERT INTO {schema}.person SELECT id, 'other' FROM person"
        ))
        .unwrap();
    let set = format!("SET search_path = {schema}");
    let reader = &mut world.reader;
    let mut second = Reader::<Postgres>::new(&world.db);
    tell(reader, &set);
    assert_eq!(first(reader), ("other".into(), true));
    assert_eq!(first(&mut second).0, "person 01");
    // Told the same, the second shares the entry.
    tell(&mut second, &set);
    assert_eq!(first(&mut second), ("other".into(), false));
    // What a transaction has set goes with it.
    let mut third = Reader::<Postgres>::new(&world.db);
    for undo in ["ROLLBACK", "ROLLBACK TO s; COMMIT"] {
        tell(&mut third, "BEGIN");
        tell(&mut third, "SAVEPOINT s");
        tell(&mut third, &set);
        for sql in undo.split(';') {
            tell(&mut third, sql);
        }
        assert_eq!(first(&mut third).0, "person 01", "{undo}");
    }
    tell(&mut third, "BEGIN");
    tell(&mut third, &format!("SET LOCAL search_path = {schema}"));
    assert_eq!(
        Postgres::people_in_transaction(&mut third.conn).unwrap()[0].name,
        "other"
    );
    tell(&mut third, "COMMIT");
    assert_eq!(first(&mut third).0, "person 01");
    // A COMMIT that is a ROLLBACK, and a SET that fails.
    tell(&mut third, "BEGIN");
    tell(&mut third, &set);
    third.conn.batch_execute("SELECT 1 / 0").unwrap_err();
    tell(&mut third, "COMMIT");
    assert_eq!(first(&mut third).0, "person 01");
    let mut fourth = Reader::<Postgres>::new(&world.db);
    tell(&mut fourth, &format!("BEGIN; {set}; ROLLBACK"));
    assert_eq!(first(&mut fourth).0, "person 01");
    tell(
        &mut fourth,
        &format!("SELECT set_config('search_path', '{schema}', false)"),
    );
    assert_eq!(first(&mut fourth).0, "other");
    // A write of one schema is taken for a write of the other.
    world
        .writer
        .batch_execute("UPDATE person SET name = 'Ada' WHERE id = 1")
        .unwrap();
    assert_eq!(first(&mut second), ("other".into(), true));
    world
        .truth
        .batch_execute(&format!("DROP SCHEMA {schema} CASCADE"))
        .unwrap();
}

#[test]
fn databases_of_mysql() {
    let mut world = World::<Mysql>::new();
    let name = format!("dc_ctx_{}", std::process::id());
    world
        .truth
        .batch_execute(&format!(
            "CREATE DATABASE {name}; CREATE TABLE {name}.person LIKE person; \
         INSERT INTO {name}.person SELECT id, 'other' FROM person"
        ))
        .unwrap();
    let own = world.db.url().rsplit('/').next().unwrap().to_owned();
    let fresh = || {
        let mut reader = Reader::<Mysql>::new(&world.db);
        tell(&mut reader, &format!("USE {name}"));
        reader
    };
    // MySQL's prepared statements stay with the database they were prepared in, whatever is used later.
    let prepared = &mut world.reader;
    tell(prepared, &format!("USE {name}"));
    assert_eq!(first(prepared).0, "person 01");
    assert_eq!(first(prepared).0, "person 01");
    let (mut one, mut other) = (fresh(), fresh());
    assert_eq!(first(&mut one), ("other".into(), true));
    assert_eq!(first(&mut other), ("other".into(), false), "told the same");
    other.conn.batch_execute("USE no_such_database").unwrap_err();
    assert_eq!(first(&mut other), ("other".into(), false));
    let mut back = fresh();
    tell(&mut back, &format!("USE {own}"));
    assert_eq!(first(&mut back).0, "person 01");
    assert_eq!(first(&mut one), ("other".into(), false));
    let mut plain = Reader::<Mysql>::new(&world.db);
    assert_eq!(first(&mut plain).0, "person 01");
    world.truth.batch_execute(&format!("DROP DATABASE {name}")).unwrap();
}

#[test]
fn attached_databases_of_sqlite() {
    let mut world = World::<Sqlite>::new();
    let other = world.db.directory().join("other.sqlite");
    let attach = format!("ATTACH '{}' AS other", other.display());
    let mut second = Reader::<Sqlite>::new(&world.db);
    let reader = &mut world.reader;
    tell(reader, &attach);
    tell(
        reader,
        "CREATE TEMP TABLE person AS SELECT id, 'temporary' AS name FROM main.person",
    );
    assert_eq!(first(reader).0, "temporary");
    assert_eq!(first(&mut second).0, "person 01");
    tell(reader, "DROP TABLE temp.person");
    tell(reader, "DETACH other");
    assert_eq!(first(reader).0, "person 01");
    assert_eq!(first(&mut second).0, "person 01");
}
