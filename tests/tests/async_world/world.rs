//! A cache and asynchronous connections attached to it.

use std::sync::{Arc, Mutex};

use diesel_cache::prelude::*;
use diesel_cache::{CacheBuilder, Event};
use diesel_cache_tests::{AsyncBackend, Database, Statements, regions};

/// A cache in the database's directory. Two of them share the directory, as two processes would.
pub struct World {
    pub cache: Cache,
    events: Arc<Mutex<Vec<Event>>>,
}

impl World {
    pub fn new<B: AsyncBackend>(db: &Database<B>) -> Self {
        Self::with(db, |builder| builder)
    }

    pub fn with<B: AsyncBackend>(db: &Database<B>, change: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Self {
        let events = Arc::<Mutex<Vec<Event>>>::default();
        let told = Arc::clone(&events);
        let builder =
            regions(&db.directory().join("cache")).listener(move |event| told.lock().unwrap().push(event.clone()));
        let cache = change(builder).build().unwrap();
        Self { cache, events }
    }

    /// Opens a connection that is attached to the cache. Returns it with the statements that it sends.
    pub async fn connect<B: AsyncBackend>(&self, db: &Database<B>) -> (B::AsyncConn, Statements) {
        let mut conn = db.connect_async().await;
        let statements = Statements::new();
        self.cache.attach_with(&mut conn, statements.clone());
        (conn, statements)
    }

    /// Returns the events since the last call, as one word each.
    pub fn told(&self) -> Vec<&'static str> {
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        let word = |event: &Event| match event {
            Event::Hit { .. } => Some("hit"),
            Event::Miss { .. } => Some("miss"),
            Event::Bypass { .. } => Some("bypass"),
            Event::Stored { .. } => Some("stored"),
            Event::Refused { .. } => Some("refused"),
            Event::Introspected { .. } => Some("introspected"),
            _ => None,
        };
        events.iter().filter_map(word).collect()
    }
}
