//! Who has to do with files.

use std::collections::HashMap;
use std::sync::{Mutex, Once};
use std::thread::{self, ThreadId};

use diesel_cache::fault::{self, Point};

static WATCHED: Mutex<Option<HashMap<ThreadId, Vec<Point>>>> = Mutex::new(None);

/// What this thread does with files, from now on.
pub struct Witness(ThreadId);

impl Witness {
    pub fn here() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| fault::set_hook(see));
        let id = thread::current().id();
        WATCHED.lock().unwrap().get_or_insert_default().insert(id, Vec::new());
        Self(id)
    }

    /// Since the last call.
    pub fn take(&self) -> Vec<Point> {
        let mut watched = WATCHED.lock().unwrap();
        std::mem::take(watched.as_mut().unwrap().get_mut(&self.0).unwrap())
    }
}

fn see(point: Point) {
    if matches!(point, Point::BeforeRead | Point::BeforeWrite | Point::BeforeOpen)
        && let Some(seen) = WATCHED
            .lock()
            .unwrap()
            .as_mut()
            .and_then(|it| it.get_mut(&thread::current().id()))
    {
        seen.push(point);
    }
}
