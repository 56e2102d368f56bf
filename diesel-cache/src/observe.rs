//! The connection's instrumentation: what ties a connection to its cache.

use std::fmt;
use std::sync::Arc;

use diesel::connection::{Connection, Instrumentation, InstrumentationEvent};

use crate::Cache;
use crate::store::SessionStore;

/// Sits in a connection, where cached loads find it by downcast, and forwards every event to the user's own
/// instrumentation.
pub(crate) struct Observer {
    cache: Cache,
    forward: Option<Box<dyn Instrumentation>>,
    sessions: Vec<Arc<SessionStore>>,
}

impl Observer {
    pub(crate) fn new(cache: Cache, forward: Option<Box<dyn Instrumentation>>) -> Self {
        Self {
            cache,
            forward,
            sessions: Vec::new(),
        }
    }

    /// The observer of a connection, if it has one.
    pub(crate) fn of<Conn: Connection>(conn: &mut Conn) -> Option<&mut Self> {
        conn.instrumentation().downcast_mut()
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// The innermost session.
    pub(crate) fn session(&self) -> Option<&Arc<SessionStore>> {
        self.sessions.last()
    }

    /// Opens a session; returns how many there were before.
    pub(crate) fn open_session(&mut self) -> usize {
        self.sessions.push(Arc::default());
        self.sessions.len() - 1
    }

    /// Closes sessions until `depth` are left.
    pub(crate) fn close_sessions(&mut self, depth: usize) {
        self.sessions.truncate(depth);
    }
}

impl Instrumentation for Observer {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let Some(forward) = &mut self.forward {
            forward.on_connection_event(event);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
