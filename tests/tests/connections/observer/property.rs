//! Random statements on SQLite: every table whose rows changed for another connection was fenced while they changed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel_cache::{BypassReason, Event, prelude::*};
use diesel_cache_tests::{Database, Sqlite};
use proptest::prelude::*;

use crate::observer::world::cache;

mod tables {
    diesel::table! { a (id) { id -> Integer, x -> Integer } }
    diesel::table! { b (id) { id -> Integer, x -> Integer } }
    diesel::table! { c (id) { id -> Integer, x -> Integer } }
}

const SETUP: &str = "PRAGMA foreign_keys = ON;
    CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER NOT NULL);
    CREATE TABLE b (id INTEGER PRIMARY KEY, x INTEGER NOT NULL UNIQUE ON CONFLICT ROLLBACK);
    CREATE TABLE c (id INTEGER PRIMARY KEY, x INTEGER NOT NULL REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO a VALUES (1, 1), (2, 2); INSERT INTO b VALUES (1, 1), (2, 2); INSERT INTO c VALUES (1, 1);";

type Rows = [Vec<(i32, i32)>; 3];

macro_rules! each {
    ($conn:expr, $($table:ident),*) => {
        [$(tables::$table::table.order(tables::$table::id).load::<(i32, i32)>($conn).unwrap()),*]
    };
}

fn rows(conn: &mut SqliteConnection) -> Rows {
    each!(conn, a, b, c)
}

fn statement() -> impl Strategy<Value = String> {
    let table = prop_oneof![Just("a"), Just("b"), Just("c")];
    let name = prop_oneof![Just("s"), Just("S"), Just("t")];
    prop_oneof![
        4 => (table.clone(), 1..5, 1..5).prop_map(|(table, id, x)| format!("INSERT INTO {table} VALUES ({id}, {x})")),
        3 => (table.clone(), 1..5, 1..5).prop_map(|(table, id, x)| format!("UPDATE {table} SET x = x + {x} WHERE id = {id}")),
        2 => (table.clone(), 1..5).prop_map(|(table, id)| format!("DELETE FROM {table} WHERE id = {id}")),
        1 => (table.clone(), table.clone()).prop_map(|(to, from)| format!("INSERT OR REPLACE INTO {to} SELECT id + 1, x FROM {from}")),
        2 => (table.clone(), 1..5).prop_map(|(table, id)| format!("INSERT OR ROLLBACK INTO {table} VALUES ({id}, {id}) RETURNING id")),
        1 => (table, 1..5).prop_map(|(table, id)| format!("INSERT OR FAIL INTO {table} VALUES (9{id}, 9{id}), ({id}, {id})")),
        3 => Just("BEGIN".to_owned()),
        1 => Just("BEGIN IMMEDIATE".to_owned()),
        3 => Just("COMMIT".to_owned()),
        2 => Just("ROLLBACK".to_owned()),
        3 => name.clone().prop_map(|name| format!("SAVEPOINT {name}")),
        2 => name.clone().prop_map(|name| format!("RELEASE {name}")),
        2 => name.prop_map(|name| format!("ROLLBACK TO {name}")),
        1 => Just("nonsense".to_owned()),
        1 => Just("SELECT * FROM a".to_owned()),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => statement(),
        1 => prop::collection::vec(statement(), 2..5).prop_map(|all| all.join("; ")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_changes_was_fenced(texts in prop::collection::vec(text(), 1..25)) {
        let db = Database::<Sqlite>::new();
        let mut truth = db.connect();
        truth.batch_execute(SETUP).unwrap();
        // In the middle of the writer's statement, a reader finds out which tables are fenced.
        let events = Arc::<Mutex<Vec<Event>>>::default();
        let reading = cache(&db, Duration::from_secs(60), &events);
        let mut reader = db.connect();
        reading.attach(&mut reader);
        let fenced = Arc::<Mutex<BTreeSet<usize>>>::default();
        let found = Arc::clone(&fenced);
        let hook = move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { .. } = event {
                let mut found = found.lock().unwrap();
                found.clear();
                macro_rules! look {
                    ($number:literal, $table:ident) => {
                        events.lock().unwrap().clear();
                        tables::$table::table.order(tables::$table::id).cached("default").load::<(i32, i32)>(&mut reader).unwrap();
                        let out = |event: &Event| matches!(event, Event::Bypass { reason: BypassReason::BeingWritten, .. });
                        if events.lock().unwrap().iter().any(out) {
                            found.insert($number);
                        }
                    };
                }
                look!(0, a);
                look!(1, b);
                look!(2, c);
            }
        };
        let writing = cache(&db, Duration::from_secs(60), &Arc::default());
        let mut writer = db.connect();
        // SQLite 3.51.3 empties the database at the COMMIT of "SAVEPOINT s; BEGIN IMMEDIATE", which fails,
        // "; ROLLBACK TO s; COMMIT" on a connection that has read nothing yet.
        rows(&mut writer);
        writing.attach_with(&mut writer, hook);
        let second = cache(&db, Duration::from_secs(60), &Arc::default());
        let mut other = db.connect();
        second.attach(&mut other);
        let mut before = rows(&mut truth);
        for text in &texts {
            let sent = writer.batch_execute(text);
            let after = rows(&mut truth);
            for table in (0..3).filter(|&table| before[table] != after[table]) {
                let fenced = fenced.lock().unwrap();
                prop_assert!(fenced.contains(&table), "table {table} changed by `{text}`, unfenced; {sent:?}; all: {texts:#?}");
            }
            let cached: Rows = [
                tables::a::table.order(tables::a::id).cached("default").load(&mut other).unwrap(),
                tables::b::table.order(tables::b::id).cached("default").load(&mut other).unwrap(),
                tables::c::table.order(tables::c::id).cached("default").load(&mut other).unwrap(),
            ];
            prop_assert_eq!(&cached, &after, "outdated after `{}`; all: {:#?}", text, texts);
            before = after;
        }
    }
}
