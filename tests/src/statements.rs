//! Records and counts the statements that connections send.

use std::sync::{Arc, Mutex};

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// The statements of one or more connections, in order. Clones share them; give one to `cache.attach_with`.
#[derive(Clone, Debug, Default)]
pub struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Creates an empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns every statement since the last call.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// Returns the number of SELECTs since the last call to this or [`take`](Self::take).
    pub fn selects(&self) -> usize {
        let is_select = |sql: &&String| sql.trim_start_matches(['(', ' ']).to_uppercase().starts_with("SELECT");
        self.take().iter().filter(is_select).count()
    }
}

impl Instrumentation for Statements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            self.0.lock().unwrap().push(query.to_string());
        }
    }
}
