//! Loads in the middle of a write, run by an instrumentation while the fence stands.

use std::sync::{Arc, Mutex};

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel_cache::Event;
use diesel_cache_tests::{Database, on_every_database};

use crate::observer::world::{Loads, Reader, World, cache};

/// Runs at the start of every statement whose text contains a word.
struct At<F>(&'static str, F);

impl<F: FnMut() + Send + 'static> Instrumentation for At<F> {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event
            && query.to_string().contains(self.0)
        {
            (self.1)();
        }
    }
}

fn name<B: Loads>(reader: &mut Reader<B>) -> (String, bool) {
    let (people, asked) = reader.people();
    (people.unwrap()[0].name.clone(), asked)
}

/// Asserts that the reader queries the database while the statement with the word is sent, because of the fence, and
/// sees the new rows afterwards.
fn kept_out<B: Loads>(word: &'static str, write: impl FnOnce(&mut B::Conn)) {
    let db = Database::<B>::new();
    let reader = Arc::new(Mutex::new(Reader::new(&db)));
    name(&mut reader.lock().unwrap());
    let (inside, count) = (Arc::clone(&reader), Arc::new(Mutex::new(0)));
    let counted = Arc::clone(&count);
    let hook = At(word, move || {
        let mut reader = inside.lock().unwrap();
        reader.was_fenced_out();
        for _ in 0..2 {
            assert_eq!(
                name(&mut reader),
                ("person 01".into(), true),
                "asked each time: nothing is stored under a fence"
            );
        }
        assert!(reader.was_fenced_out());
        *counted.lock().unwrap() += 1;
    });
    let cache = cache(&db, std::time::Duration::from_secs(60), &Arc::default());
    let mut writer = db.connect();
    cache.attach_with(&mut writer, hook);
    write(&mut writer);
    assert_eq!(*count.lock().unwrap(), 1, "{word} was sent once");
    let mut reader = reader.lock().unwrap();
    reader.was_fenced_out();
    assert_eq!(name(&mut reader), ("Ada".into(), true));
    assert_eq!(name(&mut reader), ("Ada".into(), false));
    assert!(!reader.was_fenced_out());
}

fn an_autocommit_write<B: Loads>(db: Database<B>) {
    drop(db);
    kept_out::<B>("UPDATE", |conn| {
        B::rename(conn, "Ada").unwrap();
    });
}

fn a_commit<B: Loads>(db: Database<B>) {
    drop(db);
    kept_out::<B>("COMMIT", |conn| {
        conn.batch_execute("BEGIN").unwrap();
        B::rename(conn, "Ada").unwrap();
        conn.batch_execute("COMMIT").unwrap();
    });
}

fn a_batch<B: Loads>(db: Database<B>) {
    drop(db);
    kept_out::<B>("UPDATE", |conn| {
        conn.batch_execute("BEGIN; UPDATE person SET name = 'Ada' WHERE id = 1; COMMIT")
            .unwrap();
    });
}

/// Before its COMMIT, a transaction keeps no reader out.
fn before_the_commit<B: Loads>(db: Database<B>) {
    let reader = Arc::new(Mutex::new(Reader::new(&db)));
    name(&mut reader.lock().unwrap());
    let inside = Arc::clone(&reader);
    let cache = cache(&db, std::time::Duration::from_secs(60), &Arc::default());
    let mut writer = db.connect();
    cache.attach_with(
        &mut writer,
        At("person", move || {
            assert_eq!(name(&mut inside.lock().unwrap()), ("person 01".into(), false))
        }),
    );
    writer.batch_execute("BEGIN").unwrap();
    B::rename(&mut writer, "Ada").unwrap();
    writer.batch_execute("ROLLBACK").unwrap();
    assert_eq!(name(&mut reader.lock().unwrap()), ("person 01".into(), false));
}

/// A load whose query ran before a write, and that stores after it, is refused.
fn a_fill_overtaken_by_a_write<B: Loads>(db: Database<B>) {
    drop(db);
    let mut world = World::<B>::new();
    world.cache.invalidate_all();
    let writer = Arc::new(Mutex::new(world.writer));
    let mut once = Some(Arc::clone(&writer));
    // At the start of the reader's SELECT its stamp is taken already.
    let hook = At("SELECT", move || {
        if let Some(writer) = once.take() {
            B::rename(&mut writer.lock().unwrap(), "Ada").unwrap();
        }
    });
    world.reader.cache.attach_with(&mut world.reader.conn, hook);
    world.reader.events.lock().unwrap().clear();
    B::cached_people(&mut world.reader.conn).unwrap();
    let events = std::mem::take(&mut *world.reader.events.lock().unwrap());
    assert!(
        events.iter().any(|event| matches!(event, Event::Refused { .. })),
        "{events:?}"
    );
    assert!(
        !events.iter().any(|event| matches!(event, Event::Stored { .. })),
        "{events:?}"
    );
    assert_eq!(B::cached_people(&mut world.reader.conn).unwrap()[0].name, "Ada");
}

on_every_database! { an_autocommit_write, a_commit, a_batch, before_the_commit, a_fill_overtaken_by_a_write }
