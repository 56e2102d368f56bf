//! The events of a cache, and a manual clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use diesel_cache::{Clock, Event};

/// The events of one or more caches, in order. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Events(Arc<Mutex<Vec<Event>>>);

impl Events {
    /// Creates an empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a listener for `Cache::builder().listener(…)`.
    pub fn listener(&self) -> impl Fn(&Event) + Send + Sync + 'static {
        let events = Arc::clone(&self.0);
        move |event| events.lock().unwrap().push(event.clone())
    }

    /// Returns every event since the last call.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// Returns every event since the last call in short form: `miss Absent`, `stored`, `hit Memory`.
    pub fn words(&self) -> Vec<String> {
        self.take().iter().map(word).collect()
    }
}

fn word(event: &Event) -> String {
    match event {
        Event::Hit { tier, stale: true, .. } => format!("stale hit {tier:?}"),
        Event::Hit { tier, .. } => format!("hit {tier:?}"),
        Event::Miss { reason, .. } => format!("miss {reason:?}"),
        Event::Bypass { reason, .. } => format!("bypass {reason:?}"),
        Event::Stored { .. } => "stored".into(),
        Event::Refused { .. } => "refused".into(),
        Event::ReadFailed { .. } => "read failed".into(),
        Event::WriteFailed { .. } => "write failed".into(),
        Event::Invalidated { .. } => "invalidated".into(),
        other => format!("{other:?}"),
    }
}

/// A clock that stands still until a test moves it. Clones share their time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// Creates a clock that shows some day in 2001.
    #[allow(clippy::new_without_default, reason = "no day is the default")]
    pub fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_000_000_000_000)))
    }

    /// Moves the clock forwards.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }

    /// Moves the clock back.
    pub fn rewind(&self, by: Duration) {
        self.0.fetch_sub(by.as_millis() as u64, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}
