//! The events and spans of `tracing`.

use std::fmt::{Debug, Write as _};
use std::fs;
use std::sync::{Arc, Mutex, Once};

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Setup, Sqlite, alone, everyone, person};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Records the events and spans of the cache, up to a level.
#[derive(Clone)]
struct Notes {
    level: Level,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Notes {
    fn note(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }

    /// Returns every line since the last call, with a placeholder for keys.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        match field.name() {
            "message" => self.0.insert_str(0, &value),
            "key" => {
                assert_eq!(value.len(), 64, "{value}");
                self.0.push_str(" key");
            }
            name => write!(self.0, " {name}={value}").unwrap(),
        }
    }
}

impl Subscriber for Notes {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "diesel_cache" && *metadata.level() <= self.level
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(String::new());
        span.record(&mut fields);
        self.note(format!("span {}{}", span.metadata().name(), fields.0));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut fields = Fields(String::new());
        values.record(&mut fields);
        self.note(format!("record{}", fields.0));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.note(format!("{} {}", event.metadata().level(), fields.0));
    }

    fn enter(&self, _: &Id) {
        self.note("enter".into());
    }

    fn exit(&self, _: &Id) {
        self.note("exit".into());
    }
}

fn noted(level: Level, work: impl FnOnce(&Notes)) {
    let notes = Notes {
        level,
        lines: Arc::default(),
    };
    static WARM: Once = Once::new();
    WARM.call_once(warm);
    tracing::subscriber::with_default(notes.clone(), || {
        tracing::callsite::rebuild_interest_cache();
        work(&notes);
    });
}

/// Reaches every call site once. If another thread reaches a call site for the first time just when a subscriber is
/// installed, the call site may be disabled for good.
fn warm() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    for _ in 0..2 {
        everyone("hot").load::<Person>(&mut setup.conn).unwrap();
    }
    diesel::sql_query("DROP TABLE person").execute(&mut setup.conn).unwrap();
    everyone("hot").load::<Person>(&mut setup.conn).unwrap_err();
}

#[test]
fn a_miss_is_a_span_and_a_hit_an_event() {
    alone!();
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    noted(Level::TRACE, |notes| {
        everyone("hot").load::<Person>(&mut setup.conn).unwrap();
        let lines = notes.take();
        assert_eq!(
            lines[..5],
            [
                "DEBUG miss region=\"hot\" key reason=\"absent\"",
                "span diesel_cache.load region=\"hot\" key",
                "enter",
                "exit",
                "record outcome=\"rows\"",
            ]
        );
        assert!(
            lines[5].starts_with("DEBUG stored region=\"hot\" key bytes="),
            "{lines:?}"
        );
        everyone("hot").load::<Person>(&mut setup.conn).unwrap();
        assert_eq!(
            notes.take(),
            ["TRACE hit region=\"hot\" key tier=\"memory\" stale=false"]
        );
        setup.cache.region("hot").unwrap().invalidate();
        notes.take();
        everyone("hot").load::<Person>(&mut setup.conn).unwrap();
        assert_eq!(
            notes.take()[0],
            "DEBUG miss region=\"hot\" key reason=\"invalidated\" cause=\"region\""
        );
    });
}

#[test]
fn a_failing_query_says_so() {
    alone!();
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    diesel::sql_query("DROP TABLE person").execute(&mut setup.conn).unwrap();
    noted(Level::DEBUG, |notes| {
        everyone("hot").load::<Person>(&mut setup.conn).unwrap_err();
        assert_eq!(notes.take().last().unwrap(), "record outcome=\"error\"");
    });
}

#[test]
fn levels_are_kept() {
    alone!();
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    noted(Level::WARN, |notes| {
        everyone("hot").load::<Person>(&mut setup.conn).unwrap();
        everyone("hot").load::<Person>(&mut setup.conn).unwrap();
        assert_eq!(notes.take(), Vec::<String>::new());
        // A file in the place of the region's directory.
        let region = db.directory().join("cache/files");
        fs::remove_dir_all(&region).unwrap();
        fs::write(&region, "not a directory").unwrap();
        everyone("files").load::<Person>(&mut setup.conn).unwrap();
        let lines = notes.take();
        assert!(!lines.is_empty(), "a failure is worth a warning");
        for line in lines {
            assert!(line.starts_with("WARN an entry could not be "), "{line}");
        }
    });
    noted(Level::DEBUG, |notes| {
        everyone("hot").load::<Person>(&mut setup.conn).unwrap();
        assert_eq!(notes.take(), Vec::<String>::new(), "hits are for TRACE");
        everyone("off").load::<Person>(&mut setup.conn).unwrap();
        assert_eq!(notes.take()[0], "DEBUG bypass region=\"off\" reason=\"null_region\"");
        setup.cache.region("hot").unwrap().invalidate();
        setup.cache.region("hot").unwrap().invalidate_soft();
        everyone("hot").invalidate(&mut setup.conn).unwrap();
        setup.cache.invalidate_tables(["person"]);
        setup.cache.invalidate_all();
        assert_eq!(
            notes.take(),
            [
                "DEBUG region invalidated region=\"hot\"",
                "DEBUG region invalidated softly region=\"hot\"",
                "DEBUG query invalidated region=\"hot\" key hit=false",
                "DEBUG tables invalidated tables=[\"person\"]",
                "DEBUG everything invalidated",
            ]
        );
        let load = setup.cache.introspect(&mut setup.conn);
        load.unwrap();
        assert!(notes.take()[0].starts_with("DEBUG introspected namespace="));
        diesel::sql_query("CREATE VIEW people AS SELECT * FROM person")
            .execute(&mut setup.conn)
            .unwrap();
        let lines = notes.take();
        assert!(
            lines[0].starts_with("WARN the catalog has changed: introspect again namespace="),
            "{lines:?}"
        );
    });
}

#[test]
fn neither_sql_nor_binds_are_told() {
    alone!();
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::<Sqlite>::new(&db);
    noted(Level::TRACE, |notes| {
        for region in ["default", "files", "hot", "local", "off"] {
            for _ in 0..2 {
                let query = person::table.filter(person::name.eq("a secret bind")).cached(region);
                query.load::<Person>(&mut setup.conn).unwrap();
            }
            let lines = notes.take().join("\n");
            assert!(lines.contains(region));
            assert!(!lines.contains("secret") && !lines.contains("SELECT"), "{lines}");
        }
    });
}
