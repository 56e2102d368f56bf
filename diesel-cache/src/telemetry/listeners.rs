//! Passing events to listeners and to `tracing`.

use std::fmt;

use super::level::Level;
use super::spans::{is_traced, trace};
use crate::event::Event;

type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// The listeners of a cache.
#[derive(Default)]
pub(crate) struct Listeners(Vec<Listener>);

impl Listeners {
    pub(crate) fn add(&mut self, listener: Listener) {
        self.0.push(listener);
    }

    /// Passes an event to every listener and to `tracing`. The event is made only if anything receives it.
    pub(crate) fn notify(&self, event: impl FnOnce() -> Event) {
        self.notify_at(Level::Notable, event);
    }

    /// Like [`notify`](Self::notify), for an event that is frequent, or a failure.
    #[inline]
    pub(crate) fn notify_at(&self, level: Level, event: impl FnOnce() -> Event) {
        let traced = is_traced(level);
        if traced || !self.0.is_empty() {
            self.pass_on(traced, &event());
        }
    }

    fn pass_on(&self, traced: bool, event: &Event) {
        if traced {
            trace(event);
        }
        self.0.iter().for_each(|listener| listener(event));
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} listeners", self.0.len())
    }
}
